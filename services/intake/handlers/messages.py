"""The Kafka door: each inbound record ends in one receipt, accepted or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from aiokafka import ConsumerRecord
from pydantic import ValidationError

from services.intake.domain import door, handling, held_content
from services.intake.domain.personal_data.judging import PERSONAL_DATA
from services.intake.handlers import (
    concerns,
    emergencies,
    handovers,
    partners,
    personal_data,
    quarantine,
    signals,
)
from services.intake.store import agencies, register
from services.intake.store import concerns as concern_store
from services.intake.store import messages as store
from services.intake.tables import InboundRow, QuarantineRow
from shared.contracts import inbound
from shared.contracts.catalogue import agency_of_inbound
from shared.contracts.envelope import CloudEvent, Unreadable, fields_of, read_cloud_event
from shared.contracts.inbound import InboundMessage, inbound_messages
from shared.contracts.intake import ReceiptIssued
from shared.contracts.words import AgencyFunction, Refused, derived_id
from shared.platform.rows import made
from shared.platform.telemetry import count_refusal, log
from shared.platform.work import Incoming, Work

_SEARCHED_WHEN_TAKEN = (
    inbound.ConcernRaised,
    inbound.PartnerRequestMade,
    inbound.PublicFeedbackReceived,
    inbound.ComplimentReceivedByAgency,
)
"""What keeps with itself which of its texts hold personal data."""
Status = Literal["accepted", "duplicate", "refused", "quarantined"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a record."""

    status: Status
    reference: str | None = None
    emergency_route: str | None = None
    instead: str | None = None
    refused: Refused | None = None
    """A refusal that is kept as a request, and does not lie in quarantine."""


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A record as far as it could be read: its message, or why there is none."""

    record: ConsumerRecord
    publisher: door.Agency
    event: CloudEvent | None
    message: InboundMessage | None
    refused: Refused | None = None


async def receive_messages(work: Work, batch: Sequence[Incoming[ConsumerRecord]]) -> None:
    """Take partners' records; whatever each is, its publisher gets one receipt for it."""
    publishers = await _publishers(work, [one.content for one in batch])
    arrivals = [
        _open(one.content, publisher) for one, publisher in zip(batch, publishers, strict=True)
    ]
    await read_ahead(
        work, [(a.publisher, a.event, a.message) for a in arrivals if a.event and a.message]
    )
    for one, arrival in zip(batch, arrivals, strict=True):
        with work.on(one):
            await _receive(work, arrival)


def _open(record: ConsumerRecord, publisher: door.Agency) -> _Arrival:
    event: CloudEvent | None = None
    try:
        event = _read(record)
        return _Arrival(record, publisher, event, parse(publisher, event))
    except Refused as refused:
        return _Arrival(record, publisher, event, None, refused)


async def read_ahead(
    work: Work, sound: Sequence[tuple[door.Agency, CloudEvent, InboundMessage]]
) -> None:
    """Read for all messages what each would ask for, before any is taken."""
    await store.read_ahead(work, {(publisher.id, event.id) for publisher, event, _ in sound})
    places = [(publisher, getattr(message, "location", None)) for publisher, _, message in sound]
    await register.read_locations_ahead(
        work, {(publisher.partnership, place) for publisher, place in places if place}
    )
    told = [
        teller(publisher).reference(concerns.told(message))
        for publisher, _, message in sound
        if isinstance(message, inbound.ConcernRaised)
    ]
    await concern_store.read_ahead(work, told)
    await partners.read_ahead(work, [(publisher, message) for publisher, _, message in sound])


async def _receive(work: Work, arrival: _Arrival) -> None:
    record, publisher, event = arrival.record, arrival.publisher, arrival.event
    try:
        if arrival.refused is not None or event is None or arrival.message is None:
            raise arrival.refused or door.unknown_type()
        outcome = await take(work, publisher, event, arrival.message)
    except Refused as raised:
        refused = work.policies.cite(raised, work.today, publisher.partnership)
        held = refused.refusal.rule == PERSONAL_DATA
        seen_to = await _set_aside(work, publisher, record, event, refused)
        outcome = Outcome(
            "quarantined" if held else "refused",
            reference=seen_to.reference if seen_to else None,
            emergency_route=seen_to.emergency_route if seen_to else None,
        )
        _issue(work, publisher, record, event, outcome, refused)
        count_refusal(refused.refusal.rule)
        log.info("message.refused", rule=refused.refusal.rule, agency=publisher.id)
    else:
        _issue(work, publisher, record, event, outcome, outcome.refused)
        if outcome.refused is not None:
            count_refusal(outcome.refused.refusal.rule)


