"""Set and move QIP meetings, with the date on which the plan is due (L1.3i-j, L5.5, L6.4)."""

from __future__ import annotations

from datetime import UTC
from uuid import UUID

from services.meetings.domain.meetings import (
    Times,
    Wanted,
    check_contacted,
    check_times,
    check_to_come,
    plan_due,
    set_already,
)
from services.meetings.domain.people import invitees, nobody_to_invite
from services.meetings.handlers import cases
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.handling import held_by
from services.meetings.handlers.policy import SECTION
from services.meetings.handlers.reads.parts import meeting_view
from services.meetings.store import meetings as store
from services.meetings.store.qips import recipients_in
from services.meetings.tables import MeetingRow, QipRow
from shared.contracts.envelope import rfc3339
from shared.contracts.meetings import MeetingScheduled
from shared.contracts.words import MeetingMode
from shared.platform import etag
from shared.platform.dates import end_of_day, london_date
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import current_traceparent, span
from shared.platform.work import Work

PLAN_DUE = "plan_due"
"""The clock that runs out when the plan for a meeting is due."""

_NOT_YET_SAID = -1
"""The sequence before the first announcement, which is number 0."""


async def schedule_meeting(work: Work, person: Person, qip_id: UUID, wanted: Wanted) -> MeetingRow:
    """Set a meeting and invite to it. Raises Refused."""
    case = await cases.for_change(work, person, qip_id)
    row = _new(work, case, wanted)
    await _set(work, person, case, row, wanted)
    work.session.add(row)
    return row


async def move_meeting(
    work: Work,
    person: Person,
    qip_id: UUID,
    meeting_id: UUID,
    wanted: Wanted,
    if_match: str | None = None,
) -> MeetingRow:
    """Move a meeting that is to come, or change its parts; no change, no invitation.

    Raises Refused, and Problem 412 where it is not as the asker has read it.
    """
    case = await cases.for_change(work, person, qip_id)
    row = await store.meeting(work, [case.qip.partnership], meeting_id, lock=True)
    if row is None or row.qip_id != case.qip.id:
        raise not_found()
    etag.must_match(if_match, meeting_view(row), needed=False)
    check_to_come(row.starts_at, work.now)
    if _says(row) != _wants(wanted):
        await _set(work, person, case, row, wanted)
    return row


async def leave_out_implicated(work: Work, qip: QipRow) -> None:
    """Somebody is implicated now: invitations still to come go out again without them (L1.2c)."""
    case = await cases.around(work, qip)
    for row in await store.meetings_of(work, qip.partnership, qip.id):
        refs = _invitees(case)
        if row.starts_at > work.now and not set(row.provider_refs) <= {str(r) for r in refs}:
            row.provider_refs = [str(ref) for ref in refs]
            _announce(work, case, row)


async def _set(work: Work, person: Person, case: QipCase, row: MeetingRow, wanted: Wanted) -> None:
    case.the_chair()
    check_contacted(contacted=bool(case.provider_contacts))
    times = check_times(
        wanted.times,
        participates=wanted.provider_participates,
        ends_on=london_date(wanted.times.ends_at),
        limit_on=case.qip.limit_on,
        now=work.now,
        clause=case.qip.clause,
    )
    other = await store.meeting_at(work, row.partnership, row.qip_id, times.starts_at)
    if other is not None and other.id != row.id:
        raise set_already()
    _fill(row, times, wanted, case)
    await _set_plan_due(work, case, row)
    work.audit(person.subject, "meeting.set", row.id, partnership=row.partnership)
    with span("schedule meeting", links=[case.qip.traceparent]):
        _announce(work, case, row)


def _fill(row: MeetingRow, times: Times, wanted: Wanted, case: QipCase) -> None:
    refs = _invitees(case)
    if wanted.provider_participates and not refs:
        raise nobody_to_invite(implicated=bool(case.implicated))
    row.starts_at, row.ends_at = times.starts_at.astimezone(UTC), times.ends_at.astimezone(UTC)
    begins, ends = times.part_ii_starts_at, times.part_ii_ends_at
    row.part_ii_starts_at = begins.astimezone(UTC) if begins else None
    row.part_ii_ends_at = ends.astimezone(UTC) if ends else None
    row.mode = wanted.mode
    row.provider_participates = wanted.provider_participates
    row.note_taker = wanted.note_taker
    row.provider_refs = [str(ref) for ref in refs]


async def _set_plan_due(work: Work, case: QipCase, row: MeetingRow) -> None:
    days = case.pack.value(*SECTION, "plan_due_days")
    due = plan_due(london_date(row.starts_at), days=days.number, today=work.today)
    row.plan_due_on, row.short_notice, row.clause = due.on, due.short_notice, days.clause
    row.overdue_since = None
    plans = await store.plans_of(work, row.partnership, row.qip_id)
    if due.on is None or any(plan.meeting_id == row.id for plan in plans):
        work.cancel_clock(PLAN_DUE, row.id)
        return
    work.set_clock(
        PLAN_DUE, row.id, end_of_day(due.on), partnership=row.partnership, clause=days.clause
    )


def _new(work: Work, case: QipCase, wanted: Wanted) -> MeetingRow:
    return MeetingRow(
        id=work.new_id(),
        partnership=case.qip.partnership,
        qip_id=case.qip.id,
        sequence=_NOT_YET_SAID,
        starts_at=wanted.times.starts_at,
        ends_at=wanted.times.ends_at,
        mode=wanted.mode,
        provider_participates=wanted.provider_participates,
        provider_refs=[],
        short_notice=False,
        clause="",
        event_id=work.new_id(),
    )


def _invitees(case: QipCase) -> tuple[UUID, ...]:
    latest = case.provider_contacts[-1:]
    earlier = [recipient for row in latest for recipient in recipients_in(row)]
    return invitees(earlier, case.contacts, case.implicated)


def _says(row: MeetingRow) -> tuple[object, ...]:
    times = (row.starts_at, row.ends_at, row.part_ii_starts_at, row.part_ii_ends_at)
    return (*times, row.mode, row.provider_participates, row.note_taker)


def _wants(wanted: Wanted) -> tuple[object, ...]:
    times = wanted.times
    part_ii = (times.part_ii_starts_at, times.part_ii_ends_at)
    shown = part_ii if wanted.provider_participates else (None, None)
    rest = (wanted.mode, wanted.provider_participates, wanted.note_taker)
    return (times.starts_at, times.ends_at, *shown, *rest)


def _announce(work: Work, case: QipCase, row: MeetingRow) -> None:
    chair = case.the_chair()
    refs = tuple(UUID(ref) for ref in row.provider_refs)
    begins, ends = row.part_ii_starts_at, row.part_ii_ends_at
    row.sequence += 1
    row.event_id = work.new_id()
    row.traceparent = current_traceparent()
    work.announce(
        MeetingScheduled(
            partnership=row.partnership,
            handling=held_by(case.qip, [chair.person_ref], refs),
            location_id=case.qip.location_id,
            qip_id=row.qip_id,
            meeting_id=row.id,
            sequence=row.sequence,
            mode=MeetingMode(row.mode),
            starts_at=rfc3339(row.starts_at),
            ends_at=rfc3339(row.ends_at),
            part_ii_starts_at=rfc3339(begins) if begins else None,
            part_ii_ends_at=rfc3339(ends) if ends else None,
            plan_due_on=row.plan_due_on,
            short_notice=row.short_notice,
            clause=row.clause,
            chair_ref=chair.person_ref,
            provider_refs=refs,
        ),
        id=row.event_id,
    )
