"""All that partners may tell, by type: a sound message of it, and the one effect that it has.

The types come from the list in code: one without an entry here fails `test_traffic.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random
from typing import Any

from shared.contracts.inbound import inbound_messages
from shared.contracts.words import (
    Admissions,
    AgencyFunction,
    CqcRating,
    EnforcementKind,
    Finding,
    InspectionKind,
    OtherAssessmentStatus,
)
from tests.secrecy.canaries import door_word

CONCERN = "partner.concern.raised.v1"
COMPLAINT = "partner.complaint.received.v1"
REVIEW = "partner.contract_review.completed.v1"
ENQUIRY = "partner.safeguarding_enquiry.updated.v1"
RATING = "partner.cqc_rating.published.v1"
RETURN = "partner.quality_return.submitted.v1"
CAPACITY = "partner.capacity.reported.v1"
POLICE = "partner.police_matter.held.v1"
FEEDBACK = "partner.public_feedback.received.v1"
COMPLIMENT = "partner.compliment.received.v1"
REQUEST = "partner.request.made.v1"
HANDOVER = "partner.handover.acknowledged.v1"

CATEGORIES = ("medication", "falls", "nutrition", "staffing", "dignity", "records")
_QUESTIONS = ("overall", "safe", "effective", "caring", "responsive", "well_led")
_FINDING: dict[str, Sequence[Any]] = {
    "outcome": tuple(Finding),
    "theme": CATEGORIES,
    "improvement_needed": (True, False),
}


@dataclass(frozen=True)
class Kind:
    """What messages of a type are made of, and where their effect is found."""

    row: str
    """Of what each is one row at intake: the final state of most."""
    said: str = ""
    """The event of which each is one fact in notifications."""
    fact: str = ""
    """As what assessment keeps it; empty where it hears nothing of it."""
    reference: str = ""
    """The field with the sender's own reference; empty where there is none."""
    day: str = ""
    words: dict[str, Sequence[Any]] = field(default_factory=dict)
    """Fields that say one of these."""
    weight: float = 1.0
    """How often it is told, against the others that are no concern."""


def _signal(
    said: str,
    day: str,
    reference: str = "",
    *,
    words: dict[str, Sequence[Any]],
    fact: str | None = None,
    weight: float = 1.0,
) -> Kind:
    kept = said.split(".")[1] if fact is None else fact
    return Kind("signal", said, kept, reference, day, words, weight)


KINDS: dict[str, Kind] = {
    CONCERN: Kind(
        "concern", reference="reference", day="occurred_on", words={"category": CATEGORIES}
    ),
    COMPLAINT: _signal(
        "intake.complaint.recorded.v1",
        "received_on",
        "complaint_reference",
        words={"theme": CATEGORIES},
        weight=4.0,
    ),
    REVIEW: _signal(
        "intake.contract_review.recorded.v1",
        "reviewed_on",
        "review_reference",
        words={},
        weight=4.0,
    ),
    ENQUIRY: _signal(
        "intake.safeguarding_outcome.recorded.v1",
        "updated_on",
        "enquiry_reference",
        words={
            "enquiry_type": ("individual", "organisational"),
            "status": ("ongoing",),
            "improvements": ("none",),
        },
        weight=4.0,
    ),
    RATING: _signal(
        "intake.cqc_rating.changed.v1", "published_on", words={"rating": tuple(CqcRating)}
    ),
    RETURN: _signal("intake.quality_return.recorded.v1", "submitted_on", words={}),
    CAPACITY: _signal(
        "intake.capacity.recorded.v1", "reported_on", words={"admissions": tuple(Admissions)}
    ),
    POLICE: _signal(
        "intake.police_matter.recorded.v1",
        "held_since",
        "matter_reference",
        fact="",
        words={
            "status": ("held",),
            "owner_role": ("investigating_officer", "intelligence_unit"),
            "hold_reason": ("live_investigation", "other"),
        },
    ),
    "partner.complaint_outcome.recorded.v1": _signal(
        "intake.complaint_outcome.recorded.v1", "decided_on", "complaint_reference", words=_FINDING
    ),
    "partner.ombudsman_outcome.published.v1": _signal(
        "intake.ombudsman_outcome.recorded.v1", "decided_on", "ombudsman_reference", words=_FINDING
    ),
    "partner.cqc_inspection.published.v1": _signal(
        "intake.cqc_inspection.recorded.v1",
        "inspected_on",
        "inspection_reference",
        words={"kind": tuple(InspectionKind)},
    ),
    "partner.cqc_enforcement.taken.v1": _signal(
        "intake.cqc_enforcement.recorded.v1",
        "taken_on",
        "enforcement_reference",
        words={"kind": tuple(EnforcementKind)},
    ),
    "partner.other_assessment.reported.v1": _signal(
        "intake.other_assessment.recorded.v1",
        "status_on",
        "assessment_reference",
        words={
            "authority": ("E06000050", "E08000015"),
            "status": tuple(OtherAssessmentStatus),
        },
    ),
    FEEDBACK: Kind(
        "feedback",
        "intake.public_feedback.recorded.v1",
        "public_feedback",
        "feedback_reference",
        "received_on",
        {"theme": CATEGORIES},
    ),
    COMPLIMENT: Kind(
        "feedback",
        "intake.compliment.received.v1",
        "compliment",
        "compliment_reference",
        "received_on",
        {"theme": CATEGORIES},
        weight=0.3,
    ),
    REQUEST: Kind(
        "request",
        "intake.request.recorded.v1",
        reference="request_reference",
        words={"request_type": ("information_from_provider", "evidence_from_provider")},
        weight=0.1,  # whoever asks is shown all that is open on the provider
    ),
    HANDOVER: Kind("acknowledgement", "intake.handover.acknowledged.v1"),
}
ROWS = tuple(dict.fromkeys(kind.row for kind in KINDS.values()))
_A_DAY = {RATING: len(_QUESTIONS), RETURN: 3}
"""So many messages of a day differ by what they say; older ones are of days before."""
NAMELESS = frozenset(type_ for type_, kind in KINDS.items() if not kind.reference)
"""Without a reference of the sender's: what became of each is known by its receipt alone."""


