"""What assessment says: themes and the triggers that put a provider up for consideration."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import Event, Id, event
from shared.contracts.refusals import RequestRefused
from shared.contracts.words import ImplicatedRole, Label, Trigger

AGENCIES, NAMED = Label.AGENCIES, Label.NAMED


class _TriggerFact(Event):
    location_id: Annotated[Id, AGENCIES]
    crossing_id: Annotated[Id, AGENCIES]
    """Follows from rule, location and crossing: the same crossing always has the same id."""
    trigger: Annotated[Trigger, AGENCIES]
    evidence: Annotated[tuple[Id, ...], AGENCIES]
    """Ids of the signals and concerns that together meet the trigger."""
    threshold: Annotated[str, AGENCIES]
    clause: Annotated[str, AGENCIES]
    """Pack, version and clause that the threshold comes from."""


@event("assessment.trigger.raised.v1")
class TriggerRaised(_TriggerFact):
    """A trigger looks met; a person has to confirm it (L1.2d, L1.2e)."""


@event("assessment.trigger.met.v1")
class TriggerMet(_TriggerFact):
    """A location meets a QIP trigger (L1.2a-g)."""

    implicated_role: Annotated[ImplicatedRole | None, NAMED] = None
    attributed_to: Annotated[str | None, AGENCIES] = None
    """The agency whose return met the trigger (L1.2g)."""


@event("assessment.trigger.ended.v1")
class TriggerEnded(Event):
    """A crossing is over: the window fell below the threshold, also by time passing."""

    location_id: Annotated[Id, AGENCIES]
    crossing_id: Annotated[Id, AGENCIES]
    trigger: Annotated[Trigger, AGENCIES]
    ended_on: Annotated[date, AGENCIES]


@event("assessment.theme.detected.v1")
class ThemeDetected(Event):
    """Concerns of one category recur at a location within the window of the pack (W2.9)."""

    location_id: Annotated[Id, AGENCIES]
    theme_id: Annotated[Id, AGENCIES]
    category: Annotated[str, AGENCIES]
    count: Annotated[int, AGENCIES]
    evidence: Annotated[tuple[Id, ...], AGENCIES]
    clause: Annotated[str, AGENCIES]


@event("assessment.request.refused.v1", key="request_id", existence=None)
class AssessmentRequestRefused(RequestRefused):
    """A request to assessment was refused under a rule (WX0)."""
