"""Staff decide whether a concern is below or above the safeguarding threshold."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from uuid import UUID

from services.intake.domain import concerns as rules
from services.intake.domain import triage_queue as queue_rules
from services.intake.domain.concerns import ConcernState, Limbs, TriageDecision
from services.intake.domain.personal_data.judging import Mark, judge
from services.intake.domain.readers import shown_state
from services.intake.handlers import followups, handovers, personal_data, where_to_turn
from services.intake.handlers.concerns import key_questions
from services.intake.handlers.tellers import by_hand, who_told
from services.intake.handlers.triage_queue import within
from services.intake.store import concerns as store
from services.intake.store import triage_queue as queue
from services.intake.tables import ConcernRow, TriageClaimRow
from shared.contracts.holdings import holdings
from shared.contracts.intake import ConcernTriaged, RedirectionTold
from shared.contracts.words import Handling
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import span
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Decided:
    """Where a concern stands now, and what its teller has to be told by hand."""

    state: ConcernState
    tell: str | None


async def triage_concern(
    work: Work,
    person: Person,
    concern_id: UUID,
    decision: TriageDecision,
    limbs: Limbs,
    reason: str,
    nobody_else_because: str | None = None,
) -> Decided:
    """Staff decide below or above the safeguarding threshold (WCC1a-b, WCC3a). Raises Refused.

    What somebody else has in hand is theirs to decide, and what somebody told themselves a
    colleague's (but for the reason why nobody else can). That it is for safeguarding waits for
    nobody: neither for them nor because it was triaged before as something else.
    """
    row = await store.concern(work, person.partnerships, concern_id, holdings(person.roles))
    if row is None:
        raise not_found()
    if not rules.can_be_decided(ConcernState(row.state), decision):
        return _decided(row, person)
    clause = where_to_turn.safeguarding(work, row.partnership).clause
    taken = await queue.claim(work, row.id)
    if decision is not TriageDecision.SAFEGUARDING:
        _check_hands(work, person, row, taken)
        await _check_own(work, person, row, nobody_else_because)
    marks = _search(work, decision, reason, nobody_else_because)
    state = rules.triage(decision, limbs, row.significant_harm, clause)
    row.state = state
    if taken is not None:
        await queue.give_back(work, taken)
    facts = {"decision": decision.value, **asdict(limbs)}
    entry = followups.enter(work, row, rules.EntryKind.DECISION, reason, facts, person.subject)
    entry.personal_data = personal_data.kept(marks)
    personal_data.record(work, marks, person.subject, row.id, partnership=row.partnership)
    work.audit(person.subject, f"concern.{state}", row.id, partnership=row.partnership)
    with span("triage concern", links=[row.traceparent]):
        if state is ConcernState.REDIRECTED:
            await handovers.hand_over(work, row)
            await _tell_redirection(work, row)
        else:
            announce_triaged(work, row)
    return _decided(row, person)


def _decided(row: ConcernRow, person: Person) -> Decided:
    state = shown_state(ConcernState(row.state), holdings(person.roles))
    is_told = state is ConcernState.REDIRECTED
    return Decided(state, by_hand(row, person.subject) if is_told else None)


def _search(
    work: Work, decision: TriageDecision, reason: str, because: str | None
) -> tuple[Mark, ...]:
    """What is for safeguarding waits for nothing: it is marked and goes on. Raises Refused."""
    if decision is TriageDecision.SAFEGUARDING:
        return judge({"reason": reason}, {}, work.today, urgent=True)
    personal_data.check_staff(work, reason=reason, nobody_else_because=because)
    return ()


def _check_hands(work: Work, person: Person, row: ConcernRow, taken: TriageClaimRow | None) -> None:
    clause = within(work, row.partnership).clause
    queue_rules.check_claim(taken.held_by if taken else None, person.subject, clause)


async def _check_own(work: Work, person: Person, row: ConcernRow, because: str | None) -> None:
    """Two pairs of eyes; where there is one pair only, that is on record with the reason."""
    who, ref = person.subject, str(person.ref)
    if not queue_rules.is_own(row.source, row.uploader, who=who, ref=ref):
        return
    queue_rules.check_own(because, within(work, row.partnership).clause)
    work.audit(who, "concern.triaged_by_teller", row.id, partnership=row.partnership, why=because)


async def _tell_redirection(work: Work, row: ConcernRow) -> None:
    """Who told it learns at once where to report it (WCC1b)."""
    told = await who_told(work, row)
    if told is None:
        return
    work.announce(
        RedirectionTold(
            partnership=row.partnership,
            handling=told,
            location_id=row.location_id,
            concern_id=row.id,
            reference=row.reference,
            reporter_ref=row.reporter_ref,
        )
    )


def announce_triaged(work: Work, row: ConcernRow) -> None:
    """Say that a concern is a care concern, or what it says now that it was corrected."""
    work.announce(
        ConcernTriaged(
            partnership=row.partnership,
            handling=Handling.of(row.label, row.holders),
            location_id=row.location_id,
            concern_id=row.id,
            category=row.category,
            occurred_on=row.occurred_on,
            reported_by_provider=row.source.startswith("provider:"),
            key_questions=key_questions(work, row.partnership, row.category),
        )
    )
