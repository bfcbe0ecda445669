"""What intake's HTTP door takes and gives: shapes only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.concerns import CorrectionOutcome, LimbAnswer, TriageDecision
from services.intake.views.register import FactView
from shared.contracts.inbound import ConcernRaised
from shared.contracts.json_types import AsPublished
from shared.platform.forms import Form


class ConcernForm(AsPublished, ConcernRaised):
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

    safeguarding_route: str | None
    """Where to report what is for safeguarding (WCC1b)."""
    reference: str
    state: str | None
    """None for an agency that has not signed the agreement in force, as are the others (L1.1)."""
    answer: str | None
    """What became of it, in words, once it is dealt with."""
    corrections: list[CorrectionLine]
    """What became of the corrections that were asked for, the oldest first."""


class CorrectionLine(BaseModel):
    """What the desk made of a correction."""

    field: str | None
    outcome: CorrectionOutcome
    reason: str
    at: datetime


class EntryView(BaseModel):
    """What was added to a concern after it was told, or decided about it."""

    entry_id: UUID
    kind: str
    text: str
    facts: dict[str, Any]
    said_by: str
    at: datetime


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
    personal_data: list[dict[str, Any]] | None
    """Texts that hold personal data: field, kinds, and why it is needed."""

    entries: list[EntryView]
    """What was added, decided and answered since, the oldest first."""


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
    reason: Annotated[str, Field(min_length=3, max_length=2_000, pattern=r"^[^\x00]*$")]
    """Why it was so decided."""
    nobody_else_because: Annotated[
        str | None, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")
    ] = None
    """Why who told the concern decides on it: needed there, and on record."""


class CorrectionForm(Form):
    """What the desk makes of a correction that who told a concern has asked for."""

    outcome: CorrectionOutcome
    value: Annotated[
        str | None, Field(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_-]+$")
    ] = None
    """The right category, day or location, where it is one of these that is accepted."""
    reason: Annotated[str, Field(min_length=3, max_length=2_000, pattern=r"^[^\x00]*$")]
    """For who asked, and on record."""


class HandoverLine(BaseModel):
    """Something handed to safeguarding."""

    concern_id: UUID
    reference: str
    location_id: UUID
    location_reference: str
    location: str
    emergency: bool
    handed_over_at: datetime
    acknowledge_by: datetime
    """The instant after which it was first told again."""
    due_clause: str
    """Pack, version and clause of that instant (WS2)."""
    escalations: int
    owner_needed: str | None
    acknowledged_at: datetime | None


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
    postal_code: str | None
    beds: int | None
    registered_manager: str | None
    active: bool
    last_seen: date | None
    vanished_on: date | None
    ended_on: date | None
    partnership: str
    """The authority, with its partners, that answers for it."""
    source: str
    source_date: date
    facts: list[FactView]


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


class SuspensionForm(Form):
    """Cut an agency off, or let it in again."""

    suspended: bool
    why: Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]
