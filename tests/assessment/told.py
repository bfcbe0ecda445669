"""Facts as the rules get them, and events as intake tells them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid4, uuid5

from services.assessment.domain.facts import OVERALL, Fact, Kind
from services.assessment.domain.thresholds import (
    Count,
    ThemeThresholds,
    Thresholds,
    TriggerThresholds,
    Words,
)
from shared.contracts import intake
from shared.contracts.words import (
    CqcRating,
    EnquiryStatus,
    EnquiryType,
    Handling,
    ImplicatedRole,
    Improvements,
    ServiceCategory,
)
from tests.stage import NOON

TODAY = date(2026, 11, 20)
LOCATION = UUID("0196a000-0000-7000-8000-000000000001")

TRIGGERS = TriggerThresholds(
    abuse_statuses=Words(("ongoing", "substantiated"), "pack@1 L1.2a"),
    enquiries=Count(1, "pack@1 L1.2b"),
    leaders=Words(tuple(ImplicatedRole), "pack@1 L1.2c"),
    leadership_holders=Words(("council_quality", "council_safeguarding"), "pack@1 L1.2c"),
    special_measures_rating=Words(("Inadequate",), "pack@1 L1.2d"),
    high_activity=Count(5, "pack@1 L1.2e"),
    window_days=Count(90, "pack@1 L1.2e"),
    contract_reviews=Count(2, "pack@1 L1.2f"),
    clinical_risk_returns=Count(1, "pack@1 L1.2g"),
)
THEMES = ThemeThresholds(Count(3, "pack@1 W2.9"), Count(90, "pack@1 W2.9"))
POLICY = Thresholds(TRIGGERS, THEMES)


def ago(days: int) -> date:
    """So many days before today."""
    return TODAY - timedelta(days=days)


def fact(
    kind: Kind,
    series: str | None = None,
    *,
    days_ago: int = 0,
    handling: Handling | None = None,
    id: UUID | None = None,
    **said: Any,
) -> Fact:
    """A fact; of a series of its own unless one is named."""
    reference = uuid4()
    return Fact(
        id=id or uuid4(),
        kind=kind,
        series=series or str(reference),
        reference=reference,
        occurred_on=ago(days_ago),
        known_at=datetime(2026, 11, 20, tzinfo=UTC) - timedelta(days=days_ago),
        said=said,
        handling=handling or Handling(),
    )


def outcome_fact(series: str | None = None, *, days_ago: int = 0, **said: Any) -> Fact:
    """An outcome of an organisational enquiry that meets L1.2a, unless said otherwise."""
    usual: dict[str, Any] = {
        "enquiry_type": "organisational",
        "status": "ongoing",
        "improvements": "none",
        "wider_concern": False,
    }
    return fact(Kind.SAFEGUARDING_OUTCOME, series, days_ago=days_ago, **{**usual, **said})


def rating_fact(rating: str, *, days_ago: int = 0) -> Fact:
    """An overall rating of the location's own."""
    return fact(Kind.CQC_RATING, OVERALL, days_ago=days_ago, rating=rating)


def review_fact(*unmet: str, days_ago: int = 0) -> Fact:
    """A contract review."""
    return fact(Kind.CONTRACT_REVIEW, "reviews", days_ago=days_ago, unmet_actions=list(unmet))


def return_fact(*, risk: bool, days_ago: int = 0) -> Fact:
    """A quality return."""
    said: dict[str, Any] = {"clinical_risk": risk, "agency_id": "csu"}
    return fact(Kind.QUALITY_RETURN, "returns", days_ago=days_ago, **said)


def location(location_id: UUID = LOCATION, partnership: str = "combined") -> intake.LocationUpdated:
    """A care home."""
    return intake.LocationUpdated(
        partnership=partnership,
        location_id=location_id,
        provider_id=uuid4(),
        provider_reference="1-1000000001",
        reference="1-2000000001",
        name="Larchfield House",
        category=ServiceCategory.RESIDENTIAL_HOME,
        cqc_registered=True,
        commissioned=True,
        local_authority="Synthetic Borough",
        very_small=False,
        active=True,
    )


