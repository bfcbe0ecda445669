"""What intake says of what becomes of a concern after it was told."""

from __future__ import annotations

from typing import Annotated

from shared.contracts.event import Event, Id, event
from shared.contracts.words import ConcernOutcome, Label

AGENCIES, NAMED = Label.AGENCIES, Label.NAMED


@event("intake.concern.answered.v1", existence=Label.NAMED)
class ConcernAnswered(Event):
    """Who told a concern is told what became of it; the words are read over the API."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    outcome: Annotated[ConcernOutcome, NAMED]
    reporter_ref: Annotated[Id | None, NAMED] = None


@event("intake.concern.withdrawn.v1")
class ConcernWithdrawn(Event):
    """Who told a concern took it back before triage; what was told stays on record."""

    location_id: Annotated[Id, AGENCIES]
    concern_id: Annotated[Id, AGENCIES]


@event("intake.concerns.merged.v1", existence=None)
class ConcernsMerged(Event):
    """Two concerns are about one thing; who told the one is never told of the other."""

    location_id: Id
    concern_id: Id
    other_id: Id
