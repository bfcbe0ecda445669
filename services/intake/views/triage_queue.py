"""The triage queue, as its people see it."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.platform.forms import Form


class QueueLine(BaseModel):
    """A concern that waits for triage: how long, who has it, and whether it is overdue."""

    concern_id: UUID
    reference: str
    location_id: UUID
    location: str
    category: str
    received_at: datetime
    age_hours: int
    due_at: datetime
    due_clause: str
    """Pack, version and clause that the due date comes from (WS2)."""
    overdue: bool
    held_by: str | None
    held_since: datetime | None


class ReleaseClaimForm(Form):
    """Give a concern back to the queue; somebody else's with a reason."""

    reason: Annotated[str | None, Field(max_length=400, pattern=r"^[^\x00]*$")] = None
