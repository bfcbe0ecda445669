"""A provider cannot learn that a QIP is being considered, nor an agency outside that a case exists.

Everything that both may ask is asked twice: where there is nothing, and where there is a case.
Every answer is the same: status, headers, length and bytes; and what the service did for it (the
very statements that it sent to the database), so that its time tells nothing either.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.assessment import TriggerMet, TriggerRaised
from shared.contracts.catalogue import outbound_topic
from shared.contracts.event import Event
from shared.contracts.intake import CqcRatingChanged
from shared.contracts.meetings import QipConsidered
from shared.contracts.words import CqcRating, ImplicatedRole, Role, Trigger
from tests.assessment import told
from tests.meetings import cast
from tests.meetings.cast import Desk
from tests.notifications import conftest as register
from tests.notifications import facts
from tests.notifications.conftest import Scene
from tests.secrecy.answers import (
    OUTSIDERS,
    PROVIDER_PEOPLE,
    absent,
    asked,
    everything,
)
from tests.stage import Stage, World, person

# Meetings: where considerations and QIPs are kept.


@pytest.fixture
async def desk(stage_for: Callable[[str], Awaitable[World]]) -> AsyncIterator[Desk]:
    """Meetings with a location, its office holders and all agencies, before any trigger."""
    world = await stage_for("meetings")
    await world.hear(cast.location(), *cast.all_agencies(), *cast.contacts())
    yield Desk(world)


async def considered(desk: Desk) -> list[UUID | str]:
    """A QIP is being considered."""
    await desk.world.hear(cast.met(), cast.raised())
    return [await desk.considered(), cast.PLACE, cast.met().crossing_id]


async def opened(desk: Desk) -> list[UUID | str]:
    """A QIP was opened and has a chair; the provider has not been contacted."""
    await desk.world.hear(cast.met())
    qip = await desk.with_chair()
    return [qip["qip_id"], qip["decision_id"], qip["consideration_id"]]


async def with_a_meeting(desk: Desk) -> list[UUID | str]:
    """A QIP whose provider was contacted, with a meeting."""
    await desk.world.hear(cast.met())
    qip, meeting = await desk.with_meeting()
    return [qip["qip_id"], meeting, qip["consideration_id"]]


async def against_a_manager(desk: Desk) -> list[UUID | str]:
    """A restricted QIP that implicates the manager; somebody else there was contacted."""
    await desk.world.hear(cast.leadership(ImplicatedRole.REGISTERED_MANAGER))
    qip, meeting = await desk.with_meeting()
    return [qip["qip_id"], meeting, qip["consideration_id"]]


Making = Callable[[Desk], Awaitable[list[UUID | str]]]
AGENCIES = [name for name in OUTSIDERS if name not in PROVIDER_PEOPLE]
CASES: list[tuple[Making, str]] = [
    *((considered, who) for who in OUTSIDERS),
    *((opened, who) for who in OUTSIDERS),
    *((with_a_meeting, who) for who in (*AGENCIES, "another provider's manager")),
    *((against_a_manager, who) for who in (*AGENCIES, "the manager")),
]


@pytest.mark.requirement("L1.2")
@pytest.mark.parametrize("making", [considered, opened, with_a_meeting, against_a_manager])
async def test_where_the_case_is_kept_nobody_outside_it_finds_any_trace(
    desk: Desk, making: Making
) -> None:
    people = [who for made, who in CASES if made is making]
    before = {who: await everything(desk.world, OUTSIDERS[who], absent(3)) for who in people}
    ids = await making(desk)
    for who in people:
        assert await everything(desk.world, OUTSIDERS[who], ids) == before[who], who
        # Nor does it help to know which ids there are not.
        assert await everything(desk.world, OUTSIDERS[who], absent(3)) == before[who], who


@pytest.mark.requirement("L1.2")
async def test_any_number_of_hidden_cases_costs_as_much_as_none(desk: Desk) -> None:
    counts = []
    for number in range(3):
        sent = await asked(desk.world, cast.MANAGER, "GET", "/qips")
        assert sent.body == b"[]"
        counts.append(len(sent.statements))
        place = cast.id_of(f"place {number}")
        await desk.world.hear(
            cast.location(location_id=place),
            cast.met(crossing=str(number), location_id=place),
        )
        await desk.with_chair()
    assert len(set(counts)) == 1


@pytest.mark.requirement("L1.2")
async def test_hidden_cases_take_no_place_in_a_list(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is filled with what the asker may know, not cut after what it may not."""
    monkeypatch.setattr("services.meetings.handlers.reads.qips.AT_MOST", 1)
    await desk.world.hear(cast.met())
    qip = await desk.contacted()
    [line] = await desk.get(cast.MANAGER, "/qips")
    assert line["qip_id"] == qip["qip_id"]
    desk.world.clock.forward(days=1)
    place = cast.id_of("another place")
    hidden = cast.met(crossing="later", location_id=place)
    await desk.world.hear(cast.location(location_id=place), hidden)
    await desk.open_qip(decided_on="2026-11-21", members=["police"])
    assert await desk.get(cast.MANAGER, "/qips") == [line]
    assert await desk.get(person(Role.AGENCY_LIAISON, agency="icb"), "/qips") == [line]


