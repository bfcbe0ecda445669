"""Triggers put a location up for consideration; further ones join (L1.2a-g)."""

from __future__ import annotations

from uuid import UUID

from services.meetings.domain.decisions import ConsiderationState
from services.meetings.domain.triggers import TriggerState, handling_of, reaches_others
from services.meetings.handlers.meetings import leave_out_implicated
from services.meetings.handlers.policy import runs_qips
from services.meetings.store import considerations as store
from services.meetings.store import qips
from services.meetings.tables import ConsiderationRow, QipRow, TriggerRow
from shared.contracts.assessment import TriggerEnded, TriggerMet, TriggerRaised
from shared.contracts.meetings import QipConsidered
from shared.contracts.words import Trigger, derived_id
from shared.platform.telemetry import current_traceparent, log
from shared.platform.work import Work


async def note_raised(work: Work, event: TriggerRaised) -> None:
    """A trigger looks met: a candidate, shown beside a consideration but opening none."""
    if not _ours(work, event.partnership):
        return
    known = await store.trigger(work, event.partnership, event.crossing_id)
    if known is None:
        work.session.add(_row(work, event, TriggerState.RAISED))
    elif known.state != TriggerState.MET:
        known.state, known.ended_on = TriggerState.RAISED, None
        known.evidence = [str(item) for item in event.evidence]


async def consider(work: Work, event: TriggerMet) -> None:
    """A trigger is met: it joins what is open at the location, or puts it up for consideration.

    The same crossing told again changes nothing. One that had ended and is met again (a fact that
    came late shows that it never ceased) stands where it stood: people have it before them, or have
    decided on it.
    """
    if not _ours(work, event.partnership):
        return
    row = await store.trigger(work, event.partnership, event.crossing_id)
    if row is not None and row.state == TriggerState.MET:
        return
    if row is None:
        row = _row(work, event, TriggerState.MET)
        work.session.add(row)
    _meet(work, row, event)
    if row.consideration_id is not None:
        return
    found = await store.open_at(work, event.partnership, event.location_id)
    qip = await qips.running_at(work, event.partnership, event.location_id)
    if found is not None:
        await _join_open(work, row, found)
    elif qip is not None:
        row.consideration_id = qip.consideration_id
        await _join_running(work, event, qip)
    else:
        await _put_up(work, row)


async def note_ended(work: Work, event: TriggerEnded) -> None:
    """A crossing is over; what it put up for consideration stays until people decide."""
    row = await store.trigger(work, event.partnership, event.crossing_id)
    if row is not None:
        row.state = TriggerState.ENDED
        row.ended_on = event.ended_on


def _ours(work: Work, partnership: str) -> bool:
    if runs_qips(work, partnership):
        return True
    log.info("trigger.skipped", partnership=partnership, reason="policy.no-section")
    return False


def _row(work: Work, event: TriggerRaised | TriggerMet, state: TriggerState) -> TriggerRow:
    return TriggerRow(
        crossing_id=event.crossing_id,
        partnership=event.partnership,
        location_id=event.location_id,
        trigger=event.trigger,
        state=state,
        evidence=[str(item) for item in event.evidence],
        threshold=event.threshold,
        clause=event.clause,
        label=event.handling.label,
        holders=list(event.handling.holders),
        told_at=work.now,
    )


def _meet(work: Work, row: TriggerRow, event: TriggerMet) -> None:
    row.state, row.ended_on = TriggerState.MET, None
    row.evidence = [str(item) for item in event.evidence]
    row.implicated_role = event.implicated_role
    row.label = event.handling.label
    row.holders = list(event.handling.holders)
    row.told_at = work.now


async def _put_up(work: Work, row: TriggerRow) -> None:
    about = derived_id("meetings.consideration", row.location_id, str(row.crossing_id))
    work.session.add(
        ConsiderationRow(
            id=about,
            partnership=row.partnership,
            location_id=row.location_id,
            state=ConsiderationState.OPEN,
            opened_at=work.now,
            traceparent=current_traceparent(),
        )
    )
    row.consideration_id = about
    await work.session.flush()
    _say_considered(work, row, about)


async def _join_open(work: Work, row: TriggerRow, found: ConsiderationRow) -> None:
    """It joins what is considered already; who was not told of that is told now, of this trigger.

    Else what few may know would keep from all others that the location is considered.
    """
    before = await store.triggers_of(work, found.partnership, found.id)
    told = [handling_of([store.fact_of(one)]) for one in before]
    row.consideration_id = found.id
    if reaches_others(handling_of([store.fact_of(row)]), told):
        _say_considered(work, row, found.id)


def _say_considered(work: Work, row: TriggerRow, about: UUID) -> None:
    work.announce(
        QipConsidered(
            partnership=row.partnership,
            handling=handling_of([store.fact_of(row)]),
            location_id=row.location_id,
            consideration_id=about,
            triggers=(Trigger(row.trigger),),
        ),
        id=derived_id(QipConsidered.spec.type, row.location_id, str(row.crossing_id)),
    )


async def _join_running(work: Work, event: TriggerMet, qip: QipRow) -> None:
    """A QIP runs here already: whoever is implicated now leaves its invitations (L1.2c)."""
    await work.session.flush()
    if event.implicated_role is not None:
        await leave_out_implicated(work, qip)
