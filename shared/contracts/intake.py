"""What intake says: the register, agencies, concerns, signals, refusals and receipts."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict

from shared.contracts.event import Event, Id, event
from shared.contracts.refusals import RequestRefused
from shared.contracts.words import (
    Admissions,
    AgencyFunction,
    ConcernOutcome,
    CqcRating,
    EnforcementKind,
    EnquiryStatus,
    EnquiryType,
    Finding,
    HeldStatus,
    ImplicatedRole,
    Improvements,
    InspectionKind,
    Label,
    OfficeHolderRole,
    OtherAssessmentStatus,
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
    succeeds: tuple[str, ...] = ()
    """Every agency that it follows: several where they were merged."""


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


@event("intake.emergency.unplaced.v1", key="item_id", existence=Label.NAMED)
class EmergencyUnplaced(Event):
    """An emergency came that names no place we know: somebody has to find it (L1.2i)."""

    item_id: Annotated[Id, NAMED]
    """The item of the quarantine in which it lies."""
    acknowledge_by: Annotated[str, NAMED]
    """The instant (RFC 3339, UTC) after which it is told again."""
    escalation: Annotated[int, NAMED] = 0


@event("intake.quarantine.settled.v1", key="agency_id", existence=Label.NAMED)
class QuarantineSettled(Event):
    """What became of a message that lay in quarantine, for the agency that had sent it."""

    agency_id: Annotated[str, NAMED]
    topic: Annotated[str, NAMED]
    partition: Annotated[int, NAMED]
    offset: Annotated[int, NAMED]
    message_id: Annotated[str | None, NAMED]
    """As in the receipt."""
    outcome: Annotated[Literal["released", "redacted", "rejected", "erased"], NAMED]
    reference: Annotated[str | None, NAMED] = None
    """Ours, of what was taken."""


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
    nil_return: Annotated[bool, AGENCIES] = False
    due_on: Annotated[date | None, AGENCIES] = None
    """The last day of the quarter's window."""
    late: Annotated[bool, AGENCIES] = False


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


# What becomes of a concern after it was told.


@event("intake.concern.answered.v1", existence=Label.NAMED)
class ConcernAnswered(Event):
    """Who told a concern is told what became of it; the words are read over the API."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    outcome: Annotated[ConcernOutcome, NAMED]
    reporter_ref: Annotated[Id | None, NAMED] = None


@event("intake.concern.withdrawn.v1")
class ConcernWithdrawn(Event):
    """Who told a concern took it back before triage; what was told stays on record."""

    location_id: Annotated[Id, AGENCIES]
    concern_id: Annotated[Id, AGENCIES]


@event("intake.concerns.merged.v1", existence=None)
class ConcernsMerged(Event):
    """Two concerns are about one thing; who told the one is never told of the other."""

    location_id: Id
    concern_id: Id
    other_id: Id


# Signals of other kinds.


@event("intake.complaint_outcome.recorded.v1")
class ComplaintOutcomeRecorded(Event):
    """A complaint was decided (W2.7)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    matter_id: Annotated[Id, AGENCIES]
    """The same as of the complaint that the agency told of under this reference."""
    outcome: Annotated[Finding, AGENCIES]
    theme: Annotated[str, AGENCIES]
    improvement_needed: Annotated[bool, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]


@event("intake.ombudsman_outcome.recorded.v1")
class OmbudsmanOutcomeRecorded(Event):
    """The Ombudsman decided on a complaint about a service (W2.7)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    matter_id: Annotated[Id, AGENCIES]
    outcome: Annotated[Finding, AGENCIES]
    theme: Annotated[str, AGENCIES]
    improvement_needed: Annotated[bool, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    remedy_due_on: Annotated[date | None, AGENCIES] = None


@event("intake.cqc_inspection.recorded.v1")
class CqcInspectionRecorded(Event):
    """CQC inspected a location and published its report."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    kind: Annotated[InspectionKind, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    published_on: Annotated[date, AGENCIES]


