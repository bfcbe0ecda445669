"""A provider's timeline, as its reader may know it."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from pydantic import BaseModel

from shared.contracts.words import Label


class TimelineFact(BaseModel):
    """A fact with its source and label; narratives are read at their own place, on record."""

    on: date
    what: str
    source: str
    label: Label
    location_id: UUID | None
    reference: str | None
    details: dict[str, str]
