"""Shapes of the quarantine: items, and how they are worked off."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from shared.platform.forms import Form

_WITHOUT_NUL = r"^[^\x00]*$"


class QuarantineLine(BaseModel):
    """A message that could not be taken, without its content."""

    item_id: UUID
    agency_id: str
    topic: str
    partition: int
    offset: int
    rule: str
    field: str | None
    received_at: datetime
    state: str
    reference: str | None
    """Of what was taken from it, or handed to safeguarding."""
    owner_needed: str | None


class QuarantineItem(QuarantineLine):
    """A refused message with its content; every read is audited."""

    content: str
    """Empty where it is erased."""


class ReleaseForm(Form):
    """Take a message as it is: why what it holds about people is needed."""

    reason: Annotated[str, Field(min_length=10, max_length=300, pattern=_WITHOUT_NUL)]


class RejectForm(Form):
    """Take nothing from a message."""

    reason: Annotated[str, Field(min_length=3, max_length=400, pattern=_WITHOUT_NUL)]


Rewritten = Annotated[str, Field(max_length=20_000, pattern=_WITHOUT_NUL)]


class RedactForm(Form):
    """Texts written anew; the others, and these, are redacted by what is found in them."""

    description: Rewritten | None = None
    action_taken: Rewritten | None = None
    action_none_reason: Rewritten | None = None
    measures: Rewritten | None = None
    wider_concern_assessed_by: Rewritten | None = None
    text: Rewritten | None = None


class Settled(BaseModel):
    """What was taken from a message in quarantine, by our reference."""

    reference: str | None
