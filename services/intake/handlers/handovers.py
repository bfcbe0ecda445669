"""Hand over to safeguarding what is theirs, and escalate it until they acknowledge it (WCC1b)."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain import door, handling
from services.intake.domain.concerns import ConcernState
from services.intake.store import concerns
from services.intake.store import handovers as store
from services.intake.tables import ConcernRow, HandoverRow
from shared.contracts.envelope import rfc3339
from shared.contracts.intake import (
    ConcernRedirected,
    HandoverAcknowledged,
    HandoverAddedTo,
    HandoverUnanswered,
)
from shared.platform.clocks import Due
from shared.platform.policy import Cited
from shared.platform.problems import not_found
from shared.platform.telemetry import log, span
from shared.platform.work import Work

UNACKNOWLEDGED = "handover_unacknowledged"
"""The clock that escalates a handover until somebody acknowledges it."""


async def hand_over(work: Work, row: ConcernRow) -> None:
    """Hand an item to safeguarding ourselves; a clock escalates it until acknowledged (WCC1b)."""
    handover = HandoverRow(
        concern_id=row.id,
        partnership=row.partnership,
        handed_over_at=work.now,
        emergency=row.immediate_danger,
    )
    work.later(HandoverRow, handover.model_dump())
    await _tell_safeguarding(work, row, escalation=0)


async def hand_over_again(work: Work, row: ConcernRow) -> None:
    """What safeguarding has turns out to be an emergency: to be acknowledged as one.

    Where the item stands with them does not change (L1.2h).
    """
    found = await store.handover(work, [row.partnership], row.id)
    if found is None:
        raise not_found()
    found.emergency, found.acknowledged_at, found.acknowledged_by = True, None, None
    await _tell_safeguarding(work, row, found.escalations)


def acknowledge_minutes(work: Work, partnership: str) -> Cited:
    """How long safeguarding has to acknowledge before it is told again."""
    pack = work.policies.on(partnership, work.today)
    return pack.value("intake", "concerns", "handover_acknowledge_minutes")


def tell_more(work: Work, row: ConcernRow) -> None:
    """Who told what safeguarding has knows more of it: it is passed on to them."""
    with span("add to handover", links=[row.traceparent]):
        work.announce(
            HandoverAddedTo(
                partnership=row.partnership,
                handling=handling.of_handover(),
                location_id=row.location_id,
                concern_id=row.id,
                reference=row.reference,
            )
        )


async def _tell_safeguarding(work: Work, row: ConcernRow, escalation: int) -> None:
    minutes = acknowledge_minutes(work, row.partnership)
    due: datetime = work.now + timedelta(minutes=minutes.number)
    work.set_clock(UNACKNOWLEDGED, row.id, due, partnership=row.partnership, clause=minutes.clause)
    work.announce(
        ConcernRedirected(
            partnership=row.partnership,
            handling=handling.of_handover(),
            location_id=row.location_id,
            concern_id=row.id,
            reference=row.reference,
            emergency=row.immediate_danger,
            acknowledge_by=rfc3339(due),
            escalation=escalation,
            due_clause=minutes.clause,
        )
    )


async def escalate_handover(work: Work, due: Due) -> None:
    """Nobody has acknowledged in time: tell safeguarding again, louder, and show it as open."""
    found = await store.handover(work, [due.partnership], due.subject_id)
    row = await concerns.concern(work, [due.partnership], due.subject_id, None)
    if found is None or row is None or found.acknowledged_at is not None:
        return
    found.escalations += 1
    limit = work.policies.on(row.partnership, work.today).value(
        "intake", "concerns", "handover_escalations"
    )
    if found.escalations >= limit.number:
        found.owner_needed = "not acknowledged after repeated escalation"
    if found.escalations % max(1, limit.number) == 0:
        _tell_owner(work, row, found, limit)
    await _tell_safeguarding(work, row, found.escalations)


def _tell_owner(work: Work, row: ConcernRow, found: HandoverRow, limit: Cited) -> None:
    """More mails to the same desk wake nobody: the team that owns it is told to ring them."""
    log.error("handover.unanswered", concern_id=str(row.id))
    work.announce(
        HandoverUnanswered(
            partnership=row.partnership,
            handling=handling.of_owner(),
            concern_id=row.id,
            reference=row.reference,
            emergency=found.emergency,
            escalation=found.escalations,
            clause=limit.clause,
        )
    )


async def note_undelivered(work: Work, location_id: UUID | None) -> None:
    """Nobody could be told of handovers at a location: they need an owner (silence is a bug)."""
    if location_id is None:
        return
    for found in await store.handovers_at(work, location_id):
        found.owner_needed = "the message to safeguarding was not delivered"


async def acknowledge_handover(
    work: Work, partnerships: frozenset[str], concern_id: UUID, by: str
) -> None:
    """Safeguarding takes over; the escalation ends. Doing it twice changes nothing."""
    found = await store.handover(work, partnerships, concern_id)
    row = await concerns.concern(work, partnerships, concern_id, None)
    if found is None or row is None:
        raise not_found()
    if found.acknowledged_at is not None:
        return
    found.acknowledged_at = work.now
    found.acknowledged_by = by
    found.owner_needed = None
    row.state = ConcernState.ACKNOWLEDGED
    work.cancel_clock(UNACKNOWLEDGED, concern_id)
    work.audit(by, "handover.acknowledged", concern_id, partnership=row.partnership)
    with span("acknowledge handover", links=[row.traceparent]):
        work.announce(
            HandoverAcknowledged(
                partnership=row.partnership,
                handling=handling.of_handover(),
                location_id=row.location_id,
                concern_id=row.id,
            )
        )


async def handed_over_concern(work: Work, partnership: str, reference: str) -> UUID:
    """The concern that safeguarding acknowledges by its reference. Raises Refused."""
    row = await concerns.concern_by_reference(work, [partnership], reference)
    if row is None or await store.handover(work, [partnership], row.id) is None:
        raise door.unknown_reference()
    return row.id
