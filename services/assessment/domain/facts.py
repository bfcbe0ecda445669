"""What assessment knows of a location: facts, kept as they came, put in the order of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.contracts.words import Handling


class Kind(StrEnum):
    """Kinds of facts."""

    CONCERN_RECEIVED = "concern_received"
    CONCERN_TRIAGED = "concern_triaged"
    CONCERN_REDIRECTED = "concern_redirected"
    SAFEGUARDING_OUTCOME = "safeguarding_outcome"
    CQC_RATING = "cqc_rating"
    COMPLAINT = "complaint"
    QUALITY_RETURN = "quality_return"
    CONTRACT_REVIEW = "contract_review"
    PUBLIC_FEEDBACK = "public_feedback"
    """Counts in themes, and is no activity of complaints or safeguarding (W3.10)."""
    COMPLIMENT = "compliment"
    COMPLAINT_OUTCOME = "complaint_outcome"
    OMBUDSMAN_OUTCOME = "ombudsman_outcome"
    CQC_INSPECTION = "cqc_inspection"
    CQC_ENFORCEMENT = "cqc_enforcement"
    CAPACITY = "capacity"
    OTHER_ASSESSMENT = "other_assessment"
    """This and those since the compliment meet no rule; reports and the picture need them."""
    CONCERN_WITHDRAWN = "concern_withdrawn"
    CONCERNS_MERGED = "concerns_merged"
    """Told in the series of each of the two, so that either finds the other."""
    WIDER_CONCERN = "wider_concern"
    """What an assessor found at our own desk (L1.2b); everything else is heard from intake."""


CONCERNS = frozenset({Kind.CONCERN_RECEIVED, Kind.CONCERN_TRIAGED, Kind.CONCERN_REDIRECTED})
AFTERWARDS = frozenset({Kind.CONCERN_WITHDRAWN, Kind.CONCERNS_MERGED})
"""What becomes of a concern: no activity, but it says whether and with what one counts."""

ACTIVITY = CONCERNS | AFTERWARDS | {Kind.SAFEGUARDING_OUTCOME, Kind.COMPLAINT, Kind.PUBLIC_FEEDBACK}
"""Kinds that windows look at: complaints and safeguarding activity (L1.2e), and themes."""

THEMED = frozenset({Kind.CONCERN_TRIAGED, Kind.PUBLIC_FEEDBACK})
"""Kinds that count in the theme of their category (W2.9, W3.10)."""

OVERALL = "rating.overall"
"""The series of a location's own overall ratings; only these can tell of special measures."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that was recorded about a location."""

    id: UUID
    """The id of the event that told of it."""
    kind: Kind
    series: str
    """What it is about: a concern, an enquiry, a complaint, the ratings, the reviews."""
    reference: UUID
    """Id of the signal or concern, as evidence cites it."""
    occurred_on: date
    known_at: datetime
    """When it was recorded at the door, whenever it was heard here."""
    said: Mapping[str, Any] = field(default_factory=dict)
    handling: Handling = field(default_factory=Handling)

    @property
    def order(self) -> tuple[date, datetime, UUID]:
        """Where it stands among the facts of its series, however late it is heard."""
        return (self.occurred_on, self.known_at, self.id)


def in_order(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """Each fact once, the oldest first; the order of arrival leaves no trace."""
    return tuple(sorted({fact.id: fact for fact in facts}.values(), key=lambda fact: fact.order))


def merged_with(facts: Iterable[Fact]) -> frozenset[str]:
    """The series that are about the same thing as the one of these facts."""
    return frozenset(f.said["other"] for f in facts if f.kind is Kind.CONCERNS_MERGED)


def series_of_rating(key_question: str, *, rated: bool, inherited: bool) -> str:
    """The series of a rating. Inherited ones and strings that are no rating stay apart (L1.2d)."""
    if inherited or not rated:
        return "rating.apart"
    return f"rating.{key_question}"
