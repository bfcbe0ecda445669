"""Legal holds and runs that erase, as information governance sees them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.retention import HoldKind
from shared.platform.forms import Form

Reason = Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]


class RunForm(Form):
    """Ask for a run that erases what has come to its time by today."""

    partnership: str = Field(max_length=60)
    reason: Reason


class RunView(BaseModel):
    """A run: by whom it was asked for and approved, what would go (by class), and what went."""

    run_id: UUID
    partnership: str
    as_of: date
    reason: str
    planned: dict[str, int]
    asked_by: str
    asked_at: datetime
    approved_by: str | None
    approved_at: datetime | None
    erased: dict[str, int]
    finished_at: datetime | None


class HoldForm(Form):
    """Keep something from being erased, and all that is about it."""

    kind: HoldKind
    subject_id: UUID
    reason: Reason


class LiftForm(Form):
    """Let a hold go."""

    reason: Reason


class HoldView(BaseModel):
    """A legal hold: by whose word it stands and why, and by whose it was lifted."""

    hold_id: UUID
    subject_kind: HoldKind
    subject_id: UUID
    reason: str
    set_by: str
    set_at: datetime
    lifted_by: str | None
    lifted_at: datetime | None
    lift_reason: str | None
