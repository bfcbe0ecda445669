"""What intake says of what becomes of a concern after it was told."""

from __future__ import annotations

from typing import Annotated, Literal

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


@event("intake.concern.redirection_told.v1", existence=Label.NAMED)
class RedirectionTold(Event):
    """Triage found a concern to be for safeguarding; who told it learns where to report (WCC1b)."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    reporter_ref: Annotated[Id | None, NAMED] = None


@event("intake.concern.correction_decided.v1", existence=Label.NAMED)
class CorrectionDecided(Event):
    """Who asked for a correction of a concern is told whether it was made."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    outcome: Annotated[Literal["accepted", "declined"], NAMED]
    reporter_ref: Annotated[Id | None, NAMED] = None


@event("intake.handover.added_to.v1", existence=Label.NAMED)
class HandoverAddedTo(Event):
    """Who told what safeguarding has knows more of it, or asks for a correction."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]


@event("intake.handover.unanswered.v1", key="concern_id", existence=Label.NAMED)
class HandoverUnanswered(Event):
    """Safeguarding does not acknowledge a handover, however often reminded: ring them (WCC1b)."""

    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    emergency: Annotated[bool, NAMED]
    escalation: Annotated[int, NAMED]
    """How often they were reminded."""
    clause: Annotated[str, NAMED]
    """Pack, version and clause of how many reminders are enough (WS2)."""


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