def concern(**fields: Any) -> intake.ConcernReceived:
    """A care concern from an agency, unless said otherwise."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "concern_id": uuid4(),
        "category": "falls",
        "occurred_on": NOON.date(),
        "reported_by_provider": False,
        "action_taken": True,
    }
    return intake.ConcernReceived.model_validate({**usual, **fields})


def triaged(**fields: Any) -> intake.ConcernTriaged:
    """A concern that staff found to be a care concern."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "concern_id": uuid4(),
        "category": "medication",
        "occurred_on": NOON.date(),
        "reported_by_provider": True,
    }
    return intake.ConcernTriaged.model_validate({**usual, **fields})


def redirected(concern_id: UUID, **fields: Any) -> intake.ConcernRedirected:
    """A concern that was handed to safeguarding."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "concern_id": concern_id,
        "reference": "CC-0000-0000",
        "emergency": False,
        "acknowledge_by": "2026-11-20T12:30:00.000000Z",
    }
    return intake.ConcernRedirected.model_validate({**usual, **fields})


def withdrawn(concern_id: UUID, **fields: Any) -> intake.ConcernWithdrawn:
    """A concern that was taken back."""
    return intake.ConcernWithdrawn.model_validate(
        {"partnership": "combined", "location_id": LOCATION, "concern_id": concern_id, **fields}
    )


def merged(concern_id: UUID, other_id: UUID, **fields: Any) -> intake.ConcernsMerged:
    """Two concerns that are about one thing."""
    usual = {"partnership": "combined", "location_id": LOCATION}
    told = {"concern_id": concern_id, "other_id": other_id}
    return intake.ConcernsMerged.model_validate({**usual, **told, **fields})


def outcome(**fields: Any) -> intake.SafeguardingOutcomeRecorded:
    """An outcome that meets no trigger, unless said otherwise."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "signal_id": uuid4(),
        "enquiry_type": EnquiryType.INDIVIDUAL,
        "status": EnquiryStatus.ONGOING,
        "improvements": Improvements.NONE,
        "wider_concern": False,
        "improvement_needed": False,
        "occurred_on": NOON.date(),
    }
    return intake.SafeguardingOutcomeRecorded.model_validate({**usual, **fields})


def rating(value: CqcRating | None, **fields: Any) -> intake.CqcRatingChanged:
    """The location's own overall rating, unless said otherwise."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "signal_id": uuid4(),
        "key_question": "overall",
        "rating": value,
        "published_on": NOON.date(),
    }
    return intake.CqcRatingChanged.model_validate({**usual, **fields})


def complaint(**fields: Any) -> intake.ComplaintRecorded:
    """A complaint."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "signal_id": uuid4(),
        "theme": "staffing",
        "occurred_on": NOON.date(),
    }
    return intake.ComplaintRecorded.model_validate({**usual, **fields})


def quality_return(**fields: Any) -> intake.QualityReturnRecorded:
    """A quarterly return with clinical risk, unless said otherwise."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "signal_id": uuid4(),
        "agency_id": "csu",
        "quarter": "2026-Q3",
        "clinical_risk": True,
        "occurred_on": NOON.date(),
    }
    return intake.QualityReturnRecorded.model_validate({**usual, **fields})


def review(*unmet: str, **fields: Any) -> intake.ContractReviewRecorded:
    """A contract review with these actions unmet."""
    usual: dict[str, Any] = {
        "partnership": "combined",
        "location_id": LOCATION,
        "signal_id": uuid4(),
        "unmet_actions": [uuid5(NAMESPACE_OID, action) for action in unmet],
        "occurred_on": NOON.date(),
    }
    return intake.ContractReviewRecorded.model_validate({**usual, **fields})
