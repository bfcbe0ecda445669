"""The Kafka door: each inbound record ends in one receipt, accepted or refused."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord

from services.intake.domain import door, held_content
from services.intake.domain.personal_data.judging import PERSONAL_DATA
from services.intake.domain.sent_again import time_for_ids
from services.intake.handlers import (
    arrivals,
    concerns,
    emergencies,
    handovers,
    harm,
    partners,
    personal_data,
    quarantine,
    receipts,
    signals,
)
from services.intake.handlers.receipts import Outcome, Status
from services.intake.store import concerns as concern_store
from services.intake.store import messages as store
from services.intake.store import register
from services.intake.tables import InboundRow, QuarantineRow
from shared.contracts import inbound
from shared.contracts.envelope import CloudEvent
from shared.contracts.inbound import InboundMessage
from shared.contracts.words import AgencyFunction, Refused
from shared.platform.rows import made
from shared.platform.telemetry import count_refusal, log
from shared.platform.work import Incoming, Work

_MESSAGES = UUID("5d0f3c1e-6a74-4b0e-9c55-2f8f7d1b9a36")
"""The namespace of ids that follow from a message."""
_SEARCHED_WHEN_TAKEN = (
    inbound.ConcernRaised,
    inbound.PartnerRequestMade,
    inbound.PublicFeedbackReceived,
    inbound.ComplimentReceivedByAgency,
)
"""What keeps with itself which of its texts hold personal data."""


async def receive_messages(work: Work, batch: Sequence[Incoming[ConsumerRecord]]) -> None:
    """Take partners' records; whatever each is, its publisher gets one receipt for it."""
    arrived = await arrivals.read(work, [one.content for one in batch])
    await read_ahead(
        work, [(a.publisher, a.event, a.message) for a in arrived if a.event and a.message]
    )
    for one, arrival in zip(batch, arrived, strict=True):
        with work.on(one):
            await _receive(work, one, arrival)


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


async def _receive(work: Work, one: Incoming[ConsumerRecord], arrival: arrivals.Arrival) -> None:
    record, publisher, event = arrival.record, arrival.publisher, arrival.event
    try:
        if arrival.refused is not None or event is None or arrival.message is None:
            raise arrival.refused or door.unknown_type()
        outcome = await take(
            work, publisher, event, arrival.message, time_for_ids(event.time, one.at)
        )
    except Refused as raised:
        work.follow(one.event_id, one.at)  # each time that it is sent it is refused anew
        refused = work.policies.cite(raised, work.today, publisher.partnership)
        outcome, refused = await _set_aside(work, publisher, record, event, refused)
        receipts.issue(work, publisher, record, event, outcome, refused)
        count_refusal(refused.refusal.rule)
        log.info("message.refused", rule=refused.refusal.rule, agency=publisher.id)
    else:
        receipts.issue(work, publisher, record, event, outcome, outcome.refused)
        if outcome.refused is not None:
            count_refusal(outcome.refused.refusal.rule)


async def receive_broken_message(work: Work, record: ConsumerRecord) -> None:
    """A record on which our own code failed: kept, and its publisher is told so."""
    [arrival] = await arrivals.read(work, [record])
    publisher, event = arrival.publisher, arrival.event
    fault = door.unreadable("door.fault", "We could not take this message; we look into it.", ())
    refused = work.policies.cite(fault, work.today, publisher.partnership)
    item = _item(work, publisher, record, event, refused)
    if event is not None and held_content.danger_in(event.data) is not None:
        emergencies.tell_owner(work, item)
    await quarantine.hold(work, item)
    receipts.issue(work, publisher, record, None, Outcome("quarantined"), refused)


async def _set_aside(
    work: Work,
    publisher: door.Agency,
    record: ConsumerRecord,
    event: CloudEvent | None,
    refused: Refused,
) -> tuple[Outcome, Refused]:
    """Keep a refused message for those who triage; danger and harm are handed over all the same."""
    status: Status = "quarantined" if refused.refusal.rule == PERSONAL_DATA else "refused"
    item = _item(work, publisher, record, event, refused)
    told = held_content.danger_in(item.content or b"")
    seen_to = await emergencies.see_to(work, teller(publisher), told, item)
    if seen_to is not None:
        refused = seen_to.refused or refused
    else:
        harmed = held_content.harm_in(item.content or b"")
        refused = await harm.see_to(work, teller(publisher), harmed, item, refused)
    await quarantine.hold(work, item)
    route = seen_to.emergency_route if seen_to else None
    return Outcome(status, reference=item.reference, emergency_route=route), refused


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


async def take(
    work: Work,
    agency: door.Agency,
    event: CloudEvent,
    message: InboundMessage,
    made_at: datetime | None = None,
) -> Outcome:
    """Let a message take effect, once, that was read ahead for. Raises Refused.

    With the time at which it was made, ids follow from the message and not from its place in the
    log: where it is sent again to a database that has forgotten it, nobody is told it twice.
    """
    digest = hashlib.sha256(event.type.encode() + b"\n" + event.data).hexdigest()
    earlier = store.inbound(work, agency.id, event.id)
    if earlier is not None:
        if earlier.digest != digest:
            raise door.id_reused("ce_id")
        return receipts.told_again(work, agency, message, earlier.reference)
    if made_at is not None:
        work.follow(uuid5(_MESSAGES, f"{agency.id}\n{event.id}\n{digest}"), made_at)
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
        is_police=AgencyFunction.POLICE in agency.functions,
        is_suspended=agency.suspended,
        uploader=agency.uploader,
    )
