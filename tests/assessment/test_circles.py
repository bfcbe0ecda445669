"""What is found in NAMED facts is told to who may know them, beside what everybody is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from services.assessment.domain.circles import OPEN, circles_of, knows, narrower, wider
from services.assessment.handlers.recomputation import recompute
from shared.contracts.assessment import TriggerEnded, TriggerRaised
from shared.contracts.words import Handling, Label, Role, Trigger
from tests.assessment.told import ago, complaint, concern, location, outcome, redirected
from tests.stage import World, person

SAFEGUARDING = Handling(Label.NAMED, ("council_safeguarding",))
QUALITY = Handling(Label.NAMED, ("council_quality", "council_safeguarding"))


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    """Assessment that knows one care home."""
    world = await stage_for("assessment")
    await world.hear(location())
    return world


async def consistent(world: World) -> bool:
    """Whether what is kept follows from the facts."""
    return not any([found async for _, found in recompute(world.works, "combined")])


def test_circles_are_what_holders_of_named_facts_have_in_common_and_know_what_all_may() -> None:
    police = Handling(Label.NAMED, ("council_quality", "police"))
    nobody, personal = Handling(Label.NAMED), Handling(Label.PERSONAL, ("police",))
    both, own = ("council_quality", "council_safeguarding"), ("council_quality",)
    circles = circles_of([Handling(), QUALITY, police, nobody, personal])
    assert circles == [OPEN, both, ("council_quality", "police"), own]
    assert wider(own, circles[1:]) == [OPEN, both, ("council_quality", "police")]
    assert (wider(OPEN, circles[1:]), narrower(both, circles[1:])) == ((), [own])
    assert knows(OPEN, Handling(Label.AGENCIES)) and not knows(OPEN, QUALITY)
    assert knows(own, QUALITY) and not knows(both, police)
    assert not any(knows(circle, handling) for circle in circles for handling in (nobody, personal))


@pytest.mark.requirement("L1.2e")
async def test_what_a_named_fact_adds_is_told_to_its_holders_until_all_are_told(
    world: World,
) -> None:
    await world.hear(*(complaint() for _ in range(4)), complaint(handling=QUALITY))
    (theirs,) = await world.said(TriggerRaised)
    assert (theirs.trigger, theirs.handling) == (Trigger.HIGH_ACTIVITY, QUALITY)
    fifth = complaint()
    await world.hear(fifth)
    _, everybodys = await world.said(TriggerRaised)
    assert everybodys.handling == Handling() and fifth.signal_id in everybodys.evidence
    assert not set(theirs.evidence) <= set(everybodys.evidence)
    assert everybodys.crossing_id != theirs.crossing_id
    (ended,) = await world.said(TriggerEnded)
    assert (ended.crossing_id, ended.handling) == (theirs.crossing_id, QUALITY)
    assert await consistent(world)


@pytest.mark.requirement("L1.2e")
async def test_when_the_window_that_all_were_told_of_ends_its_holders_are_told_what_goes_on(
    world: World,
) -> None:
    await world.hear(*(complaint(occurred_on=ago(60)) for _ in range(5)))
    await world.hear(*(complaint(occurred_on=ago(10), handling=QUALITY) for _ in range(5)))
    assert [raised.handling for raised in await world.said(TriggerRaised)] == [Handling()]
    world.clock.forward(days=31)
    assert await world.tick() == 1
    (ended,) = await world.said(TriggerEnded)
    assert (ended.handling, ended.ended_on) == (Handling(), ago(-30))
    assert (await world.said(TriggerRaised))[-1].handling == QUALITY
    assert await consistent(world)
    world.clock.forward(days=50)
    assert await world.tick() == 1
    assert (await world.said(TriggerEnded))[-1].handling == QUALITY


@pytest.mark.requirement("L1.2e")
async def test_a_handover_moves_no_window_that_others_were_told_of(world: World) -> None:
    told = [concern(occurred_on=ago(60)) for _ in range(5)]
    await world.hear(*told)
    await world.hear(*(redirected(one.concern_id, handling=SAFEGUARDING) for one in told))
    world.clock.forward(days=31)
    await world.tick()
    (ended,) = await world.said(TriggerEnded)
    assert (ended.handling, ended.ended_on) == (Handling(), ago(-30))
    assert (await world.said(TriggerRaised))[-1].handling == SAFEGUARDING
    assert await consistent(world)


@pytest.mark.requirement("L1.2b")
async def test_a_finding_says_to_its_finder_only_what_they_may_know(world: World) -> None:
    await world.hear(outcome(matter_id=uuid4(), handling=SAFEGUARDING))
    met = {}
    for role in (Role.PRACTITIONER, Role.SAFEGUARDING):
        async with world.http(person(role)) as client:
            answer = await client.post(
                f"/locations/{location().location_id}/wider-concern",
                json={"reason": "The whole corridor."},
                headers={"Idempotency-Key": str(uuid4())},
            )
        assert answer.status_code == 201
        met[role] = answer.json()["meets_trigger"]
    assert met == {Role.PRACTITIONER: False, Role.SAFEGUARDING: True}
