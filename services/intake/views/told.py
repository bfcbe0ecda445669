"""What people tell beside the concern itself: drafts, additions, feedback, and what is alike."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, JsonValue, model_validator

from services.intake.domain.concerns import Correctable, EntryKind
from services.intake.domain.duplicates import DuplicateState
from services.intake.domain.feedback import FeedbackKind
from services.intake.views import ConcernForm
from shared.contracts.inbound import Category, LocationReference, Narrative, Need
from shared.contracts.json_types import Day
from shared.contracts.words import ConcernOutcome
from shared.platform.forms import Form

Reason = Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]
_DRAFT_CHARACTERS = 100_000


class DraftForm(Form):
    """A concern as far as it is written: any of its fields, finished or not."""

    concern: dict[str, JsonValue]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        # Half of a pair of surrogates is no character: that is a ValueError, and not kept.
        json.dumps(self.concern, ensure_ascii=False).encode()
        unknown = self.concern.keys() - ConcernForm.model_fields.keys()
        if unknown or len(repr(self.concern)) > _DRAFT_CHARACTERS or "\\x00" in repr(self.concern):
            raise ValueError("a field that a concern does not have, or too much text")
        return self


class DraftView(BaseModel):
    """A draft of the reader's own. One that speaks of danger says first where to turn."""

    emergency_route: str | None
    draft_id: UUID
    concern: dict[str, Any]
    saved_at: datetime


class AdditionForm(Form):
    """What who told a concern has to say to it later."""

    kind: Literal[EntryKind.ADDITION, EntryKind.CORRECTION, EntryKind.WITHDRAWAL]
    text: Narrative
    field: Correctable | None = None
    """The field that is wrong, of a correction."""
    significant_harm: bool = False
    immediate_danger: bool = False
    personal_data_needed: Need | None = None
    """Why personal data has to stand in the text."""

    @model_validator(mode="after")
    def _names_its_field(self) -> Self:
        if (self.kind is EntryKind.CORRECTION) != (self.field is not None):
            raise ValueError("a correction names the field that is wrong, and nothing else does")
        return self


class AdditionAnswer(BaseModel):
    """The reply to an addition. In an emergency the emergency route comes first."""

    emergency_route: str | None
    safeguarding_route: str | None
    reference: str
    state: str | None
    """None for an agency that has not signed the agreement in force (L1.1)."""


class AnswerForm(Form):
    """What became of a concern, for who told it."""

    outcome: ConcernOutcome
    text: Narrative
    personal_data_needed: Need | None = None
    """Why personal data has to stand in the text."""


class FeedbackForm(Form):
    """What somebody says of a service that is no concern, without a name (W3.10, W4.7)."""

    kind: FeedbackKind
    location: LocationReference
    category: Category
    occurred_on: Day
    text: Narrative
    personal_data_needed: Need | None = None
    """Why personal data has to stand in the text."""


class FeedbackAnswer(BaseModel):
    """The reply to feedback."""

    reference: str


class FeedbackLine(BaseModel):
    """Feedback or a compliment, with its text; every read is audited."""

    feedback_id: UUID
    reference: str
    kind: str
    location_id: UUID
    category: str
    occurred_on: date
    received_at: datetime
    text: str


class ProposalLine(BaseModel):
    """Another concern that is likely to be about the same thing, for who triages."""

    concern_id: UUID
    reference: str
    source: str
    """Of what kind its source is."""
    likeness: int
    state: str


class DuplicateForm(Form):
    """What somebody makes of two concerns that are alike."""

    other_id: UUID
    state: DuplicateState
    reason: Reason
