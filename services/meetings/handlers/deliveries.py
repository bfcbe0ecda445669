"""Record what became of the messages that our events caused: told, withheld, or failed."""

from __future__ import annotations

from services.meetings.store import meetings as store
from services.meetings.tables import DeliveryRow
from shared.contracts.catalogue import MEETINGS
from shared.contracts.notifications import MessageFailed, MessageSent, MessageWithheld
from shared.platform.work import Work


async def note_delivery(work: Work, event: MessageSent | MessageWithheld | MessageFailed) -> None:
    """Record the final state of a message that one of our events caused."""
    if not event.cause_type.startswith(f"{MEETINGS}."):
        return
    await store.save_delivery(
        work,
        DeliveryRow(
            message_id=event.message_id,
            partnership=event.partnership,
            cause_id=event.cause_id,
            state=event.state,
            rule=event.rule,
            told_at=work.now,
        ),
    )
