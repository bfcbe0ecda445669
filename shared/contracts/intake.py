"""What intake says: the register, agencies, concerns, signals, refusals and receipts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.event import Event, Id, event
from shared.contracts.refusals import RequestRefused
from shared.contracts.words import (
    AgencyFunction,
    CqcRating,
    EnquiryStatus,
    EnquiryType,
    ImplicatedRole,
    Improvements,
    Label,
    OfficeHolderRole,
    ServiceCategory,
)

PUBLIC, PROVIDER, AGENCIES, NAMED = Label.PUBLIC, Label.PROVIDER, Label.AGENCIES, Label.NAMED


@event("intake.provider.updated.v1", key="provider_id", existence=None)
class ProviderUpdated(Event):
    """A provider organisation was registered, or a fact about it changed."""

    provider_id: Id
    cqc_provider_id: str | None
    name: str
    brand: str | None
    predecessor_ids: tuple[Id, ...]


@event("intake.location.updated.v1", existence=None)
class LocationUpdated(Event):
    """A location (or a service without CQC registration) was registered, or a fact changed."""

    location_id: Id
    provider_id: Id
    provider_reference: str
    reference: str
    """CQC's location id, or the council's own reference of an unregistered service."""
    name: str
    category: ServiceCategory
    cqc_registered: bool
    commissioned: bool
    local_authority: str
    very_small: bool
    """So few people that category and date could identify one of them."""
    active: bool


class FunctionHeld(BaseModel):
    """A function that an agency holds from a day to a day (both included)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: AgencyFunction
    held_from: date
    held_to: date | None = None


@event("intake.agency.updated.v1", key="agency_id", existence=None)
class AgencyUpdated(Event):
    """An agency joined, or its functions, its agreement or its suspension changed (L1.1)."""

    agency_id: str
    name: str
    functions: tuple[FunctionHeld, ...]
    agreement_version: str | None
    suspended: bool
    successor_of: str | None = None


@event("intake.contact.changed.v1", key="person_ref", existence=None)
class ContactChanged(Event):
    """An office holder's name or work address; tombstoned on the compacted topic on leaving."""

    person_ref: Id
    provider_id: Id | None
    location_id: Id | None
    agency_id: str | None
    role: OfficeHolderRole | None
    name: str
    email: str


@event("intake.contact.removed.v1", key="person_ref", existence=None, tombstone=True)
class ContactRemoved(Event):
    """An office holder left: name and address go from the topic with this tombstone."""

    person_ref: Id


@event("intake.concern.received.v1")
class ConcernReceived(Event):
    """A concern about a location was recorded at the door (WCC1c, WCC2)."""

    location_id: Annotated[Id, AGENCIES]
    concern_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    reported_by_provider: Annotated[bool, AGENCIES]
    action_taken: Annotated[bool, AGENCIES]
    implicated_role: Annotated[ImplicatedRole | None, NAMED] = None


@event("intake.concern.acknowledged.v1", existence=Label.NAMED)
class ConcernAcknowledged(Event):
    """The person at a provider who reported a concern is told its reference (WCC2)."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    reporter_ref: Annotated[Id, NAMED]
    emergency: Annotated[bool, NAMED]


@event("intake.concern.triaged.v1")
class ConcernTriaged(Event):
    """Staff decided that a concern is a care concern below the safeguarding threshold (WCC3a)."""

    location_id: Annotated[Id, AGENCIES]
    concern_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    reported_by_provider: Annotated[bool, AGENCIES]


@event("intake.concern.redirected_to_safeguarding.v1", existence=Label.NAMED)
class ConcernRedirected(Event):
    """An item is for safeguarding or the emergency route, and was handed over (WCC1b, L1.2i)."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    emergency: Annotated[bool, NAMED]
    acknowledge_by: Annotated[str, NAMED]
    """The instant (RFC 3339, UTC) after which the handover is escalated."""
    escalation: Annotated[int, NAMED] = 0


@event("intake.handover.acknowledged.v1", existence=Label.NAMED)
class HandoverAcknowledged(Event):
    """Safeguarding acknowledged what was handed over; the escalation ends."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]


@event("intake.safeguarding_outcome.recorded.v1")
class SafeguardingOutcomeRecorded(Event):
    """A section 42 enquiry was opened, or moved on; by reference only (L1.2j)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    enquiry_type: Annotated[EnquiryType, AGENCIES]
    status: Annotated[EnquiryStatus, AGENCIES]
    improvements: Annotated[Improvements, AGENCIES]
    wider_concern: Annotated[bool, AGENCIES]
    improvement_needed: Annotated[bool, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    matter_id: Annotated[Id | None, AGENCIES] = None
    """The enquiry: the same for all its outcomes. Without one each outcome is its own matter."""


@event("intake.cqc_rating.changed.v1", existence=Label.PUBLIC)
class CqcRatingChanged(Event):
    """CQC published a rating of a location."""

    location_id: Annotated[Id, PUBLIC]
    signal_id: Annotated[Id, PUBLIC]
    key_question: Annotated[str, PUBLIC]
    rating: Annotated[CqcRating | None, PUBLIC]
    published_on: Annotated[date, PUBLIC]
    inherited: Annotated[bool, PUBLIC] = False


@event("intake.complaint.recorded.v1")
class ComplaintRecorded(Event):
    """A complaint about a location was recorded."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    theme: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    matter_id: Annotated[Id | None, AGENCIES] = None
    """The complaint: the same however often it is told. Without one each record is its own."""


@event("intake.quality_return.recorded.v1")
class QualityReturnRecorded(Event):
    """A quarterly quality return came from NHS contract management (L1.2g)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    agency_id: Annotated[str, AGENCIES]
    quarter: Annotated[str, AGENCIES]
    clinical_risk: Annotated[bool, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]


@event("intake.contract_review.recorded.v1")
class ContractReviewRecorded(Event):
    """Contract monitoring reviewed a contract improvement plan; which actions are unmet (L1.2f)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    unmet_actions: Annotated[tuple[Id, ...], AGENCIES]
    """Ids of ours that follow from the agency's references, which stay at the door."""
    occurred_on: Annotated[date, AGENCIES]


@event("intake.request.refused.v1", key="request_id", existence=None)
class IntakeRequestRefused(RequestRefused):
    """A request at intake's doors was refused under a rule (WX0)."""


@event("intake.receipt.issued.v1", key="agency_id", existence=Label.NAMED)
class ReceiptIssued(Event):
    """What became of one inbound record: exactly one receipt per topic, partition and offset."""

    agency_id: Annotated[str, NAMED]
    topic: Annotated[str, NAMED]
    partition: Annotated[int, NAMED]
    offset: Annotated[int, NAMED]
    message_id: Annotated[str | None, NAMED]
    """The partner's own `ce_id`, where one could be read and is harmless to repeat."""
    status: Annotated[Literal["accepted", "duplicate", "refused", "quarantined"], NAMED]
    reference: Annotated[str | None, NAMED] = None
    rule: Annotated[str | None, NAMED] = None
    field: Annotated[str | None, NAMED] = None
    sentence: Annotated[str | None, NAMED] = None
    clause: Annotated[str | None, NAMED] = None
    instead: Annotated[str | None, NAMED] = None
    emergency_route: Annotated[str | None, NAMED] = None
    partner_traceparent: Annotated[str | None, NAMED] = None
