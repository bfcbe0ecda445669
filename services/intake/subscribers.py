"""What intake hears: partners' records at the Kafka door, and what became of our messages."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord

from services.intake.handlers import handovers, messages
from shared.contracts.catalogue import DOOR_GROUP, INBOUND_PATTERN, INTAKE
from shared.contracts.envelope import Envelope, Unreadable, decode_headers
from shared.contracts.intake import ConcernRedirected
from shared.contracts.notifications import MessageFailed, MessageWithheld
from shared.platform.consumer import Consumer
from shared.platform.events import Subscribers
from shared.platform.work import Incoming, Work, Works

subscribers = Subscribers(INTAKE)

_RECORDS = UUID("1d1f8b2e-7a5c-5a0e-8f4e-2b1c9d3e4f50")


@subscribers.on(MessageFailed, MessageWithheld)
async def on_message_undelivered(
    work: Work, event: MessageFailed | MessageWithheld, envelope: Envelope
) -> None:
    if event.cause_type == ConcernRedirected.spec.type:
        await handovers.note_undelivered(work, event.location_id)


def door(works: Works) -> Sequence[Consumer]:
    """The consumer group of the partners' inbound topics."""
    return [
        Consumer(
            DOOR_GROUP,
            works,
            identify,
            messages.receive_messages,
            pattern=INBOUND_PATTERN,
            on_dead=messages.receive_broken_message,
            key_of=place_of,
        )
    ]


def place_of(record: ConsumerRecord) -> str:
    """Each record stands for itself: a concern never waits behind one that we could not take.

    A partner's own key is text that it chose, and is shown to nobody.
    """
    return f"{record.partition}:{record.offset}"


def identify(record: ConsumerRecord) -> Incoming[ConsumerRecord]:
    """Any record is taken; its place in the log (and its content) is its identity."""
    digest = hashlib.sha256(record.value or b"").hexdigest()
    place = f"{record.topic}:{record.partition}:{record.offset}:{digest}"
    return Incoming(
        source=record.topic,
        event_id=uuid5(_RECORDS, place),
        event_type=record.topic,
        topic=record.topic,
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC),
        content=record,
        link=_partner_trace(record),
    )


def _partner_trace(record: ConsumerRecord) -> str | None:
    try:
        return decode_headers(record.headers).get("traceparent")
    except Unreadable:
        return None
