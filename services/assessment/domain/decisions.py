"""What people decide on candidates: special measures and high activity need a person's word."""

from __future__ import annotations

from collections.abc import Collection

from services.assessment.domain.crossings import State
from shared.contracts.words import Role, Trigger, refused

_DECIDERS: dict[Trigger, tuple[Role, ...]] = {
    Trigger.SPECIAL_MEASURES: (Role.TEAM_MANAGER,),
    Trigger.HIGH_ACTIVITY: (Role.TEAM_MANAGER, Role.SAFEGUARDING),
}
"""Safeguarding decides on activity too: what was handed to it may be known to it alone."""


def check_decision(state: State, trigger: Trigger, roles: Collection[Role], clause: str) -> None:
    """A candidate is decided on once, by who may. Raises Refused."""
    deciders = _DECIDERS.get(trigger, (Role.TEAM_MANAGER,))
    if not set(roles) & set(deciders):
        raise refused(
            "trigger.not-yours-to-decide",
            "Somebody in another role decides on this candidate.",
            "Ask one of the approvers.",
            clause=clause,
            approvers=deciders,
        )
    if state is not State.CANDIDATE:
        raise refused(
            "trigger.no-candidate",
            "Only a candidate can be confirmed or rejected.",
            "Read the trigger again: it was decided on, or it has ended.",
            clause=clause,
        )


def check_confirmation(trigger: Trigger, liaison_reference: str | None, clause: str) -> None:
    """Special measures stand in no public data: CQC's liaison has said so (L1.2d)."""
    if trigger is Trigger.SPECIAL_MEASURES and not liaison_reference:
        raise refused(
            "L1.2d",
            "Special measures are confirmed on the word of CQC's liaison.",
            "Give the liaison's reference.",
            clause=clause,
            field="liaison_reference",
        )
