"""What intake says of feedback that is neither concern nor complaint."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import ADDED_LATER, Event, Id, event
from shared.contracts.words import Label

AGENCIES, NAMED = Label.AGENCIES, Label.NAMED


@event("intake.public_feedback.recorded.v1")
class PublicFeedbackRecorded(Event):
    """The public said something of a service that is no concern; it counts in themes (W3.10)."""

    location_id: Annotated[Id, AGENCIES]
    signal_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    occurred_on: Annotated[date, AGENCIES]
    key_questions: Annotated[tuple[str, ...], AGENCIES, ADDED_LATER] = ()
    """CQC's, that the policy pack gives the category."""


@event("intake.compliment.received.v1", existence=Label.NAMED)
class ComplimentReceived(Event):
    """A compliment about a service, for the complaints team and quality (W4.7)."""

    location_id: Annotated[Id, NAMED]
    signal_id: Annotated[Id, NAMED]
    category: Annotated[str, NAMED]
    occurred_on: Annotated[date, NAMED]