async def receive_broken_message(work: Work, record: ConsumerRecord) -> None:
    """A record on which our own code failed: kept, and its publisher is told so."""
    [publisher] = await _publishers(work, [record])
    fault = door.unreadable("door.fault", "We could not take this message; we look into it.", ())
    refused = work.policies.cite(fault, work.today, publisher.partnership)
    event = _open(record, publisher).event
    item = _item(work, publisher, record, event, refused)
    if event is not None and held_content.danger_in(event.data) is not None:
        emergencies.tell_owner(work, item)
    await quarantine.hold(work, item)
    _issue(work, publisher, record, None, Outcome("quarantined"), refused)


async def _set_aside(
    work: Work,
    publisher: door.Agency,
    record: ConsumerRecord,
    event: CloudEvent | None,
    refused: Refused,
) -> emergencies.SeenTo | None:
    """Keep a refused message for those who triage; an emergency is handed over all the same."""
    item = _item(work, publisher, record, event, refused)
    may_be = event is None or event.type in emergencies.SPEAKING
    told = held_content.danger_in(item.content or b"") if may_be else None
    seen_to = await emergencies.see_to(work, teller(publisher), told, item)
    await quarantine.hold(work, item)
    return seen_to


def _item(
    work: Work,
    publisher: door.Agency,
    record: ConsumerRecord,
    event: CloudEvent | None,
    refused: Refused,
) -> QuarantineRow:
    place = (record.topic, record.partition, record.offset)
    content = record.value if event is None else event.data
    sender = quarantine.Sender.of(publisher)
    item = quarantine.item_of(work, sender, place, content, refused)
    if event is not None:
        item.message_id, item.message_source = event.id, event.source
        item.message_type = event.type
    return item


async def take_again(
    work: Work, publisher: door.Agency, event: CloudEvent, message: InboundMessage
) -> Outcome:
    """Take a message from the quarantine as a person has released it. Raises Refused."""
    await read_ahead(work, [(publisher, event, message)])
    return await take(work, publisher, event, message)


async def _publishers(work: Work, records: Sequence[ConsumerRecord]) -> list[door.Agency]:
    """The agencies whose topics they are: the broker let nobody else write there."""
    ids = [agency_of_inbound(record.topic) for record in records]
    known = await agencies.agencies(work, set(ids))
    return [
        known.get(id_) or door.Agency(id_, "-", suspended=True, functions=frozenset())
        for id_ in ids
    ]


def _read(record: ConsumerRecord) -> CloudEvent:
    try:
        return read_cloud_event(record.headers, record.value)
    except Unreadable as error:
        raise door.unreadable(error.rule, error.sentence, error.fields) from None


async def take(
    work: Work, agency: door.Agency, event: CloudEvent, message: InboundMessage
) -> Outcome:
    """Let a message take effect, once, that was read ahead for. Raises Refused."""
    digest = hashlib.sha256(event.type.encode() + b"\n" + event.data).hexdigest()
    earlier = store.inbound(work, agency.id, event.id)
    if earlier is not None:
        if earlier.digest != digest:
            raise door.id_reused("ce_id")
        route = _emergency_route(work, agency, message)
        return Outcome("duplicate", earlier.reference, emergency_route=route)
    marks = (
        ()
        if isinstance(message, _SEARCHED_WHEN_TAKEN)
        else personal_data.check_message(work, message)
    )
    outcome = await _dispatch(work, agency, message)
    personal_data.record(
        work, marks, f"agency:{agency.id}", outcome.reference, partnership=agency.partnership
    )
    store.keep(
        work,
        made(
            InboundRow,
            partnership=agency.partnership,
            agency_id=agency.id,
            message_id=event.id,
            digest=digest,
            reference=outcome.reference or "",
            received_at=work.now,
        ),
    )
    return outcome


def _emergency_route(work: Work, agency: door.Agency, message: InboundMessage) -> str | None:
    """Who tells of an immediate danger is told where to turn each time (L1.2i)."""
    if not isinstance(message, inbound.ConcernRaised) or not message.immediate_danger:
        return None
    pack = work.policies.on(agency.partnership, work.today)
    return pack.value("intake", "concerns", "emergency_route").text