async def test_the_comparison_would_notice_a_case_that_is_shown(desk: Desk) -> None:
    before = await everything(desk.world, cast.MANAGER, absent(3))
    ids = await with_a_meeting(desk)
    assert await everything(desk.world, cast.MANAGER, ids) != before


# Assessment: where the triggers are found.


@pytest.mark.requirement("L1.2")
async def test_where_triggers_are_found_nobody_outside_finds_any_trace(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("assessment")
    await world.hear(told.location())
    nothing = absent(2)
    before = {who: await everything(world, OUTSIDERS[who], nothing) for who in OUTSIDERS}
    await world.hear(told.quality_return(clinical_risk=True), told.rating(CqcRating.INADEQUATE))
    met, raised = await world.said(TriggerMet), await world.said(TriggerRaised)
    ids = [met[0].crossing_id, raised[0].crossing_id]
    for who in OUTSIDERS:
        assert await everything(world, OUTSIDERS[who], ids) == before[who], who


# Notifications: where everything is known.

QUIET = ["police", "healthwatch"]


def public() -> list[Event]:
    """What everybody may know."""
    return [rated(number) for number in range(3)]


def a_case() -> list[Event]:
    """All that leads to a QIP, and the QIP."""
    considered = QipConsidered(
        partnership="combined",
        location_id=register.HOME,
        consideration_id=register.id_of("consideration"),
        triggers=(Trigger.HIGH_ACTIVITY,),
    )
    return [
        register.concern("a"),
        register.concern("b"),
        considered,
        register.qip_opened(),
        register.joined("icb"),
        facts.appointed(),
        register.concern("c"),
    ]


def rated(number: int) -> CqcRatingChanged:
    """CQC published a rating."""
    return CqcRatingChanged(
        partnership="combined",
        location_id=register.HOME,
        signal_id=register.id_of(f"rating {number}"),
        key_question="safe",
        rating=CqcRating.INADEQUATE,
        published_on=date(2026, 11, 10 + number),
    )


async def what_is_seen(world: World) -> list[Any]:
    """The quiet agencies' feeds, and every answer to them and to the provider's people."""
    rows = [
        (row.topic, row.key, row.headers, row.value, row.event_id)
        for row in await world.outbox()
        if row.topic in [outbound_topic(name) for name in QUIET]
    ]
    people = [person(Role.AGENCY_LIAISON, agency=name) for name in QUIET]
    answers = [
        await everything(world, who, [*QUIET, "icb", "nobody"])
        for who in (*people, *PROVIDER_PEOPLE.values())
    ]
    return [rows, answers]


@pytest.mark.requirement("L1.2")
async def test_no_feed_no_count_and_no_answer_tells_those_outside_of_a_case(
    stage: Stage, stage_for: Callable[[str], Awaitable[World]]
) -> None:
    """Feeds byte for byte, pages, and the statements behind them, with a case and without."""
    world = await stage_for("notifications")
    seen = []
    for case in ([], a_case()):
        await stage.empty("notifications")
        await world.hear(
            register.location(),
            *(register.agency(agency_id) for agency_id in register.AGENCIES),
            register.contact(register.CHAIR, "chair@icb.example", agency_id="icb"),
        )
        told_now = public()
        # What is hidden comes before, between and after what everybody is told.
        for number, one in enumerate(told_now):
            await world.hear(*case[number * 2 : number * 2 + 2])
            await world.hear(one, id=register.id_of(f"public {number}"))
        await world.hear(*case[6:])
        seen.append(await what_is_seen(world))
    assert seen[0] == seen[1]
    assert len(seen[0][0]) == len(QUIET) * len(public())


@pytest.mark.requirement("L1.2")
async def test_a_provider_is_written_nothing_before_it_is_contacted(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    scene = Scene(await stage_for("notifications"))
    await scene.world.hear(
        register.location(),
        *(register.agency(agency_id) for agency_id in register.AGENCIES),
        register.contact(register.CHAIR, "chair@icb.example", agency_id="icb"),
        register.contact(
            register.MANAGER, "manager@larchfield.example", provider_id=register.PROVIDER
        ),
        *a_case(),
    )
    assert {row.address for row in await scene.messages()} == {"chair@icb.example"}
    await scene.hear(facts.contacted())
    assert "manager@larchfield.example" in {row.address for row in await scene.messages()}
