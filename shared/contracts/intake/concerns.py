"""What intake says of a concern, from the door to who deals with it."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import ADDED_LATER, Event, Id, event
from shared.contracts.words import ImplicatedRole, Label

AGENCIES, NAMED = Label.AGENCIES, Label.NAMED


@event("intake.concern.received.v1")
class ConcernReceived(Event):
    """A concern about a location was recorded at the door (WCC1c, WCC2)."""

    location_id: Annotated[Id, AGENCIES]
    concern_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    reported_by_provider: Annotated[bool, AGENCIES]
    action_taken: Annotated[bool, AGENCIES]
    implicated_role: Annotated[ImplicatedRole | None, NAMED] = None


@event("intake.concern.acknowledged.v1", existence=Label.NAMED)
class ConcernAcknowledged(Event):
    """The person at a provider who reported a concern is told its reference (WCC2)."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    reporter_ref: Annotated[Id, NAMED]
    emergency: Annotated[bool, NAMED]


@event("intake.concern.triaged.v1")
class ConcernTriaged(Event):
    """Staff decided that a concern is a care concern below the safeguarding threshold (WCC3a)."""

    location_id: Annotated[Id, AGENCIES]
    concern_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    reported_by_provider: Annotated[bool, AGENCIES]
    key_questions: Annotated[tuple[str, ...], AGENCIES, ADDED_LATER] = ()
    """CQC's, that the policy pack gives the category."""


@event("intake.triage.overdue.v1", key="reminder_id", existence=Label.NAMED)
class TriageOverdue(Event):
    """On a working morning concerns wait for triage longer than the policy allows."""

    reminder_id: Annotated[Id, NAMED]
    overdue: Annotated[int, NAMED]
    """How many that the quality team may know of."""
    oldest_due_on: Annotated[date, NAMED]
    """By when the oldest was to be decided."""
    due_clause: Annotated[str, NAMED]
    """Pack, version and clause of the time that triage has (WS2)."""
    reminder_clause: Annotated[str, NAMED]
    """The same of this reminder."""


@event("intake.concern.redirected_to_safeguarding.v1", existence=Label.NAMED)
class ConcernRedirected(Event):
    """An item is for safeguarding or the emergency route, and was handed over (WCC1b, L1.2i)."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
    reference: Annotated[str, NAMED]
    emergency: Annotated[bool, NAMED]
    acknowledge_by: Annotated[str, NAMED]
    """The instant (RFC 3339, UTC) after which the handover is escalated."""
    escalation: Annotated[int, NAMED] = 0
    due_clause: Annotated[str | None, NAMED, ADDED_LATER] = None
    """Pack, version and clause of that instant (WS2)."""


@event("intake.handover.acknowledged.v1", existence=Label.NAMED)
class HandoverAcknowledged(Event):
    """Safeguarding acknowledged what was handed over; the escalation ends."""

    location_id: Annotated[Id, NAMED]
    concern_id: Annotated[Id, NAMED]
