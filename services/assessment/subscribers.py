"""What assessment hears: locations, and everything that is recorded about them."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from services.assessment.domain.facts import Fact, Kind, series_of_rating
from services.assessment.handlers.facts import hear
from services.assessment.handlers.register import keep_location
from shared.contracts.catalogue import ASSESSMENT
from shared.contracts.envelope import Envelope
from shared.contracts.intake import (
    ComplaintRecorded,
    ConcernReceived,
    ConcernRedirected,
    ConcernTriaged,
    ContractReviewRecorded,
    CqcRatingChanged,
    LocationUpdated,
    QualityReturnRecorded,
    SafeguardingOutcomeRecorded,
)
from shared.platform.dates import london_date
from shared.platform.events import Subscribers
from shared.platform.work import Work

subscribers = Subscribers(ASSESSMENT)


@subscribers.on(LocationUpdated)
async def on_location_updated(work: Work, event: LocationUpdated, envelope: Envelope) -> None:
    await keep_location(work, event)


@subscribers.on(ConcernReceived)
async def on_concern_received(work: Work, event: ConcernReceived, envelope: Envelope) -> None:
    series = str(event.concern_id)
    fact = _fact(envelope, Kind.CONCERN_RECEIVED, series, event.concern_id, event.occurred_on)
    await hear(work, event, fact)


@subscribers.on(ConcernTriaged)
async def on_concern_triaged(work: Work, event: ConcernTriaged, envelope: Envelope) -> None:
    series = str(event.concern_id)
    fact = _fact(envelope, Kind.CONCERN_TRIAGED, series, event.concern_id, event.occurred_on)
    await hear(work, event, fact)


@subscribers.on(ConcernRedirected)
async def on_concern_redirected(work: Work, event: ConcernRedirected, envelope: Envelope) -> None:
    if event.escalation > 0:
        return  # safeguarding is told again; nothing new is known of the location
    series, day = str(event.concern_id), london_date(envelope.time)
    fact = _fact(envelope, Kind.CONCERN_REDIRECTED, series, event.concern_id, day)
    await hear(work, event, fact)


@subscribers.on(SafeguardingOutcomeRecorded)
async def on_safeguarding_outcome_recorded(
    work: Work, event: SafeguardingOutcomeRecorded, envelope: Envelope
) -> None:
    series = str(event.matter_id or event.signal_id)
    fact = _fact(envelope, Kind.SAFEGUARDING_OUTCOME, series, event.signal_id, event.occurred_on)
    await hear(work, event, fact)


@subscribers.on(CqcRatingChanged)
async def on_cqc_rating_changed(work: Work, event: CqcRatingChanged, envelope: Envelope) -> None:
    rated = event.rating is not None
    series = series_of_rating(event.key_question, rated=rated, inherited=event.inherited)
    fact = _fact(envelope, Kind.CQC_RATING, series, event.signal_id, event.published_on)
    await hear(work, event, fact)


@subscribers.on(ComplaintRecorded)
async def on_complaint_recorded(work: Work, event: ComplaintRecorded, envelope: Envelope) -> None:
    series = str(event.matter_id or event.signal_id)
    fact = _fact(envelope, Kind.COMPLAINT, series, event.signal_id, event.occurred_on)
    await hear(work, event, fact)


@subscribers.on(QualityReturnRecorded)
async def on_quality_return_recorded(
    work: Work, event: QualityReturnRecorded, envelope: Envelope
) -> None:
    fact = _fact(envelope, Kind.QUALITY_RETURN, "returns", event.signal_id, event.occurred_on)
    await hear(work, event, fact)


@subscribers.on(ContractReviewRecorded)
async def on_contract_review_recorded(
    work: Work, event: ContractReviewRecorded, envelope: Envelope
) -> None:
    fact = _fact(envelope, Kind.CONTRACT_REVIEW, "reviews", event.signal_id, event.occurred_on)
    await hear(work, event, fact)


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
