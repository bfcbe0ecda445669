"""The improvement plan is the provider's own, and due before the meeting."""

from __future__ import annotations

import tomllib
from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contracts.meetings import MeetingScheduled, PlanOverdue, PlanSubmitted
from shared.contracts.words import Role
from shared.platform.policy import Pack, Policies
from tests.meetings.cast import (
    COUNCIL_CHAIR,
    MANAGER,
    NOMINATED,
    QIP_CHAIR,
    Desk,
    an_action,
    leadership,
    met,
    refused_under,
)
from tests.stage import POLICIES, person

DUE = datetime(2026, 12, 8, 23, 59, tzinfo=UTC)


@pytest.fixture
async def triggered(desk: Desk) -> Desk:
    """A desk with an open consideration."""
    await desk.world.hear(met())
    return desk


@pytest.fixture
async def meeting(triggered: Desk) -> str:
    """A meeting on 15 December."""
    _, meeting = await triggered.with_meeting()
    return meeting


@pytest.mark.requirement("L1.3a")
@pytest.mark.parametrize(
    ("lacking", "field"),
    [
        ({"owner": " "}, "actions.1.owner"),
        ({"timescale": None}, "actions.1.timescale"),
        ({"action": ""}, "actions.1.action"),
    ],
)
async def test_an_action_that_is_incomplete_is_named(
    desk: Desk, meeting: str, lacking: dict[str, Any], field: str
) -> None:
    answer = await desk.submit(meeting, an_action(), an_action(**lacking), who=MANAGER)
    assert refused_under(answer, "L1.3a", field)
    assert "Action 2" in answer.json()["detail"]
    assert await desk.world.said(PlanSubmitted) == []


async def test_an_empty_plan_is_no_plan(desk: Desk, meeting: str) -> None:
    answer = await desk.ask(MANAGER, "POST", f"/meetings/{meeting}/plan", actions=[])
    assert refused_under(answer, "L1.3a", "actions")


@pytest.mark.requirement("L1.3")
async def test_an_agency_cannot_write_the_plan(desk: Desk, meeting: str) -> None:
    for who in (
        person(Role.AGENCY_LIAISON, agency="icb"),
        QIP_CHAIR,
        person(Role.PRACTITIONER),
    ):
        answer = await desk.submit(meeting, an_action(), who=who)
        assert refused_under(answer, "L1.3")
    assert await desk.world.said(PlanSubmitted) == []


@pytest.mark.requirement("L1.3")
async def test_the_providers_people_write_the_plan(desk: Desk, meeting: str) -> None:
    answer = await desk.submit(meeting, an_action(), an_action(), who=NOMINATED)
    assert answer.status_code == 201
    [said] = await desk.world.said(PlanSubmitted)
    assert (str(said.meeting_id), said.plan_version, said.actions) == (meeting, 1, 2)
    assert (said.submitted_on, said.chair_ref) == (date(2026, 11, 20), COUNCIL_CHAIR)


async def test_another_providers_people_find_nothing(desk: Desk, meeting: str) -> None:
    for who in (
        person(Role.REGISTERED_MANAGER, provider="1-999999999"),
        person(Role.REGISTERED_MANAGER),
        person(Role.AGENCY_LIAISON, agency="police"),
        person(Role.AGENCY_LIAISON),
        person(Role.REGISTERED_MANAGER, provider="1-100000001", partnerships=["lancashire"]),
    ):
        assert (await desk.submit(meeting, an_action(), who=who)).status_code == 404


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_manager_finds_nothing(desk: Desk) -> None:
    await desk.world.hear(leadership())
    _, meeting = await desk.with_meeting()
    assert (await desk.submit(meeting, an_action(), who=MANAGER)).status_code == 404
    assert (await desk.submit(meeting, an_action(), who=NOMINATED)).status_code == 201


