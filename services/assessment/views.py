"""What assessment's HTTP door takes and gives: shapes only."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from shared.platform.forms import Form

Reason = Annotated[
    str, Field(min_length=1, max_length=20_000, pattern=r"^[^\x00]*[^\x00\s][^\x00]*$")
]
"""Some words; PostgreSQL has no place for NUL."""


class ConfirmationForm(Form):
    """A candidate is met. Special measures need the reference of CQC's liaison (L1.2d)."""

    reason: Reason
    liaison_reference: Annotated[str, Field(pattern=r"^[A-Za-z0-9._/-]{1,80}$")] | None = None


class RejectionForm(Form):
    """A candidate is not met, and why."""

    reason: Reason


class WiderConcernForm(Form):
    """An assessor found concerns about quality that are wider than an enquiry (L1.2b)."""

    reason: Reason


class FindingView(BaseModel):
    """A finding that was recorded, and whether it meets the trigger now."""

    finding_id: UUID
    meets_trigger: bool
    """False while there has been no enquiry; it counts as soon as there is one."""


class TriggerView(BaseModel):
    """A crossing of a trigger, with what it rests on."""

    crossing_id: UUID
    location_id: UUID
    trigger: str
    state: str
    evidence: list[UUID]
    threshold: str
    clause: str
    restricted: bool
    implicated_role: str | None
    attributed_to: str | None
    window_ends_on: date | None
    began_at: datetime


class ThemeView(BaseModel):
    """Concerns of one category that recur (W2.9)."""

    theme_id: UUID
    category: str
    key_questions: list[str]
    """CQC's, that the facts shown of its evidence are about."""
    evidence: list[UUID]
    threshold: str
    clause: str
    window_ends_on: date | None


class FactView(BaseModel):
    """A fact, as far as the reader may know it."""

    kind: str
    reference: UUID
    occurred_on: date
    restricted: bool
    said: dict[str, Any]


class PictureView(BaseModel):
    """A location's picture: what is known since a day, and what holds now."""

    location_id: UUID
    reference: str
    name: str
    category: str
    active: bool
    since: date
    facts: list[FactView]
    more_facts: bool
    """True where older facts since that day were left off."""
    counts: dict[str, int]
    """The facts shown, by kind."""
    triggers: list[TriggerView]
    themes: list[ThemeView]


class TriggerPage(BaseModel):
    """Triggers, the oldest first; `after` the last one goes on."""

    triggers: list[TriggerView]
    more: bool