def types_of(functions: frozenset[AgencyFunction]) -> tuple[str, ...]:
    """The types that a holder of these functions may tell, as they are declared."""
    return tuple(t for t, cls in inbound_messages().items() if cls.spec.functions & functions)


def data_of(
    type_: str, location: str, reference: str, days: tuple[date, date], number: int, random: Random
) -> dict[str, Any]:
    """A sound message. `days`: a day of something that happened, and the last on which it may have.

    `number` counts the messages of its type: those without a reference differ by it.
    """
    kind, (day, last) = KINDS[type_], days
    if type_ in _A_DAY:
        day = last - timedelta(days=number // _A_DAY[type_])
    about: dict[str, Any] = {"location": location}
    about |= {name: random.choice(words) for name, words in kind.words.items()}
    if kind.reference:
        about[kind.reference] = reference
    if kind.day:
        about[kind.day] = str(day)
    return about | _more(type_, reference, day, number, random)


def _more(type_: str, reference: str, day: date, number: int, random: Random) -> dict[str, Any]:
    match type_:
        case "partner.concern.raised.v1":
            told = f"Somebody fell on the stairs. {door_word()}"
            return {"description": told, "action_taken": "A nurse came.", "measures": "A rail."}
        case "partner.contract_review.completed.v1":
            return {"unmet_actions": [f"ACT-{one}" for one in range(random.randrange(3))]}
        case "partner.cqc_rating.published.v1":
            return {"key_question": _QUESTIONS[number % len(_QUESTIONS)]}
        case "partner.quality_return.submitted.v1":
            either = {"clinical_risk": number % 3 == 1, "nil_return": number % 3 == 2}
            return {"quarter": _quarter_before(day), **either}
        case "partner.capacity.reported.v1":
            return {"vacancies": number % 5_000}
        case "partner.police_matter.held.v1":
            return {"review_on": str(day + timedelta(days=600))}
        case "partner.cqc_inspection.published.v1":
            return {"published_on": str(day)}
        case (
            "partner.public_feedback.received.v1"
            | "partner.compliment.received.v1"
            | "partner.request.made.v1"
        ):
            seen = {"load_seen": True} if type_ == REQUEST else {}
            return {"text": f"The garden, as told under {reference} {door_word()}", **seen}
        case _:
            return {}


def _quarter_before(day: date) -> str:
    """The quarter that was over before a day."""
    number = (day.month - 1) // 3
    return f"{day.year}-Q{number}" if number else f"{day.year - 1}-Q4"
