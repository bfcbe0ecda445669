"""Enter messages to people: queued, withheld under a rule (L8b), or failed for want of a reader."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from uuid import UUID

from services.notifications.channels import letters
from services.notifications.domain import mails as rules
from services.notifications.domain.mails import Addressee, Part
from services.notifications.domain.notices import MailKind, MessageNotDelivered, Notice
from services.notifications.domain.projection import derive
from services.notifications.handlers.terms import Post, post_of, secret_for
from services.notifications.store import messages as store
from services.notifications.tables import MessageRow
from shared.contracts.notifications import MessageFailed, MessageSent, MessageWithheld
from shared.contracts.words import DeliveryState, derived_id
from shared.platform.telemetry import current_traceparent, log, meter
from shared.platform.work import Work

NO_RECIPIENT = "no-recipient"
INSECURE = "L8b"
_settled = meter.create_counter("messages", description="Messages by final state")


@dataclass(frozen=True, slots=True)
class Cause:
    """What a message is written for."""

    id: UUID
    type: str
    partnership: str
    location_id: UUID | None


@dataclass(frozen=True, slots=True)
class Draft:
    """A message before it is entered: to whom, with what in it, or why it does not go."""

    cause: Cause
    addressee: Addressee
    address: str | None = None
    notice: Notice | None = None
    text: str = ""
    label: str = ""
    under: str = ""
    """The label in force and the right by which the recipient is told, for the ledger."""
    calendar: bytes | None = None
    thread: UUID | None = None
    sequence: int = 0
    state: DeliveryState = DeliveryState.QUEUED
    rule: str | None = None
    perhaps_sent: bool = False
    """True where the same was perhaps written and sent before."""


async def enter(work: Work, post: Post, drafts: Sequence[Draft]) -> None:
    """Enter messages, each once however often its cause comes; say what does not go."""
    rows = [_row(work, post, draft) for draft in drafts]
    fresh = await store.enter(work, rows)
    for row in rows:
        if row.id not in fresh:
            continue
        if row.state == DeliveryState.QUEUED:
            work.queued = True
        else:
            await say_settled(work, row)


async def say_settled(work: Work, row: MessageRow) -> None:
    """Announce the final state of a message; one that failed is told to its owner."""
    state = DeliveryState(row.state)
    cls = {
        DeliveryState.SENT: MessageSent,
        DeliveryState.WITHHELD: MessageWithheld,
        DeliveryState.FAILED: MessageFailed,
    }[state]
    work.announce(
        cls(
            partnership=row.partnership,
            message_id=row.id,
            cause_id=row.cause_id,
            cause_type=row.cause_type,
            location_id=row.location_id,
            state=state,
            rule=row.rule,
        ),
        # Said once, also where a database that was restored lets the message come to its end again.
        id=derived_id("message", row.id, state.value),
    )
    _settled.add(1, {"delivery.state": state.value, "mail.kind": row.kind})
    log.info("message.settled", message_id=str(row.id), state=state.value, rule=row.rule)
    # A note to the owner that fails itself must not make another.
    if state is DeliveryState.FAILED and row.kind != MailKind.NOT_DELIVERED:
        await _tell_owner(work, row)


async def _tell_owner(work: Work, row: MessageRow) -> None:
    post = post_of(work, row.partnership)
    if post is None:
        return
    notice = MessageNotDelivered(message_id=str(row.id), rule=row.rule or "")
    draft = Draft(
        cause=Cause(row.id, MessageFailed.spec.type, row.partnership, row.location_id),
        addressee=Addressee(MailKind.NOT_DELIVERED, Part.OWNER),
        address=post.owner_mailbox,
        notice=notice,
        text=letters.text_of(notice, name="colleagues", reply_to=post.reply_to),
        label="INTERNAL",
        under="owner of messages that are not delivered",
        perhaps_sent=row.perhaps_sent,
    )
    await enter(work, post, [draft])


def digest_of(notice: Notice) -> str:
    """Tells whether two notices say the same."""
    text = json.dumps({"kind": notice.kind, **asdict(notice)}, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def _row(work: Work, post: Post, draft: Draft) -> MessageRow:
    name, kind = draft.addressee.name, draft.addressee.kind
    id_ = derived_id(f"mail.{kind}", draft.cause.id, name)
    state, rule = _state(post, draft)
    goes = state is DeliveryState.QUEUED
    return MessageRow(
        id=id_,
        partnership=draft.cause.partnership,
        kind=kind,
        cause_id=draft.cause.id,
        cause_type=draft.cause.type,
        location_id=draft.cause.location_id,
        audience=name,
        person_ref=draft.addressee.person_ref,
        thread=draft.thread,
        sequence=draft.sequence,
        address=draft.address,
        sender=post.from_address,
        reply_to=post.reply_to,
        # What does not go needs no content.
        subject=draft.notice.subject if goes and draft.notice else "",
        text=draft.text if goes else "",
        calendar=draft.calendar if goes else None,
        header_id=_header_id(work, post, name, id_),
        label=draft.label,
        under=draft.under,
        digest=digest_of(draft.notice) if draft.notice else "",
        state=state,
        rule=rule,
        perhaps_sent=draft.perhaps_sent,
        queued_at=work.now,
        next_try_at=work.now if goes else None,
        traceparent=current_traceparent(),
    )


def _state(post: Post, draft: Draft) -> tuple[DeliveryState, str | None]:
    if draft.state is not DeliveryState.QUEUED:
        return draft.state, draft.rule
    if not draft.address:
        return DeliveryState.FAILED, NO_RECIPIENT
    person_data = draft.notice is not None and draft.notice.person_data
    if person_data and not rules.is_secure(draft.address, post.secure_domains):
        return DeliveryState.WITHHELD, INSECURE
    return DeliveryState.QUEUED, None


def _header_id(work: Work, post: Post, audience: str, message_id: UUID) -> str:
    """The Message-ID: stable for a message, and of no use for joining those of two readers."""
    known = derive(secret_for(work, audience), message_id)
    return f"<{known}@{post.from_address.rpartition('@')[2]}>"
