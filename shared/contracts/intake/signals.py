"""What intake says of enquiries, ratings, complaints, returns and reviews."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import ADDED_LATER, Event, Id, event
from shared.contracts.words import CqcRating, EnquiryStatus, EnquiryType, Improvements, Label

PUBLIC, AGENCIES, NAMED = Label.PUBLIC, Label.AGENCIES, Label.NAMED


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
    due_clause: Annotated[str | None, AGENCIES, ADDED_LATER] = None
    """Pack, version and clause of the due date (WS2)."""


@event("intake.quality_return.overdue.v1", existence=Label.NAMED)
class QualityReturnOverdue(Event):
    """The window of a quarter is over and no quality return came for a service (L1.2g)."""

    location_id: Annotated[Id, NAMED]
    agency_id: Annotated[str, NAMED]
    """Who sent the return before."""
    quarter: Annotated[str, NAMED]
    due_on: Annotated[date, NAMED]
    due_clause: Annotated[str, NAMED]
    """Pack, version and clause of the due date (WS2)."""


@event("intake.contract_review.recorded.v1")
class ContractReviewRecorded(Event):
    """Contract monitoring reviewed a contract improvement plan; which actions are unmet (L1.2f)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    unmet_actions: Annotated[tuple[Id, ...], AGENCIES]
    """Ids of ours that follow from the agency's references, which stay at the door."""
    occurred_on: Annotated[date, AGENCIES]
