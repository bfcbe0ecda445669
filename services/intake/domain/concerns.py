"""Rules of care concerns: what the door requires, and where a concern has to go (WCC1, L1.2i)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.contracts.words import refused

_NONE = frozenset({"none", "no", "nothing", "n/a", "na", "-"})


class ConcernState(StrEnum):
    """Where a concern stands."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    REDIRECTED = "redirected"
    ACKNOWLEDGED = "acknowledged"


class TriageDecision(StrEnum):
    """What staff decide at triage."""

    CARE_CONCERN = "care_concern"
    SAFEGUARDING = "safeguarding"


class LimbAnswer(StrEnum):
    """An answer to one of the three limbs of section 42."""

    YES = "yes"
    NO = "no"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Concern:
    """A concern as somebody tells it."""

    location: str
    client_reference: str
    occurred_on: date
    category: str
    description: str
    action_taken: str
    action_none_reason: str
    measures: str
    significant_harm: bool
    immediate_danger: bool
    implicated_role: str | None

    @property
    def took_action(self) -> bool:
        return not _says_none(self.action_taken)

    @property
    def goes_to_safeguarding(self) -> bool:
        """Danger or significant harm is handed over at once, not sat on (WCC1b, L1.2i)."""
        return self.immediate_danger or self.significant_harm


@dataclass(frozen=True, slots=True)
class Limbs:
    """The three limbs of Care Act 2014 s.42(1), each answered (WCC1a)."""

    care_and_support_needs: LimbAnswer
    abuse_or_neglect: LimbAnswer
    cannot_protect_themselves: LimbAnswer

    @property
    def may_all_hold(self) -> bool:
        """True where no limb is answered no: unknown counts as yes until somebody knows."""
        answers = (
            self.care_and_support_needs,
            self.abuse_or_neglect,
            self.cannot_protect_themselves,
        )
        return LimbAnswer.NO not in answers


def check(concern: Concern, categories: Collection[str], clause: str) -> None:
    """What the door requires of a concern (WCC1c, WCC2). Raises Refused naming the field.

    Somebody in danger comes first: an immediate danger is taken without these fields.
    """
    if concern.immediate_danger:
        return
    _check_action(concern)
    if not concern.measures.strip():
        raise refused(
            "WCC2",
            "Say what will keep it from happening again.",
            "Describe the measures, or why there can be none.",
            field="measures",
        )
    check_category(concern.category, categories, clause, field="category")


def check_category(word: str, categories: Collection[str], clause: str, *, field: str) -> None:
    """A category, or a complaint's theme, is a word of the policy's. Raises Refused."""
    if word not in categories:
        raise refused(
            "door.category",
            "The policy does not have this category.",
            f"Use one of: {', '.join(categories)}.",
            clause=clause,
            field=field,
        )


def _check_action(concern: Concern) -> None:
    if not concern.action_taken.strip():
        raise refused(
            "WCC1c",
            "Say what has already been done.",
            'Describe it, or write "none" and give the reason.',
            field="action_taken",
        )
    if not concern.took_action and not concern.action_none_reason.strip():
        raise refused(
            "WCC1c",
            "No action was taken, and no reason is given.",
            "Say why nothing has been done yet.",
            field="action_none_reason",
        )


def triage(
    decision: TriageDecision, limbs: Limbs, significant_harm: bool, clause: str
) -> ConcernState:
    """Where a concern goes by a person's decision (WCC1a, WCC1b). Raises Refused.

    Significant harm, or three limbs that may all hold, cannot end as a care concern.
    """
    if decision is TriageDecision.SAFEGUARDING:
        return ConcernState.REDIRECTED
    if significant_harm or limbs.may_all_hold:
        raise refused(
            "WCC1a",
            "This meets the safeguarding threshold, or may meet it.",
            "Decide on safeguarding; it is then handed over at once.",
            clause=clause,
            field="decision",
        )
    return ConcernState.TRIAGED


def _says_none(text: str) -> bool:
    return text.strip().rstrip(".").lower() in _NONE
