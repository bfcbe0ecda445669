"""What intake says of messages that it could not take as they came."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from shared.contracts.event import ADDED_LATER, Event, Id, event
from shared.contracts.words import Label

NAMED = Label.NAMED


@event("intake.emergency.unplaced.v1", key="item_id", existence=Label.NAMED)
class EmergencyUnplaced(Event):
    """An emergency came that names no place we know: somebody has to find it (L1.2i)."""

    item_id: Annotated[Id, NAMED]
    """The item of the quarantine in which it lies."""
    acknowledge_by: Annotated[str, NAMED]
    """The instant (RFC 3339, UTC) after which it is told again."""
    escalation: Annotated[int, NAMED] = 0
    due_clause: Annotated[str | None, NAMED, ADDED_LATER] = None
    """Pack, version and clause of that instant (WS2)."""


@event("intake.quarantine.waiting.v1", key="item_id", existence=Label.NAMED)
class QuarantineWaiting(Event):
    """Nobody has worked an item off, and its content is about to be erased."""

    item_id: Annotated[Id, NAMED]
    erased_on: Annotated[date, NAMED]
    clause: Annotated[str, NAMED]
    """Pack, version and clause of that day (WS2)."""


@event("intake.quarantine.settled.v1", key="agency_id", existence=Label.NAMED)
class QuarantineSettled(Event):
    """What became of a message that lay in quarantine, for the agency that had sent it."""

    agency_id: Annotated[str, NAMED]
    topic: Annotated[str, NAMED]
    partition: Annotated[int, NAMED]
    offset: Annotated[int, NAMED]
    message_id: Annotated[str | None, NAMED]
    """As in the receipt."""
    outcome: Annotated[Literal["released", "redacted", "rejected", "erased"], NAMED]
    reference: Annotated[str | None, NAMED] = None
    """Ours, of what was taken."""
