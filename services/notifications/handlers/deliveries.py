"""Take the next message to be sent, and record how the attempt ended, each in one transaction.

A message is marked before anything is said to the mail server: where the process dies in between,
the mark shows that it was perhaps sent. It is then sent again under the same Message-ID.
"""

from __future__ import annotations

from uuid import UUID

from services.notifications.domain.deliveries import Answer, Attempt, Step, next_step
from services.notifications.domain.projection import SUSPENDED
from services.notifications.handlers import messages
from services.notifications.handlers.terms import longest_wait, retrying, sending_lease
from services.notifications.store import ledger
from services.notifications.store import messages as store
from services.notifications.tables import MessageRow
from shared.contracts.notifications import DisclosureMade
from shared.contracts.words import DeliveryState, derived_id
from shared.platform.telemetry import log, meter
from shared.platform.work import Work

SENDING = "sending"
_perhaps = meter.create_counter(
    "messages.perhaps_sent", description="Messages whose attempt ended without an answer"
)


async def take_next(work: Work) -> MessageRow | None:
    """The message whose turn it is, marked as being sent; None where nothing waits.

    Where more wait, another sender is called when this one is marked.
    """
    while True:
        row, more_wait = await store.next_due(work, longest_wait(work))
        work.queued |= more_wait
        if row is None:
            return None
        if row.state == SENDING:
            _left_unknown(row)
        if row.attempts < retrying(work).tries:
            row.state = SENDING
            row.attempts += 1
            row.next_try_at = work.now + sending_lease(work)
            await store.save(work, row)
            return row
        await _apply(work, row, Step(DeliveryState.FAILED, rule="no-answer-in-time"))


async def settle(work: Work, message_id: UUID, attempt: Attempt) -> None:
    """Record the end of an attempt: with state, event and ledger row, or neither."""
    row = await store.by_id(work, message_id)
    if row is None or row.state != SENDING:
        return
    if attempt.answer is Answer.UNKNOWN:
        _left_unknown(row)
    row.smtp_code = attempt.code
    step = next_step(attempt, row.attempts, work.now, retrying(work))
    row.sent_at = work.now if step.state is DeliveryState.SENT else None
    await _apply(work, row, step)
    if step.state is DeliveryState.SENT:
        await _record_disclosure(work, row)


async def mark_perhaps_sent(work: Work) -> None:
    """The database was restored: what waits now may have been sent before it went back."""
    log.warning("messages.perhaps_sent", count=await store.mark_perhaps_sent(work))


async def give_up_on(work: Work, person_ref: UUID) -> None:
    """Somebody left: what waits for them cannot be sent, and its owner is told."""
    for row in await store.waiting_for(work, person_ref):
        await _apply(work, row, Step(DeliveryState.FAILED, rule=messages.NO_RECIPIENT))


async def withhold_from(work: Work, partnership: str, agency_id: str) -> None:
    """An agency is suspended: what waits for its people stays here."""
    for row in await store.waiting_for_agency(work, partnership, agency_id):
        await _apply(work, row, Step(DeliveryState.WITHHELD, rule=SUSPENDED))


async def _apply(work: Work, row: MessageRow, step: Step) -> None:
    row.state = step.state
    row.rule = step.rule
    row.next_try_at = step.next_try_at
    await store.save(work, row)
    if step.state is not DeliveryState.QUEUED:
        await messages.say_settled(work, row)


def _left_unknown(row: MessageRow) -> None:
    row.perhaps_sent = True
    _perhaps.add(1, {"mail.kind": row.kind})
    log.warning("message.perhaps_sent", message_id=str(row.id))


async def _record_disclosure(work: Work, row: MessageRow) -> None:
    # They follow from the message: a restored database that sends it again discloses nothing new.
    disclosure_id = derived_id("disclosure", row.id, row.audience)
    ledger.add(
        work,
        [
            {
                "id": disclosure_id,
                "at": work.now,
                "partnership": row.partnership,
                "kind": "disclosure",
                "audience": row.audience,
                "audiences": 1,
                "event_id": row.cause_id,
                "event_type": row.cause_type,
                "label": row.label,
                "digest": row.digest,
                "under": row.under,
            }
        ],
    )
    work.announce(
        DisclosureMade(
            partnership=row.partnership,
            disclosure_id=disclosure_id,
            cause_id=row.cause_id,
            audience=row.audience,
        ),
        id=derived_id("disclosed", row.id, row.audience),
    )
