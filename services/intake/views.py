"""What intake's HTTP door takes and gives: shapes only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.concerns import LimbAnswer, TriageDecision
from shared.contracts.inbound import ConcernRaised
from shared.platform.forms import Form


class ConcernForm(ConcernRaised):
    """A care concern, as the citizens' portal or staff send it (WCC1c, WCC2)."""

    reported_by: Literal["provider", "staff"] = "provider"


class ConcernAnswer(BaseModel):
    """The reply to a concern. In an emergency the emergency route comes first."""

    emergency_route: str | None
    safeguarding_route: str | None
    reference: str
    duplicate: bool


class ConcernStatus(BaseModel):
    """Where a concern stands, for who submitted it."""

    reference: str
    state: str


class ConcernView(BaseModel):
    """A concern with its narrative, for staff who triage; every read is audited."""

    concern_id: UUID
    reference: str
    location_id: UUID
    category: str
    occurred_on: date
    received_at: datetime
    state: str
    description: str
    action_taken: str
    action_none_reason: str
    measures: str


class ConcernLine(BaseModel):
    """A concern in the triage queue."""

    concern_id: UUID
    reference: str
    location_id: UUID
    category: str
    received_at: datetime
    state: str


class TriageForm(Form):
    """A triage decision with the three limbs of section 42, each answered (WCC1a)."""

    decision: TriageDecision
    care_and_support_needs: LimbAnswer
    abuse_or_neglect: LimbAnswer
    cannot_protect_themselves: LimbAnswer


class HandoverLine(BaseModel):
    """Something handed to safeguarding that nobody has acknowledged."""

    concern_id: UUID
    reference: str
    emergency: bool
    handed_over_at: datetime
    escalations: int
    owner_needed: str | None


class LocationView(BaseModel):
    """A location with where its facts come from (WS1)."""

    location_id: UUID
    reference: str
    name: str
    category: str
    provider_reference: str
    provider_name: str
    cqc_registered: bool
    commissioned: bool
    commissioned_by: str | None
    local_authority: str
    beds: int | None
    source: str
    source_date: date


class LocationLine(BaseModel):
    """A location in a list."""

    location_id: UUID
    reference: str
    name: str
    category: str


class ContactLine(BaseModel):
    """Somebody who holds an office or works for an agency, by the reference that cases use."""

    person_ref: UUID
    name: str
    role: str | None
    agency_id: str | None
    location_id: UUID | None


class QuarantineLine(BaseModel):
    """A refused message, without its content."""

    item_id: UUID
    agency_id: str
    topic: str
    partition: int
    offset: int
    rule: str
    field: str | None
    received_at: datetime


class QuarantineItem(QuarantineLine):
    """A refused message with its content; every read is audited."""

    content: str


class SuspensionForm(Form):
    """Cut an agency off, or let it in again."""

    suspended: bool
    why: Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]
