"""People decide on candidates, and record wider concerns; their words stay here."""

from __future__ import annotations

from uuid import UUID

from services.assessment.domain.crossings import THEME, Place, State
from services.assessment.domain.decisions import check_confirmation, check_decision
from services.assessment.domain.facts import Fact, Kind
from services.assessment.handlers import crossings
from services.assessment.handlers.circles import for_all
from services.assessment.handlers.judging import first_enquiries, judge
from services.assessment.handlers.reads import trigger_view
from services.assessment.handlers.thresholds import trigger_thresholds
from services.assessment.store import crossings as store
from services.assessment.store import facts as fact_store
from services.assessment.store import register
from services.assessment.tables import CrossingRow, DecisionRow, LocationRow
from services.assessment.views import FindingView, TriggerView
from shared.contracts.holdings import holdings, may_know
from shared.contracts.words import Handling, Trigger
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


async def confirm_trigger(
    work: Work, person: Person, crossing_id: UUID, reason: str, liaison_reference: str | None
) -> TriggerView:
    """A candidate is met, on a person's word (L1.2d, L1.2e). Raises Refused."""
    row = await _candidate(work, person, crossing_id)
    trigger = Trigger(row.rule)
    check_decision(State(row.state), trigger, person.roles, row.clause)
    check_confirmation(trigger, liaison_reference, row.clause)
    words = _decision(work, person, row, "confirmed", reason, liaison_reference)
    await _keep_words(work, person, words)
    with span("confirm trigger", links=[row.traceparent]):
        crossings.confirm(work, row)
    return trigger_view(row)


async def reject_trigger(work: Work, person: Person, crossing_id: UUID, reason: str) -> TriggerView:
    """A candidate is not met, on a person's word. Raises Refused."""
    row = await _candidate(work, person, crossing_id)
    check_decision(State(row.state), Trigger(row.rule), person.roles, row.clause)
    await _keep_words(work, person, _decision(work, person, row, "rejected", reason))
    with span("reject trigger", links=[row.traceparent]):
        crossings.reject(work, row)
    return trigger_view(row)


async def record_wider_concern(
    work: Work, person: Person, location_id: UUID, reason: str
) -> FindingView:
    """An assessor found wider concerns; they count once there is an enquiry (L1.2b)."""
    location = await register.locked_location(work, person.partnerships, location_id)
    if location is None:
        raise not_found()
    policy = trigger_thresholds(work.policies.on(location.partnership, work.today))
    finding = _finding(work)
    enquiries = await first_enquiries(work, location, policy.enquiries.value)
    causes = await fact_store.traces(work, location, enquiries)
    with span("record wider concern", links=causes):
        await fact_store.keep(work, location, finding)
        await judge(work, location, finding)
    words = DecisionRow(
        id=work.new_id(),
        partnership=location.partnership,
        location_id=location.id,
        subject_id=finding.id,
        kind="wider_concern",
        decided_by=person.subject,
        decided_at=work.now,
        reason=reason,
    )
    await _keep_words(work, person, words)
    met = await _meets(work, person, location, finding)
    return FindingView(finding_id=finding.id, meets_trigger=met)


async def _meets(work: Work, person: Person, location: LocationRow, finding: Fact) -> bool:
    """Whether a finding meets the trigger, as far as who found it may know."""
    place = Place(Trigger.ENQUIRY_WITH_WIDER_CONCERN.value, finding.series)
    held = await store.held(work, location, for_all(location, [place]))
    known = holdings(person.roles)
    return any(may_know(Handling.of(row.label, row.holders), known) for row in held.values())


def _finding(work: Work) -> Fact:
    id_ = work.new_id()
    return Fact(
        id=id_,
        kind=Kind.WIDER_CONCERN,
        series=str(id_),
        reference=id_,
        occurred_on=work.today,
        known_at=work.now,
        said={"wider_concern": True},
    )


async def _candidate(work: Work, person: Person, crossing_id: UUID) -> CrossingRow:
    """A trigger that somebody may know, with its location's lock held."""
    row = await store.crossing(work, person.partnerships, crossing_id)
    if row is None or row.rule == THEME:
        raise not_found()
    if not may_know(Handling.of(row.label, row.holders), holdings(person.roles)):
        raise not_found()
    location = await register.locked_location(work, [row.partnership], row.location_id)
    row = await store.crossing(work, person.partnerships, crossing_id)
    if location is None or row is None:
        raise not_found()
    return row


async def _keep_words(work: Work, person: Person, row: DecisionRow) -> None:
    """The reason stays in the decision; the audit trail says who decided what, and when."""
    work.session.add(row)
    work.audit(person.subject, f"trigger.{row.kind}", row.subject_id, partnership=row.partnership)


def _decision(
    work: Work,
    person: Person,
    row: CrossingRow,
    kind: str,
    reason: str,
    liaison_reference: str | None = None,
) -> DecisionRow:
    return DecisionRow(
        id=work.new_id(),
        partnership=row.partnership,
        location_id=row.location_id,
        subject_id=row.id,
        kind=kind,
        decided_by=person.subject,
        decided_at=work.now,
        reason=reason,
        liaison_reference=liaison_reference,
    )
