"""What makes an improvement plan: the provider's own, each action owned and timed (L1.3, L1.3a)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from shared.contracts.words import Refused, refused


@dataclass(frozen=True, slots=True)
class Action:
    """One action of a plan."""

    action: str
    owner: str = ""
    timescale: date | None = None


def check_plan(actions: Sequence[Action]) -> None:
    """Every action says what, who and by when. Raises Refused naming the action by its place."""
    if not actions:
        raise _incomplete("The plan has no action.", "Enter at least one.", "actions")
    for number, action in enumerate(actions, start=1):
        place = f"actions.{number - 1}"
        if not action.action:
            raise _incomplete(f"Action {number} says nothing.", "Say what.", f"{place}.action")
        if not action.owner:
            raise _incomplete(f"Action {number} has no owner.", "Name one.", f"{place}.owner")
        if action.timescale is None:
            raise _incomplete(
                f"Action {number} has no timescale.", "Give a date.", f"{place}.timescale"
            )


def not_the_provider() -> Refused:
    """The plan is the provider's own; agencies may comment on it."""
    return refused(
        "L1.3",
        "The improvement plan is developed by the provider.",
        "Comment on it at the meeting; the provider's people change it.",
    )


def _incomplete(sentence: str, instead: str, field: str) -> Refused:
    return refused("L1.3a", sentence, instead, field=field)
