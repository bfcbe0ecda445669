"""What people read of assessment, within their partnerships and what they may know."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

from services.assessment.domain.crossings import THEME, State
from services.assessment.domain.facts import Kind
from services.assessment.store import crossings, facts, register
from services.assessment.tables import CrossingRow, FactRow
from services.assessment.views import (
    FactView,
    PictureView,
    ThemeView,
    TriggerPage,
    TriggerView,
)
from shared.contracts import intake
from shared.contracts.event import Event, label_of
from shared.contracts.holdings import holdings
from shared.contracts.words import Label
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

_EVENT_OF: dict[str, type[Event]] = {
    Kind.CONCERN_RECEIVED.value: intake.ConcernReceived,
    Kind.CONCERN_TRIAGED.value: intake.ConcernTriaged,
    Kind.CONCERN_REDIRECTED.value: intake.ConcernRedirected,
    Kind.COMPLIMENT.value: intake.ComplimentReceived,
    Kind.COMPLAINT_OUTCOME.value: intake.ComplaintOutcomeRecorded,
    Kind.OMBUDSMAN_OUTCOME.value: intake.OmbudsmanOutcomeRecorded,
    Kind.CQC_INSPECTION.value: intake.CqcInspectionRecorded,
    Kind.CQC_ENFORCEMENT.value: intake.CqcEnforcementRecorded,
    Kind.CAPACITY.value: intake.CapacityRecorded,
    Kind.OTHER_ASSESSMENT.value: intake.OtherAssessmentRecorded,
    Kind.CONCERN_WITHDRAWN.value: intake.ConcernWithdrawn,
    Kind.SAFEGUARDING_OUTCOME.value: intake.SafeguardingOutcomeRecorded,
    Kind.CQC_RATING.value: intake.CqcRatingChanged,
    Kind.COMPLAINT.value: intake.ComplaintRecorded,
    Kind.QUALITY_RETURN.value: intake.QualityReturnRecorded,
    Kind.CONTRACT_REVIEW.value: intake.ContractReviewRecorded,
    Kind.PUBLIC_FEEDBACK.value: intake.PublicFeedbackRecorded,
}
"""Where the labels of a fact's fields stand."""

_IN_VIEW = frozenset({"concern_id", "signal_id", "matter_id", "occurred_on", "published_on"})
_YEAR = timedelta(days=365)
_FACTS = 500
"""What a picture shows unless asked for more years: the newest facts of the last year."""


async def picture(work: Work, person: Person, location_id: UUID, since: date | None) -> PictureView:
    """A location's picture; who read it is recorded."""
    location = await register.location(work, person.partnerships, location_id)
    if location is None:
        raise not_found()
    held = holdings(person.roles)
    start = since or work.today - _YEAR
    rows = await facts.readable(work, location, held, start, _FACTS + 1)
    holding = await crossings.readable(work, location, held)
    work.audit(person.subject, "picture.read", location.id, partnership=location.partnership)
    shown = rows[:_FACTS]
    return PictureView(
        location_id=location.id,
        reference=location.reference,
        name=location.name,
        category=location.category,
        active=location.active,
        since=start,
        facts=[_fact_view(row) for row in shown],
        more_facts=len(rows) > _FACTS,
        counts=dict(Counter(row.kind for row in shown)),
        triggers=[trigger_view(row) for row in holding if row.rule != THEME],
        themes=[_theme_view(row, shown) for row in holding if row.rule == THEME],
    )


async def triggers(
    work: Work, person: Person, state: State, after: UUID | None, limit: int
) -> TriggerPage:
    """Triggers of a state, the oldest first."""
    rows = await crossings.of_state(
        work, person.partnerships, state, holdings(person.roles), after=after, limit=limit + 1
    )
    return TriggerPage(triggers=[trigger_view(r) for r in rows[:limit]], more=len(rows) > limit)


def trigger_view(row: CrossingRow) -> TriggerView:
    """A trigger as people read it."""
    return TriggerView(
        crossing_id=row.id,
        location_id=row.location_id,
        trigger=row.rule,
        state=row.state,
        evidence=[UUID(reference) for reference in row.evidence],
        threshold=row.threshold,
        clause=row.clause,
        restricted=row.label == Label.NAMED.value,
        implicated_role=row.implicated_role,
        attributed_to=row.attributed_to,
        window_ends_on=row.window_ends_on,
        began_at=row.began_at,
    )


def _theme_view(row: CrossingRow, shown: Sequence[FactRow]) -> ThemeView:
    alike = [fact for fact in shown if str(fact.reference) in row.evidence]
    asked = {one for fact in alike for one in fact.facts.get("key_questions", ())}
    return ThemeView(
        theme_id=row.id,
        category=row.series,
        key_questions=sorted(asked),
        evidence=[UUID(reference) for reference in row.evidence],
        threshold=row.threshold,
        clause=row.clause,
        window_ends_on=row.window_ends_on,
    )


def _fact_view(row: FactRow) -> FactView:
    return FactView(
        kind=row.kind,
        reference=row.reference,
        occurred_on=row.occurred_on,
        restricted=row.label == Label.NAMED.value,
        said={name: value for name, value in row.facts.items() if _shown(row, name)},
    )


def _shown(row: FactRow, name: str) -> bool:
    """A NAMED field is shown where the whole fact is, and so the reader is one of its holders."""
    event = _EVENT_OF.get(row.kind)
    if name in _IN_VIEW or event is None:
        return False
    return label_of(event, name) is not Label.NAMED or row.label == Label.NAMED.value
