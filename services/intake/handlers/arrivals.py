"""A record at the Kafka door, as far as it can be read: who sent it, and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from services.intake.domain import door, held_content
from services.intake.domain.requests import STATUTORY
from services.intake.store import agencies
from shared.contracts.catalogue import agency_of_inbound
from shared.contracts.envelope import CloudEvent, Unreadable, fields_of, read_cloud_event, words_of
from shared.contracts.inbound import InboundMessage, PartnerRequestMade, inbound_messages
from shared.contracts.words import Refused
from shared.platform.work import Work

_MOST_FAULTS = 100
"""More are not named one by one: in one message there is room for hundreds of thousands, and to
tell of them all would hold up what others send."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A record as far as it could be read: its message, or why there is none."""

    record: ConsumerRecord
    publisher: door.Agency
    event: CloudEvent | None
    message: InboundMessage | None
    refused: Refused | None = None


async def read(work: Work, records: Sequence[ConsumerRecord]) -> list[Arrival]:
    """Read records, each with the agency whose topic it came on."""
    publishers = await _publishers(work, records)
    return [_read(*pair) for pair in zip(records, publishers, strict=True)]


def _read(record: ConsumerRecord, publisher: door.Agency) -> Arrival:
    event: CloudEvent | None = None
    try:
        event = _event_of(record)
        return Arrival(record, publisher, event, parse(publisher, event))
    except Refused as refused:
        return Arrival(record, publisher, event, None, refused)


async def _publishers(work: Work, records: Sequence[ConsumerRecord]) -> list[door.Agency]:
    """The agencies whose topics they are: the broker let nobody else write there."""
    ids = [agency_of_inbound(record.topic) for record in records]
    known = await agencies.agencies(work, set(ids))
    return [
        known.get(id_) or door.Agency(id_, "-", suspended=True, functions=frozenset())
        for id_ in ids
    ]


def _event_of(record: ConsumerRecord) -> CloudEvent:
    try:
        return read_cloud_event(record.headers, record.value)
    except Unreadable as error:
        raise door.unreadable(error.rule, error.sentence, error.fields) from None


def parse(agency: door.Agency, event: CloudEvent) -> InboundMessage:
    """The message of an agency that may say it."""
    cls = inbound_messages().get(event.type)
    if cls is None:
        raise door.unknown_type()
    by_law = (
        agency.suspended
        and cls is PartnerRequestMade
        and held_content.request_type(event.data) in STATUTORY
    )
    door.may_speak(agency, event.source, cls.spec.functions, by_law=by_law)
    try:
        event.data.decode("utf-8")
        return cls.model_validate_json(event.data, strict=True)
    except UnicodeDecodeError:
        raise door.unreadable("door.encoding", "The message is not UTF-8.", ()) from None
    except ValidationError as error:
        if error.error_count() > _MOST_FAULTS:
            raise door.unfit_fields(["(very many fields)"]) from None
        if error.errors()[0]["type"].startswith("json_"):
            raise door.unreadable("door.not-json", "The message is not JSON.", ()) from None
        raise door.unfit_fields(fields_of(error), words_of(error)) from None
