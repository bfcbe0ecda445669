"""What intake says of what else is going on at a service."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import Event, Id, event
from shared.contracts.words import Admissions, HeldStatus, Label, OtherAssessmentStatus

AGENCIES, NAMED = Label.AGENCIES, Label.NAMED


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
