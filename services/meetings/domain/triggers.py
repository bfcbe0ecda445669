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


def reaches_others(handling: Handling, before: Iterable[Handling]) -> bool:
    """Whether somebody may know what is handled so who was told of nothing before."""
    told = list(before)
    if any(each.label is not Label.NAMED for each in told):
        return False
    known = {holder for each in told for holder in each.holders}
    return handling.label is not Label.NAMED or not set(handling.holders) <= known


def implicated_in(triggers: Iterable[TriggerFact]) -> frozenset[ImplicatedRole]:
    """The roles that the triggers implicate (L1.2c)."""
    return frozenset(fact.implicated_role for fact in triggers if fact.implicated_role)
