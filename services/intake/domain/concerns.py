"""Rules of care concerns: what the door requires, and where a concern has to go (WCC1, L1.2i)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from shared.contracts.words import Refused, refused

_NONE = frozenset({"none", "no", "nothing", "n/a", "na", "-"})


class ConcernState(StrEnum):
    """Where a concern stands."""

    RECEIVED = "received"
    TRIAGED = "triaged"
    REDIRECTED = "redirected"
    ACKNOWLEDGED = "acknowledged"
    ANSWERED = "answered"
    WITHDRAWN = "withdrawn"


SAFEGUARDINGS = frozenset({ConcernState.REDIRECTED, ConcernState.ACKNOWLEDGED})
"""With safeguarding: nothing that we do here changes where they stand (L1.2h)."""


class EntryKind(StrEnum):
    """What is added to a concern: by who told it, or by the desk."""

    ADDITION = "addition"
    CORRECTION = "correction"
    WITHDRAWAL = "withdrawal"
    DECISION = "decision"
    ANSWER = "answer"
    CORRECTION_DECISION = "correction_decision"


class Correctable(StrEnum):
    """The fields for which who told a concern can ask for a correction."""

    LOCATION = "location"
    CATEGORY = "category"
    OCCURRED_ON = "occurred_on"
    DESCRIPTION = "description"
    ACTION_TAKEN = "action_taken"
    MEASURES = "measures"


CHANGED_BY_STAFF = frozenset({Correctable.LOCATION, Correctable.CATEGORY, Correctable.OCCURRED_ON})
"""Of the others the narrative stays as it was told, and the correction is read with it."""


class CorrectionOutcome(StrEnum):
    """What the desk makes of a correction that somebody asks for."""

    ACCEPTED = "accepted"
    DECLINED = "declined"


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
    needed: tuple[tuple[str, str], ...] = ()
    """Why personal data stands in a text, by field; no part of what is told."""

    @property
    def texts(self) -> dict[str, str]:
        """What somebody has written, by field."""
        return {
            "description": self.description,
            "action_taken": self.action_taken,
            "action_none_reason": self.action_none_reason,
            "measures": self.measures,
        }

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


def key_questions_of(category: str, themes: Iterable[str]) -> tuple[str, ...]:
    """The CQC key questions that a category is about, by the policy's lines.

    A line is `category: key question`, several with commas between them.
    """
    told = (line.partition(":") for line in themes)
    asked = (asked for word, _, asked in told if word.strip() == category)
    return tuple(one.strip() for line in asked for one in line.split(","))


def _check_action(concern: Concern) -> None:
    if not concern.action_taken.strip():
        raise refused(
            "WCC1c",
            "Say what has already been done.",
            'Describe it, or write "none" and give the reason.',
            field="action_taken",
        )
    if not took_action(concern.action_taken) and not concern.action_none_reason.strip():
        raise refused(
            "WCC1c",
            "No action was taken, and no reason is given.",
            "Say why nothing has been done yet.",
            field="action_none_reason",
        )


def can_be_decided(state: ConcernState, decision: TriageDecision) -> bool:
    """A concern is triaged once, but that it is for safeguarding can turn out at any time (WCC1b).

    What safeguarding has stays where it stands (L1.2h).
    """
    late = decision is TriageDecision.SAFEGUARDING and state not in SAFEGUARDINGS
    return state is ConcernState.RECEIVED or late


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


def check_withdrawal(state: ConcernState) -> None:
    """Who told a concern may take it back until somebody has decided on it. Raises Refused."""
    if state in SAFEGUARDINGS:
        raise with_safeguarding()
    if state is not ConcernState.RECEIVED:
        raise refused(
            "concern.decided",
            "This has been decided on already.",
            "Add what you now know; it is read by who deals with it.",
            clause="pack: concerns",
        )


def check_answer(state: ConcernState) -> None:
    """Only what was triaged is answered, and once; what safeguarding has is theirs to answer."""
    if state in SAFEGUARDINGS:
        raise with_safeguarding()
    if state is not ConcernState.TRIAGED:
        raise refused(
            "concern.not-triaged",
            "Only a triaged concern can be answered, and once.",
            "Triage it first, or read the answer that was given.",
            clause="WCC1a",
        )


def check_correction(
    kind: str, *, decided: bool, field: str | None, outcome: CorrectionOutcome, value: str | None
) -> None:
    """A correction is decided on once; one of a fact needs the new value. Raises Refused."""
    if kind != EntryKind.CORRECTION or decided:
        raise refused(
            "correction.decided",
            "This is no correction that waits for a decision.",
            "Read the concern: its entries say what was decided.",
            clause="pack: concerns",
        )
    needed = outcome is CorrectionOutcome.ACCEPTED and field in CHANGED_BY_STAFF
    if needed != (value is not None):
        raise refused(
            "correction.value",
            "A fact is corrected by its new value; a narrative and a refusal have none.",
            f"Give the value where you accept a correction of: {', '.join(CHANGED_BY_STAFF)}.",
            clause="pack: concerns",
            field="value",
        )


def with_safeguarding() -> Refused:
    """A safeguarding item's status is not ours to change (L1.2h)."""
    return refused(
        "L1.2h",
        "This is with safeguarding, and its status is not ours to change.",
        "Add what you know; we pass it on. Speak to the adult safeguarding duty desk.",
    )


def took_action(text: str) -> bool:
    """False where the words say that nothing was done yet (WCC1c)."""
    return text.strip().rstrip(".").lower() not in _NONE