@event("intake.cqc_enforcement.recorded.v1")
class CqcEnforcementRecorded(Event):
    """CQC took enforcement action, or ended it."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    matter_id: Annotated[Id, AGENCIES]
    kind: Annotated[EnforcementKind, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    ended_on: Annotated[date | None, AGENCIES] = None


@event("intake.public_feedback.recorded.v1")
class PublicFeedbackRecorded(Event):
    """The public said something of a service that is no concern; it counts in themes (W3.10)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]


@event("intake.compliment.received.v1", existence=Label.NAMED)
class ComplimentReceived(Event):
    """A compliment about a service, for the complaints team and quality (W4.7)."""

    location_id: Annotated[Id, NAMED]
    signal_id: Annotated[Id, NAMED]
    category: Annotated[str, NAMED]
    occurred_on: Annotated[date, NAMED]


@event("intake.capacity.recorded.v1")
class CapacityRecorded(Event):
    """How far a service takes people in."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    admissions: Annotated[Admissions, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    vacancies: Annotated[int | None, AGENCIES] = None


@event("intake.police_matter.recorded.v1", existence=Label.NAMED)
class PoliceMatterRecorded(Event):
    """The police hold a matter about a service, or have released it; for named holders."""

    location_id: Annotated[Id, NAMED]
    signal_id: Annotated[Id, NAMED]
    matter_id: Annotated[Id, NAMED]
    status: Annotated[HeldStatus, NAMED]
    owner_role: Annotated[str, NAMED]
    hold_reason: Annotated[str, NAMED]
    review_on: Annotated[date, NAMED]
    occurred_on: Annotated[date, NAMED]


@event("intake.other_assessment.recorded.v1")
class OtherAssessmentRecorded(Event):
    """Another authority assesses a service, or has (WX9)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    matter_id: Annotated[Id, AGENCIES]
    authority: Annotated[str, AGENCIES]
    """The code of the Office for National Statistics."""
    status: Annotated[OtherAssessmentStatus, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]


# Requests, refusals that were lifted, and policy varied for one provider.


@event("intake.request.recorded.v1")
class RequestRecorded(Event):
    """Something is asked of a provider, and is open until it is settled (W3.3)."""

    location_id: Annotated[Id, AGENCIES]
    request_id: Annotated[Id, AGENCIES]
    request_type: Annotated[str, AGENCIES]
    due_on: Annotated[date, AGENCIES]
    due_clause: Annotated[str, AGENCIES]
    """Pack, version and clause of the due date (WS2)."""
    agency_id: Annotated[str | None, AGENCIES] = None


@event("intake.request.closed.v1")
class RequestClosed(Event):
    """A request on a provider is settled."""

    location_id: Annotated[Id, AGENCIES]
    request_id: Annotated[Id, AGENCIES]


@event("intake.request.routed.v1", existence=Label.NAMED)
class RequestRouted(Event):
    """A visit that the quality team refuses was passed to the team for that risk (WX4)."""

    location_id: Annotated[Id, NAMED]
    request_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    risk_type: Annotated[str, NAMED]


@event("intake.statutory_request.recorded.v1", key="request_id", existence=None)
class StatutoryRequestRecorded(Event):
    """A statutory request came; information governance answers it by its legal deadline."""

    request_id: Id
    reference: str
    request_type: str
    due_on: date
    due_clause: str


@event("intake.refusal.overridden.v1", key="request_id", existence=None)
class RefusalOverridden(Event):
    """A refusal was lifted by a named approver for one of the two reasons of WX0."""

    request_id: Id
    rule: str
    clause: str
    reason: str


@event("intake.policy.varied.v1", key="provider_id", existence=None)
class PolicyVaried(Event):
    """The team manager varied a default of the policy for one provider (WG3)."""

    provider_id: Id
    variation_id: Id
    name: str
    value: int
    default_value: int
    clause: str