@pytest.mark.requirement("L5.5")
async def test_a_plan_that_does_not_come_is_overdue_the_day_after(desk: Desk, meeting: str) -> None:
    desk.world.clock.now = datetime(2026, 12, 8, 23, 58, tzinfo=UTC)
    assert await desk.world.tick() == 0
    desk.world.clock.now = datetime(2026, 12, 9, 0, 0, tzinfo=UTC)
    assert await desk.world.tick() == 1
    assert await desk.world.tick() == 0
    [said] = await desk.world.said(PlanOverdue)
    assert (str(said.meeting_id), said.due_on) == (meeting, date(2026, 12, 8))
    assert (said.clause, said.chair_ref) == ("combined@2026-11 L5.5", COUNCIL_CHAIR)
    [line] = await desk.get(QIP_CHAIR, "/qips")
    view = await desk.get(QIP_CHAIR, f"/qips/{line['qip_id']}")
    assert [item["needed"] for item in view["attention"]] == ["plan_overdue"]
    assert (await desk.submit(meeting, an_action(), who=MANAGER)).status_code == 201
    view = await desk.get(QIP_CHAIR, f"/qips/{line['qip_id']}")
    assert view["attention"] == []


@pytest.mark.requirement("L5.5")
async def test_a_plan_in_time_stops_the_clock(desk: Desk, meeting: str) -> None:
    await desk.submit(meeting, an_action(), who=MANAGER)
    desk.world.clock.now = DUE
    assert await desk.world.tick() == 0
    assert await desk.world.said(PlanOverdue) == []


@pytest.mark.requirement("L5.5")
async def test_a_meeting_at_short_notice_has_no_overdue_plan(triggered: Desk) -> None:
    await triggered.with_meeting(day="2026-11-26")
    triggered.world.clock.now = DUE
    assert await triggered.world.tick() == 0
    assert await triggered.world.said(PlanOverdue) == []


async def test_a_plan_overdue_again_after_a_move_is_said_for_the_new_date(
    triggered: Desk,
) -> None:
    qip, meeting = await triggered.with_meeting()
    triggered.world.clock.now = DUE
    await triggered.world.tick()
    await triggered.move(qip, meeting, day="2027-01-19")
    triggered.world.clock.now = datetime(2027, 1, 13, tzinfo=UTC)
    await triggered.world.tick()
    said = await triggered.world.said(PlanOverdue)
    assert [overdue.due_on for overdue in said] == [date(2026, 12, 8), date(2027, 1, 12)]


async def test_plans_are_kept_in_versions_and_a_repeat_makes_none(desk: Desk, meeting: str) -> None:
    first = an_action()
    for actions, version in (([first], 1), ([first], 1), ([first, an_action(owner="X")], 2)):
        answer = await desk.submit(meeting, *actions, who=MANAGER)
        assert answer.json()["plan_version"] == version
    assert len(await desk.world.said(PlanSubmitted)) == 2


@pytest.mark.requirement("L8c")
async def test_a_qip_keeps_the_terms_under_which_it_was_opened(desk: Desk) -> None:
    qip = await with_changed_terms(desk)
    answer = await desk.schedule(qip)
    assert answer.status_code == 201, answer.text
    (told,) = await desk.world.said(MeetingScheduled)
    assert told.clause.startswith("combined@2026-11 ")
    assert desk.world.works.policies.on("combined", DUE.date()).name == "combined@2026-12"


async def with_changed_terms(desk: Desk) -> dict[str, Any]:
    """A QIP whose partnership has adopted other terms since it was opened."""
    await desk.world.hear(met())
    qip = await desk.contacted()
    document = tomllib.loads((POLICIES / "combined.toml").read_text("utf-8"))
    later = {**document["pack"], "version": "2026-12", "effective_from": date(2026, 11, 20)}
    packs = [Pack(document), Pack({**document, "pack": later})]
    desk.world.works.policies = desk.world.runtime.policies = Policies(packs)
    return qip
