"""Shapes of attached files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel


class FileLine(BaseModel):
    """A file that is attached to a concern."""

    file_id: UUID
    """By which whoever attached it named it."""
    name: str
    media_type: str | None
    """By its content."""
    size: int | None
    state: str
    """`held` until the virus scanner has seen it, then `clean`, `infected` or `lost`."""
    attached_at: datetime
