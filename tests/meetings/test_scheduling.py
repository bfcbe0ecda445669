"""Meetings are set within the QIP's limit, with the date on which the plan is due."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shared.contracts.intake import ContactRemoved
from shared.contracts.meetings import MeetingScheduled
from shared.contracts.words import ImplicatedRole, OfficeHolderRole, Role
from tests.meetings.cast import (
    COUNCIL_CHAIR,
    MANAGER,
    NI,
    QIP_CHAIR,
    RM,
    Desk,
    an_action,
    id_of,
    leadership,
    location,
    meeting_form,
    met,
    office,
    refused_under,
)
from tests.stage import person


@pytest.fixture
async def triggered(desk: Desk) -> Desk:
    """A desk with an open consideration."""
    await desk.world.hear(met())
    return desk


@pytest.fixture
async def qip(triggered: Desk) -> dict[str, Any]:
    """A QIP whose provider has been contacted."""
    return await triggered.contacted()


async def _scheduled(desk: Desk) -> MeetingScheduled:
    said: MeetingScheduled = (await desk.world.said(MeetingScheduled))[-1]
    return said


async def _running_clocks(desk: Desk) -> list[tuple[str, datetime, str]]:
    async with desk.world.works.begin() as work:
        clock = work.tables.clock
        rows = await work.session.execute(clock.select().where(clock.c.state == "waiting"))
        return [(row.rule, row.due_at, row.clause) for row in rows]


@pytest.mark.requirement("L1.3j")
async def test_the_first_meeting_waits_for_a_contact_with_the_provider(triggered: Desk) -> None:
    qip = await triggered.with_chair()
    answer = await triggered.schedule(qip)
    assert refused_under(answer, "L1.3j")
    assert answer.json()["clause"] == "combined@2026-11 L1.3j"
    await triggered.contact(qip)
    assert (await triggered.schedule(qip)).status_code == 201


@pytest.mark.requirement("L5.5")
async def test_the_plan_is_due_seven_days_before_the_meeting(
    desk: Desk, qip: dict[str, Any]
) -> None:
    answer = await desk.schedule(qip, day="2026-12-15")
    assert answer.json()["plan_due_on"] == "2026-12-08"
    said = await _scheduled(desk)
    assert (said.plan_due_on, said.short_notice) == (date(2026, 12, 8), False)
    assert said.clause == "combined@2026-11 L5.5"
    due = datetime(2026, 12, 8, 23, 59, tzinfo=UTC)
    assert await _running_clocks(desk) == [("plan_due", due, "combined@2026-11 L5.5")]


@pytest.mark.requirement("L5.5")
async def test_the_due_date_counts_london_days(desk: Desk, qip: dict[str, Any]) -> None:
    # 23:30 UTC on 14 April is 15 April in London.
    times = {
        "starts_at": "2027-04-14T23:30:00Z",
        "ends_at": "2027-04-15T01:00:00Z",
        "part_ii_starts_at": "2027-04-14T23:40:00Z",
        "part_ii_ends_at": "2027-04-15T00:30:00Z",
    }
    answer = await desk.schedule(qip, **times)
    assert answer.json()["plan_due_on"] == "2027-04-08"
    [(_, due, _)] = await _running_clocks(desk)
    assert due == datetime(2027, 4, 8, 22, 59, tzinfo=UTC)


@pytest.mark.requirement("L5.5")
@pytest.mark.parametrize(
    ("day", "due", "short"), [("2026-11-27", "2026-11-20", False), ("2026-11-26", None, True)]
)
async def test_a_meeting_inside_seven_days_is_short_notice_and_never_overdue(
    desk: Desk, qip: dict[str, Any], day: str, due: str | None, short: bool
) -> None:
    body = (await desk.schedule(qip, day=day)).json()
    assert (body["plan_due_on"], body["short_notice"]) == (due, short)
    assert len(await _running_clocks(desk)) == (0 if short else 1)


@pytest.mark.requirement("L6.4")
async def test_a_meeting_after_the_limit_is_refused(desk: Desk, qip: dict[str, Any]) -> None:
    assert qip["limit_on"] == "2027-05-20"
    answer = await desk.schedule(qip, day="2027-05-21")
    assert refused_under(answer, "L6.4", "starts_at")
    assert answer.json()["clause"] == "combined@2026-11 L6.4"
    assert (await desk.schedule(qip, day="2027-05-20")).status_code == 201


@pytest.mark.requirement("L1.3i")
async def test_a_provider_that_declines_has_no_part_ii_and_no_breach(
    desk: Desk, qip: dict[str, Any]
) -> None:
    answer = await desk.schedule(qip, provider_participates=False)
    assert answer.status_code == 201
    said = await _scheduled(desk)
    assert (said.part_ii_starts_at, said.part_ii_ends_at) == (None, None)
    assert said.starts_at == "2026-12-15T10:00:00.000000Z"
    view = await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")
    assert view["attention"] == []
    assert view["state"] == "open"


async def test_a_participating_provider_needs_a_part_ii_within_the_meeting(
    desk: Desk, qip: dict[str, Any]
) -> None:
    for times in (
        {"part_ii_starts_at": None},
        {"part_ii_starts_at": "2026-12-15T09:59:00Z"},
        {"part_ii_ends_at": "2026-12-15T12:01:00Z"},
        {"part_ii_ends_at": "2026-12-15T10:30:00Z"},
    ):
        answer = await desk.schedule(qip, **times)
        assert refused_under(answer, "L7.1ii", "part_ii_starts_at")


async def test_a_meeting_lies_ahead_and_ends_after_it_starts(
    desk: Desk, qip: dict[str, Any]
) -> None:
    answer = await desk.schedule(qip, day="2026-11-20")
    assert refused_under(answer, "door.field", "starts_at")
    answer = await desk.schedule(qip, ends_at="2026-12-15T10:00:00Z")
    assert refused_under(answer, "door.field", "ends_at")


@pytest.mark.requirement("L4.1")
async def test_the_invitation_goes_to_the_current_registered_manager(
    desk: Desk, qip: dict[str, Any]
) -> None:
    successor = id_of("next registered manager")
    await desk.world.hear(
        ContactRemoved(partnership="-", person_ref=RM),
        office(successor, OfficeHolderRole.REGISTERED_MANAGER),
    )
    await desk.schedule(qip)
    said = await _scheduled(desk)
    assert set(said.provider_refs) == {successor, NI}
    people = {f"person:{ref}" for ref in (COUNCIL_CHAIR, successor, NI)}
    assert (said.chair_ref, set(said.handling.holders)) == (COUNCIL_CHAIR, people)


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_person_is_not_invited(desk: Desk) -> None:
    await desk.world.hear(leadership())
    qip = await desk.contacted()
    await desk.schedule(qip)
    said = await _scheduled(desk)
    assert said.provider_refs == (NI,)
    assert f"person:{RM}" not in said.handling.holders


@pytest.mark.requirement("L1.2c")
async def test_somebody_implicated_later_leaves_the_invitations(
    desk: Desk, qip: dict[str, Any]
) -> None:
    await desk.schedule(qip)
    await desk.world.hear(leadership())
    said = await _scheduled(desk)
    assert (said.sequence, said.provider_refs) == (1, (NI,))
    await desk.world.hear(
        leadership(ImplicatedRole.NOMINATED_INDIVIDUAL).model_copy(
            update={"crossing_id": id_of("another crossing")}
        )
    )
    assert (await _scheduled(desk)).provider_refs == ()
    view = await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")
    assert [item["needed"] for item in view["attention"]] == ["nobody_to_invite"]
    answer = await desk.schedule(qip, day="2026-12-16")
    assert refused_under(answer, "L1.2c")


async def test_moving_a_meeting_raises_its_sequence_and_moves_its_clock(triggered: Desk) -> None:
    qip, meeting = await triggered.with_meeting()
    answer = await triggered.move(qip, meeting, day="2026-12-17", note_taker="note-taker")
    assert answer.status_code == 200
    said = await _scheduled(triggered)
    assert (str(said.meeting_id), said.sequence) == (meeting, 1)
    assert said.plan_due_on == date(2026, 12, 10)
    [(_, due, _)] = await _running_clocks(triggered)
    assert due == datetime(2026, 12, 10, 23, 59, tzinfo=UTC)
    await triggered.move(qip, meeting, day="2026-11-24")
    assert await _running_clocks(triggered) == []


async def test_a_move_that_moves_nothing_invites_nobody_again(triggered: Desk) -> None:
    qip, meeting = await triggered.with_meeting()
    assert (await triggered.move(qip, meeting)).json()["sequence"] == 0
    declined = await triggered.move(qip, meeting, provider_participates=False)
    assert declined.json()["sequence"] == 1
    declined = await triggered.move(qip, meeting, provider_participates=False)
    assert declined.json()["sequence"] == 1
    assert len(await triggered.world.said(MeetingScheduled)) == 2


async def test_the_same_meeting_is_not_set_twice(triggered: Desk) -> None:
    qip, _ = await triggered.with_meeting()
    assert refused_under(await triggered.schedule(qip), "door.field", "starts_at")
    second = (await triggered.schedule(qip, day="2027-01-19")).json()["meeting_id"]
    assert refused_under(await triggered.move(qip, second), "door.field", "starts_at")


async def test_a_meeting_that_has_begun_is_not_moved(triggered: Desk) -> None:
    qip, meeting = await triggered.with_meeting()
    triggered.world.clock.now = datetime(2026, 12, 15, 10, tzinfo=UTC)
    answer = await triggered.move(qip, meeting, day="2027-01-19")
    assert refused_under(answer, "meetings.past")


async def test_a_meeting_moved_after_its_plan_came_has_no_clock(triggered: Desk) -> None:
    qip, meeting = await triggered.with_meeting()
    assert (await triggered.submit(meeting, an_action(), who=MANAGER)).status_code == 201
    await triggered.move(qip, meeting, day="2026-12-17")
    assert await _running_clocks(triggered) == []


async def test_note_takers_set_meetings_and_others_do_not(desk: Desk, qip: dict[str, Any]) -> None:
    path = f"/qips/{qip['qip_id']}/meetings"
    team_manager = person(Role.TEAM_MANAGER)
    assert (await desk.ask(team_manager, "POST", path)).status_code == 403
    for who, status in (
        (person(Role.NOTE_TAKER, partnerships=["lancashire"]), 404),
        (person(Role.NOTE_TAKER), 201),
    ):
        assert (await desk.ask(who, "POST", path, **meeting_form())).status_code == status


async def test_a_meeting_of_another_qip_is_not_moved_through_this_one(triggered: Desk) -> None:
    _, meeting = await triggered.with_meeting()
    await triggered.world.hear(met(crossing="2", location_id=id_of("elsewhere")))
    await triggered.world.hear(location(location_id=id_of("elsewhere")))
    other = await triggered.contacted()
    assert (await triggered.move(other, meeting, day="2026-12-17")).status_code == 404


async def test_a_meeting_that_was_moved_meanwhile_is_not_moved_on_an_old_reading(
    triggered: Desk,
) -> None:
    qip = await triggered.contacted()
    set_ = await triggered.schedule(qip)
    path = f"/qips/{qip['qip_id']}/meetings/{set_.json()['meeting_id']}"
    async with triggered.world.http(QIP_CHAIR) as client:
        tagged = {"If-Match": set_.headers["etag"]}
        moved = await client.put(path, json=meeting_form("2026-12-16"), headers=tagged)
        assert moved.status_code == 200, moved.text
        stale = await client.put(path, json=meeting_form("2026-12-17"), headers=tagged)
        assert stale.status_code == 412
        assert "starts_at" in stale.json()["changed"]
        assert "2026-12-16" not in stale.text
        fresh = {"If-Match": moved.headers["etag"]}
        again = await client.put(path, json=meeting_form("2026-12-17"), headers=fresh)
        assert again.status_code == 200
