"""What intake says of how complaints and inspections ended."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import Event, Id, event
from shared.contracts.words import EnforcementKind, Finding, InspectionKind, Label

AGENCIES = Label.AGENCIES


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
