"""Take the provider's improvement plan, and say when it is overdue (L1.3, L1.3a, L5.5)."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from services.meetings.domain.plans import Action, check_plan, not_the_provider
from services.meetings.domain.readers import Level
from services.meetings.handlers import cases, rights
from services.meetings.handlers.cases import QipCase
from services.meetings.handlers.handling import held_by
from services.meetings.handlers.meetings import PLAN_DUE
from services.meetings.handlers.policy import partnerships_of
from services.meetings.store import meetings as store
from services.meetings.store import qips
from services.meetings.tables import MeetingRow, PlanRow
from shared.contracts.meetings import PlanOverdue, PlanSubmitted
from shared.contracts.words import derived_id
from shared.platform.clocks import Due
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


async def submit_plan(
    work: Work, person: Person, meeting_id: UUID, actions: Sequence[Action]
) -> PlanRow:
    """Take a version of the plan from the provider, and stop its clock.

    The same plan told again changes nothing. Raises Refused; a 404 for whom the QIP is not there.
    """
    partnerships = partnerships_of(work, person)
    # Before any lock: who may not know of the case must not be able to hold it up, or to time it.
    if await rights.level(work, person, meeting_id=meeting_id) is None:
        raise not_found()
    # The clock first: if it runs out at this moment, that is settled before we look.
    work.cancel_clock(PLAN_DUE, meeting_id)
    meeting = await store.meeting(work, partnerships, meeting_id)
    if meeting is None:
        raise not_found()
    case = await cases.for_change(work, person, meeting.qip_id)
    meeting = await store.meeting(work, partnerships, meeting_id, lock=True) or meeting
    level = await rights.level(work, person, qip_id=case.qip.id)
    if level is None:
        raise not_found()
    if level is not Level.PROVIDER:
        raise not_the_provider()
    check_plan(actions)
    earlier = await store.plans_of(work, meeting.partnership, meeting.qip_id)
    row = _row(work, person, meeting, actions, len(earlier) + 1)
    last = earlier[-1] if earlier else None
    if last is not None and (last.meeting_id, last.actions) == (row.meeting_id, row.actions):
        return last
    work.session.add(row)
    meeting.overdue_since = None
    work.audit(person.subject, "plan.submitted", row.id, partnership=row.partnership)
    with span("submit plan", links=[meeting.traceparent]):
        _announce(work, case, row)
    return row


async def mark_overdue(work: Work, due: Due) -> None:
    """The due date of a plan has passed without a plan: say so, once."""
    row = await store.meeting(work, [due.partnership], due.subject_id, lock=True)
    qip = await qips.qip(work, [due.partnership], row.qip_id) if row else None
    if row is None or qip is None or row.plan_due_on is None:
        return
    plans = await store.plans_of(work, row.partnership, row.qip_id)
    if any(plan.meeting_id == row.id for plan in plans):
        return
    row.overdue_since = work.now
    case = await cases.around(work, qip)
    chair = case.the_chair()
    work.announce(
        PlanOverdue(
            partnership=row.partnership,
            handling=held_by(qip, [chair.person_ref]),
            location_id=qip.location_id,
            qip_id=qip.id,
            meeting_id=row.id,
            due_on=row.plan_due_on,
            clause=due.clause,
            chair_ref=chair.person_ref,
        ),
        id=derived_id(PlanOverdue.spec.type, row.id, row.plan_due_on.isoformat()),
    )


def _row(
    work: Work, person: Person, meeting: MeetingRow, actions: Sequence[Action], version: int
) -> PlanRow:
    return PlanRow(
        id=work.new_id(),
        partnership=meeting.partnership,
        qip_id=meeting.qip_id,
        meeting_id=meeting.id,
        version=version,
        submitted_on=work.today,
        submitted_at=work.now,
        submitted_by=person.subject,
        actions=[
            {
                "action": action.action,
                "owner": action.owner,
                "timescale": action.timescale.isoformat() if action.timescale else None,
            }
            for action in actions
        ],
        event_id=work.new_id(),
    )


def _announce(work: Work, case: QipCase, row: PlanRow) -> None:
    chair = case.the_chair()
    work.announce(
        PlanSubmitted(
            partnership=row.partnership,
            handling=held_by(case.qip, [chair.person_ref]),
            location_id=case.qip.location_id,
            qip_id=row.qip_id,
            meeting_id=row.meeting_id,
            plan_version=row.version,
            submitted_on=row.submitted_on,
            actions=len(row.actions),
            chair_ref=chair.person_ref,
        ),
        id=row.event_id,
    )
