"""Triggers at a location, how strictly they are held, and who they implicate (L1.2a-g)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from shared.contracts.words import Handling, ImplicatedRole, Label, Trigger, strictest


class TriggerState(StrEnum):
    """Raised ones are candidates; met ones put a location up for consideration."""

    RAISED = "raised"
    MET = "met"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class TriggerFact:
    """What a rule has to know of a trigger."""

    trigger: Trigger
    handling: Handling
    implicated_role: ImplicatedRole | None = None


def handling_of(triggers: Iterable[TriggerFact]) -> Handling:
    """A derived fact takes the strictest label of its inputs; leadership cases are NAMED."""
    return strictest(map(_handling, triggers))


def _handling(fact: TriggerFact) -> Handling:
    if fact.trigger is Trigger.LEADERSHIP_IMPLICATED and fact.handling.label is None:
        return Handling(Label.NAMED, fact.handling.holders)
    return fact.handling


def implicated_in(triggers: Iterable[TriggerFact]) -> frozenset[ImplicatedRole]:
    """The roles that the triggers implicate (L1.2c)."""
    return frozenset(fact.implicated_role for fact in triggers if fact.implicated_role)
