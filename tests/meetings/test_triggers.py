"""Triggers put a location up for consideration."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date

import pytest

from shared.contracts.assessment import TriggerEnded
from shared.contracts.meetings import QipConsidered
from shared.contracts.words import Handling, Label, Role, Trigger
from tests.meetings.cast import (
    CHAIR,
    PLACE,
    RESTRICTED,
    Desk,
    id_of,
    leadership,
    location,
    met,
    raised,
    refused_under,
)
from tests.stage import World, person


async def test_a_met_trigger_puts_the_location_up_once(desk: Desk) -> None:
    evidence = [id_of("review one"), id_of("review two")]
    await desk.world.hear(met(evidence=evidence))
    await desk.world.hear(met(evidence=evidence))  # the same crossing under another event id
    [said] = await desk.world.said(QipConsidered)
    assert (said.location_id, said.triggers) == (PLACE, (Trigger.CONTRACT_ACTIONS_UNMET,))
    view = await desk.get(CHAIR, f"/considerations/{said.consideration_id}")
    [detail] = view["trigger_details"]
    assert detail["evidence"] == [str(item) for item in evidence]
    assert detail["clause"] == "combined@2026-11 L1.2f"


async def test_a_consideration_has_the_same_ids_wherever_it_is_computed(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    told = []
    for _ in range(2):
        world = await stage_for("meetings")
        await world.hear(met())
        [envelope] = await world.envelopes()
        assert isinstance(envelope.event, QipConsidered)
        told.append((envelope.id, envelope.event.consideration_id))
    assert told[0] == told[1]


async def test_further_triggers_join_the_open_consideration(desk: Desk) -> None:
    await desk.world.hear(met(), met(Trigger.CLINICAL_RISK))
    assert len(await desk.world.said(QipConsidered)) == 1
    [line] = await desk.get(CHAIR, "/considerations")
    assert sorted(line["triggers"]) == ["L1.2f", "L1.2g"]


async def test_a_raised_trigger_is_a_candidate_until_it_is_met(desk: Desk) -> None:
    await desk.world.hear(raised())
    assert await desk.get(CHAIR, "/considerations") == []
    await desk.world.hear(met())
    about = await desk.considered()
    view = await desk.get(CHAIR, f"/considerations/{about}")
    assert [c["trigger"] for c in view["candidates"]] == ["L1.2e"]
    await desk.world.hear(met(Trigger.HIGH_ACTIVITY))
    view = await desk.get(CHAIR, f"/considerations/{about}")
    assert view["candidates"] == []
    assert sorted(view["triggers"]) == ["L1.2e", "L1.2f"]


def ended() -> TriggerEnded:
    """The crossing of `met()` is over."""
    return TriggerEnded(
        partnership="combined",
        location_id=PLACE,
        crossing_id=met().crossing_id,
        trigger=Trigger.CONTRACT_ACTIONS_UNMET,
        ended_on=date(2026, 11, 20),
    )


async def test_a_trigger_that_had_ended_and_is_met_again_stands_where_it_stood(desk: Desk) -> None:
    evidence = [id_of("review one"), id_of("review three")]
    await desk.world.hear(met(), ended(), met(evidence=evidence))
    [said] = await desk.world.said(QipConsidered)
    view = await desk.get(CHAIR, f"/considerations/{said.consideration_id}")
    [detail] = view["trigger_details"]
    assert (detail["state"], detail["ended_on"]) == ("met", None)
    assert detail["evidence"] == [str(item) for item in evidence]


async def test_a_trigger_met_again_after_people_declined_is_not_put_up_again(desk: Desk) -> None:
    await desk.world.hear(met())
    await desk.decide(await desk.considered(), decision="decline", reason="Improving.")
    await desk.world.hear(ended(), met())
    assert len(await desk.world.said(QipConsidered)) == 1


async def test_a_candidate_that_had_ended_is_a_candidate_again(desk: Desk) -> None:
    over = ended().model_copy(
        update={"crossing_id": raised().crossing_id, "trigger": Trigger.HIGH_ACTIVITY}
    )
    await desk.world.hear(raised(), over, raised(), met())
    view = await desk.get(CHAIR, f"/considerations/{await desk.considered()}")
    assert [c["trigger"] for c in view["candidates"]] == ["L1.2e"]


async def test_an_ended_trigger_stays_visible_until_people_decide(desk: Desk) -> None:
    await desk.world.hear(met())
    await desk.world.hear(ended())
    view = await desk.get(CHAIR, f"/considerations/{await desk.considered()}")
    [detail] = view["trigger_details"]
    assert (detail["state"], detail["ended_on"]) == ("ended", "2026-11-20")


async def test_a_restricted_trigger_makes_the_consideration_named(world: World) -> None:
    await world.hear(leadership())
    [said] = await world.said(QipConsidered)
    assert said.handling == RESTRICTED


async def test_a_leadership_trigger_is_named_even_where_nobody_said_so(world: World) -> None:
    await world.hear(met(Trigger.LEADERSHIP_IMPLICATED))
    [said] = await world.said(QipConsidered)
    assert said.handling == Handling(Label.NAMED)


async def test_a_trigger_may_come_before_its_location(world: World) -> None:
    await world.hear(met(), location())
    [line] = await Desk(world).get(CHAIR, "/considerations")
    assert line["location_name"] == "Larchfield"


async def test_a_declined_location_is_put_up_again_by_a_new_trigger(desk: Desk) -> None:
    await desk.world.hear(met())
    answer = await desk.decide(await desk.considered(), decision="decline", reason="Improving.")
    assert answer.status_code == 201
    await desk.world.hear(met(crossing="second"))
    assert len(await desk.world.said(QipConsidered)) == 2
    assert await desk.considered() != answer.json()["consideration_id"]


async def test_a_trigger_during_a_qip_joins_it_and_opens_nothing(desk: Desk) -> None:
    await desk.world.hear(met())
    qip = await desk.open_qip()
    await desk.world.hear(met(Trigger.CLINICAL_RISK))
    assert await desk.get(CHAIR, "/considerations") == []
    view = await desk.get(CHAIR, f"/considerations/{qip['consideration_id']}")
    assert sorted(view["triggers"]) == ["L1.2f", "L1.2g"]


async def test_a_partnership_without_qips_skips_triggers_and_its_desk_says_so(
    world: World,
) -> None:
    await world.hear(met(partnership="wirral"))
    assert await world.said() == []
    wirral = person(Role.TEAM_MANAGER, partnerships=["wirral"])
    answer = await Desk(world).ask(wirral, "GET", "/considerations")
    assert refused_under(answer, "policy.no-section")


@pytest.mark.parametrize("partnership", ["wirral", "lancashire"])
async def test_a_consideration_of_another_partnership_is_not_there(
    desk: Desk, partnership: str
) -> None:
    await desk.world.hear(met())
    about = await desk.considered()
    elsewhere = person(Role.INTELLIGENCE_CHAIR, partnerships=[partnership])
    answer = await desk.ask(elsewhere, "GET", f"/considerations/{about}")
    assert answer.status_code == 404


async def test_only_the_intelligence_meeting_reads_considerations(desk: Desk) -> None:
    await desk.world.hear(met())
    about = await desk.considered()
    for role in (Role.PRACTITIONER, Role.AGENCY_LIAISON, Role.QIP_CHAIR, Role.REGISTERED_MANAGER):
        answer = await desk.ask(person(role), "GET", f"/considerations/{about}")
        assert answer.status_code == 403


@pytest.mark.requirement("L1.2c")
async def test_what_few_were_told_of_keeps_no_consideration_from_the_others(desk: Desk) -> None:
    few = Handling(Label.NAMED, ("council_safeguarding",))
    await desk.world.hear(met(handling=few), leadership())
    await desk.world.hear(met(crossing="later", handling=few))
    assert [said.handling for said in await desk.world.said(QipConsidered)] == [few, RESTRICTED]
    await desk.world.hear(met(Trigger.CLINICAL_RISK), met(crossing="open"))
    *_, considered = await desk.world.said(QipConsidered)
    assert len(await desk.world.said(QipConsidered)) == 3
    assert (considered.handling, considered.triggers) == (Handling(), (Trigger.CLINICAL_RISK,))
    assert str(considered.consideration_id) == await desk.considered()
