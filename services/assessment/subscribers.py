"""What assessment hears: locations, and everything that is recorded about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from services.assessment.domain.facts import Fact, Kind, series_of_rating
from services.assessment.handlers.facts import Told, hear
from services.assessment.handlers.register import keep_location
from shared.contracts.catalogue import ASSESSMENT
from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.contracts.intake import (
    CapacityRecorded,
    ComplaintOutcomeRecorded,
    ComplaintRecorded,
    ComplimentReceived,
    ConcernReceived,
    ConcernRedirected,
    ConcernsMerged,
    ConcernTriaged,
    ConcernWithdrawn,
    ContractReviewRecorded,
    CqcEnforcementRecorded,
    CqcInspectionRecorded,
    CqcRatingChanged,
    LocationUpdated,
    OmbudsmanOutcomeRecorded,
    OtherAssessmentRecorded,
    PublicFeedbackRecorded,
    QualityReturnRecorded,
    SafeguardingOutcomeRecorded,
)
from shared.contracts.words import derived_id
from shared.platform.dates import london_date
from shared.platform.events import Heard, Subscribers
from shared.platform.work import Work

subscribers = Subscribers(ASSESSMENT)

_KEPT: dict[type[Event], Kind] = {
    ComplimentReceived: Kind.COMPLIMENT,
    ComplaintOutcomeRecorded: Kind.COMPLAINT_OUTCOME,
    OmbudsmanOutcomeRecorded: Kind.OMBUDSMAN_OUTCOME,
    CqcInspectionRecorded: Kind.CQC_INSPECTION,
    CqcEnforcementRecorded: Kind.CQC_ENFORCEMENT,
    CapacityRecorded: Kind.CAPACITY,
    OtherAssessmentRecorded: Kind.OTHER_ASSESSMENT,
}
"""What is kept as it is told: no rule looks at it, the picture and reports do."""


@subscribers.on(LocationUpdated)
async def on_location_updated(work: Work, event: LocationUpdated, envelope: Envelope) -> None:
    await keep_location(work, event)


@subscribers.on_many(
    ConcernReceived,
    ConcernTriaged,
    ConcernRedirected,
    ConcernWithdrawn,
    ConcernsMerged,
    SafeguardingOutcomeRecorded,
    CqcRatingChanged,
    ComplaintRecorded,
    QualityReturnRecorded,
    ContractReviewRecorded,
    PublicFeedbackRecorded,
    *_KEPT,
)
async def on_facts(work: Work, batch: Sequence[Heard]) -> None:
    await hear(work, [Told(one, fact) for one in batch for fact in facts_of(one.content)])


def facts_of(envelope: Envelope) -> tuple[Fact, ...]:
    """What an event says of a location; a merge says it of both concerns."""
    if isinstance(envelope.event, ConcernsMerged):
        one, other = str(envelope.event.concern_id), str(envelope.event.other_id)
        return (_merged(envelope, one, other), _merged(envelope, other, one))
    fact = fact_of(envelope)
    return () if fact is None else (fact,)


def _merged(envelope: Envelope, series: str, other: str) -> Fact:
    kind, day = Kind.CONCERNS_MERGED, london_date(envelope.time)
    told = _fact(envelope, kind, series, UUID(series), day)
    # One event and two facts: each has an id that follows from the event.
    return replace(told, id=derived_id(kind, envelope.id, series), said={"other": other})


def fact_of(envelope: Envelope) -> Fact | None:
    """What an event says of a location; None where it says nothing new."""
    match envelope.event:
        case ConcernReceived() as event:
            series = str(event.concern_id)
            return _fact(
                envelope, Kind.CONCERN_RECEIVED, series, event.concern_id, event.occurred_on
            )
        case ConcernTriaged() as event:
            series = str(event.concern_id)
            return _fact(
                envelope, Kind.CONCERN_TRIAGED, series, event.concern_id, event.occurred_on
            )
        case ConcernRedirected() as event:
            if event.escalation > 0:
                return None  # safeguarding is told again; nothing new is known of the location
            series, day = str(event.concern_id), london_date(envelope.time)
            return _fact(envelope, Kind.CONCERN_REDIRECTED, series, event.concern_id, day)
        case ConcernWithdrawn() as event:
            series, day = str(event.concern_id), london_date(envelope.time)
            return _fact(envelope, Kind.CONCERN_WITHDRAWN, series, event.concern_id, day)
        case SafeguardingOutcomeRecorded() as event:
            series = str(event.matter_id or event.signal_id)
            return _fact(
                envelope, Kind.SAFEGUARDING_OUTCOME, series, event.signal_id, event.occurred_on
            )
        case CqcRatingChanged() as event:
            rated = event.rating is not None
            series = series_of_rating(event.key_question, rated=rated, inherited=event.inherited)
            return _fact(envelope, Kind.CQC_RATING, series, event.signal_id, event.published_on)
        case ComplaintRecorded() as event:
            series = str(event.matter_id or event.signal_id)
            return _fact(envelope, Kind.COMPLAINT, series, event.signal_id, event.occurred_on)
        case QualityReturnRecorded() as event:
            day = event.occurred_on
            return _fact(envelope, Kind.QUALITY_RETURN, "returns", event.signal_id, day)
        case ContractReviewRecorded() as event:
            day = event.occurred_on
            return _fact(envelope, Kind.CONTRACT_REVIEW, "reviews", event.signal_id, day)
        case (
            ComplimentReceived()
            | ComplaintOutcomeRecorded()
            | OmbudsmanOutcomeRecorded()
            | CqcInspectionRecorded()
            | CqcEnforcementRecorded()
            | CapacityRecorded()
            | OtherAssessmentRecorded() as event
        ):
            kind, series = _KEPT[type(event)], str(event.signal_id)
            return _fact(envelope, kind, series, event.signal_id, event.occurred_on)
        case PublicFeedbackRecorded() as event:
            series, day = str(event.signal_id), event.occurred_on
            return _fact(envelope, Kind.PUBLIC_FEEDBACK, series, event.signal_id, day)
        case other:
            raise TypeError(f"{other.spec.type} tells no fact")


def _fact(envelope: Envelope, kind: Kind, series: str, reference: UUID, occurred_on: date) -> Fact:
    event = envelope.event
    return Fact(
        id=envelope.id,
        kind=kind,
        series=series,
        reference=reference,
        occurred_on=occurred_on,
        known_at=envelope.time,
        said=event.model_dump(mode="json", exclude={"partnership", "handling", event.spec.key}),
        handling=event.handling,
    )
