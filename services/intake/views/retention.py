"""Legal holds, as information governance sees them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.retention import HoldKind
from shared.platform.forms import Form

Reason = Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]


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
