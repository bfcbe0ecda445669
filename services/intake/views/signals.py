"""Signals other than concerns, in lists and one by one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel


class SignalLine(BaseModel):
    """A signal in a list: that there is one, of which kind, from whom."""

    signal_id: UUID
    reference: str
    kind: str
    """The type of the message that told it."""
    location_id: UUID
    agency_id: str
    occurred_on: date
    received_at: datetime


class SignalView(SignalLine):
    """A signal with what was told: dates, words of the policy's, and references."""

    facts: dict[str, Any]


class OverdueReturn(BaseModel):
    """A quality return that did not come: who owes it for which service, and since when."""

    location_id: UUID
    location_reference: str
    location: str
    agency_id: str
    """Who sent the one before."""
    quarter: str
    due_on: date
    """The last day on which it was in time, of London."""
    due_clause: str
    """Pack, version and clause of the due date (WS2)."""