def parse(agency: door.Agency, event: CloudEvent) -> InboundMessage:
    """The message of an agency that may say it."""
    cls = inbound_messages().get(event.type)
    if cls is None:
        raise door.unknown_type()
    door.may_speak(agency, event.source, cls.spec.functions)
    try:
        event.data.decode("utf-8")
        return cls.model_validate_json(event.data, strict=True)
    except UnicodeDecodeError:
        raise door.unreadable("door.encoding", "The message is not UTF-8.", ()) from None
    except ValidationError as error:
        if error.errors()[0]["type"].startswith("json_"):
            raise door.unreadable("door.not-json", "The message is not JSON.", ()) from None
        raise door.unfit_fields(fields_of(error)) from None


async def _dispatch(work: Work, agency: door.Agency, message: InboundMessage) -> Outcome:
    match message:
        case inbound.ConcernRaised():
            return await _take_concern(work, agency, message)
        case inbound.HandoverAcknowledgedBySafeguarding():
            await work.catch_up()  # the handover may have come just before
            await _acknowledge(work, agency, message.reference)
            return Outcome("accepted", message.reference)
        case (
            inbound.SafeguardingEnquiryUpdated()
            | inbound.CqcRatingPublished()
            | inbound.ComplaintReceived()
            | inbound.QualityReturnSubmitted()
            | inbound.ContractReviewCompleted()
            | inbound.ComplaintOutcomeRecordedByAgency()
            | inbound.OmbudsmanOutcomePublished()
            | inbound.CqcInspectionPublished()
            | inbound.CqcEnforcementTaken()
            | inbound.CapacityReported()
            | inbound.PoliceMatterHeld()
            | inbound.OtherAssessmentReported()
        ):
            return Outcome("accepted", await signals.record_signal(work, agency, message))
        case inbound.PublicFeedbackReceived() | inbound.ComplimentReceivedByAgency():
            return Outcome("accepted", await partners.say(work, agency, message))
        case inbound.PartnerRequestMade():
            return await _ask(work, agency, message)
        case _:
            raise door.unknown_type()


async def _ask(work: Work, agency: door.Agency, message: inbound.PartnerRequestMade) -> Outcome:
    answered = await partners.ask(work, agency, message)
    return Outcome(
        "refused" if answered.refused else "accepted",
        answered.reference,
        emergency_route=answered.emergency_route,
        instead=answered.load,
        refused=answered.refused,
    )


async def _acknowledge(work: Work, agency: door.Agency, reference: str) -> None:
    concern_id = await handovers.handed_over_concern(work, agency.partnership, reference)
    await handovers.acknowledge_handover(
        work, frozenset([agency.partnership]), concern_id, f"agency:{agency.id}"
    )


async def _take_concern(work: Work, agency: door.Agency, message: inbound.ConcernRaised) -> Outcome:
    taken = await concerns.take_concern(work, teller(agency), concerns.told(message))
    return Outcome(
        "duplicate" if taken.duplicate else "accepted",
        taken.reference,
        emergency_route=taken.emergency_route,
        instead=taken.safeguarding_route,
    )


def teller(agency: door.Agency) -> concerns.Teller:
    """An agency as who tells a concern."""
    return concerns.Teller(
        partnership=agency.partnership,
        source=f"agency:{agency.id}",
        is_provider=False,
        is_police=AgencyFunction.POLICE in agency.functions,
    )


def _issue(
    work: Work,
    agency: door.Agency,
    record: ConsumerRecord,
    event: CloudEvent | None,
    outcome: Outcome,
    refused: Refused | None,
) -> None:
    refusal = refused.refusal if refused else None
    place = f"{record.partition}:{record.offset}:{record.timestamp}"
    work.announce(
        ReceiptIssued(
            partnership=agency.partnership,
            handling=handling.of_receipt(agency.id),
            agency_id=agency.id,
            topic=record.topic,
            partition=record.partition,
            offset=record.offset,
            message_id=door.harmless(event.id) if event else None,
            status=outcome.status,
            reference=outcome.reference,
            rule=refusal.rule if refusal else None,
            field=refusal.field if refusal else None,
            sentence=refusal.sentence if refusal else None,
            clause=refusal.clause if refusal else None,
            instead=refusal.instead if refusal else outcome.instead,
            emergency_route=outcome.emergency_route,
            override_reasons=refusal.override_reasons if refusal else (),
            approvers=tuple(role.value for role in refusal.approvers) if refusal else (),
            partner_traceparent=event.traceparent if event else None,
        ),
        # One record, one receipt, however often it is read.
        id=derived_id("receipt", record.topic, place),
    )
