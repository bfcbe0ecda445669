"""Record what the intelligence meeting decides: open a QIP, or decline (L0, L1.3g, L6.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.meetings.domain import decisions as rules
from services.meetings.domain.agencies import Seat, chosen_members, default_members
from services.meetings.domain.decisions import ConsiderationState, Decision, Proposal
from services.meetings.domain.triggers import handling_of
from services.meetings.handlers.handling import held_by
from services.meetings.handlers.policy import SECTION, partnerships_of
from services.meetings.handlers.register import seat_member
from services.meetings.store import considerations as store
from services.meetings.store import qips, register
from services.meetings.tables import ConsiderationRow, DecisionRow, QipRow
from shared.contracts.meetings import QipDeclined, QipOpened
from shared.contracts.words import AgencyFunction, Handling, ServiceCategory
from shared.platform.dates import london_date, months_after
from shared.platform.policy import Pack
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.telemetry import current_traceparent, span
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Decided:
    """A recorded decision, and the QIP where one was opened."""

    decision: DecisionRow
    qip: QipRow | None
    members: Sequence[Seat] = ()


async def decide(
    work: Work,
    person: Person,
    consideration_id: UUID,
    proposal: Proposal,
    members: Sequence[str] | None,
) -> Decided:
    """Record the decision on a consideration, once. Raises Refused."""
    about = await store.consideration(
        work, partnerships_of(work, person), consideration_id, lock=True
    )
    if about is None:
        raise not_found()
    rules.check_undecided(about.state)
    rules.check_decision(proposal, considered_on=london_date(about.opened_at), today=work.today)
    triggers = await store.triggers_of(work, about.partnership, about.id)
    found = handling_of(store.fact_of(row) for row in triggers)
    decision = _record(work, person, about, proposal)
    # A person acts now on what an event caused long before: a trace of its own, linked to it.
    with span("decide consideration", links=[about.traceparent]):
        work.audit(
            person.subject,
            f"consideration.{proposal.decision}",
            decision.id,
            partnership=about.partnership,
        )
        if proposal.decision is Decision.DECLINE:
            return _decline(work, about, decision, found)
        return await _open(work, about, decision, proposal, found, members)


def _record(work: Work, person: Person, about: ConsiderationRow, proposal: Proposal) -> DecisionRow:
    row = DecisionRow(
        id=work.new_id(),
        partnership=about.partnership,
        consideration_id=about.id,
        decision=proposal.decision,
        benefit_statement=proposal.benefit_statement,
        reason=proposal.reason,
        variation_reason=proposal.variation_reason,
        handling_wish=proposal.handling,
        decided_on=proposal.decided_on,
        decided_by=person.subject,
        recorded_at=work.now,
    )
    work.session.add(row)
    return row


def _decline(
    work: Work, about: ConsiderationRow, decision: DecisionRow, handling: Handling
) -> Decided:
    about.state = ConsiderationState.DECLINED
    work.announce(
        QipDeclined(
            partnership=about.partnership,
            handling=handling,
            location_id=about.location_id,
            consideration_id=about.id,
            decision_id=decision.id,
            decided_on=decision.decided_on,
        )
    )
    return Decided(decision, None)


async def _open(
    work: Work,
    about: ConsiderationRow,
    decision: DecisionRow,
    proposal: Proposal,
    found: Handling,
    members: Sequence[str] | None,
) -> Decided:
    pack = work.policies.on(about.partnership, proposal.decided_on)
    await _check_place(work, about, proposal, pack)
    handling = rules.handling_of_qip(found, proposal.handling, reason=proposal.reason)
    seats = await _seats(work, about, pack, handling, members)
    handling = rules.with_members(handling, seats)
    about.state = ConsiderationState.QIP_OPENED
    qip = _qip(work, about, decision, pack, handling)
    work.session.add(qip)
    await work.session.flush()
    _announce_opened(work, qip)
    for seat in seats:
        await seat_member(work, qip, seat)
    return Decided(decision, qip, seats)


def _announce_opened(work: Work, qip: QipRow) -> None:
    work.announce(
        QipOpened(
            partnership=qip.partnership,
            handling=held_by(qip),
            location_id=qip.location_id,
            qip_id=qip.id,
            consideration_id=qip.consideration_id,
            decision_id=qip.decision_id,
            opened_on=qip.opened_on,
            limit_on=qip.limit_on,
            terms_version=qip.terms_version,
            clause=qip.clause,
        )
    )


async def _check_place(work: Work, about: ConsiderationRow, proposal: Proposal, pack: Pack) -> None:
    location = await register.location(work, about.partnership, about.location_id)
    if location is None:
        raise rules.unknown_location()
    allowed = pack.value(*SECTION, "service_categories")
    rules.check_service(
        ServiceCategory(location.category),
        cqc_registered=location.cqc_registered,
        allowed=allowed.texts,
        variation_reason=proposal.variation_reason,
        clause=allowed.clause,
    )


async def _seats(
    work: Work,
    about: ConsiderationRow,
    pack: Pack,
    handling: Handling,
    members: Sequence[str] | None,
) -> Sequence[Seat]:
    agencies = await register.agencies(work, about.partnership)
    names = pack.value(*SECTION, "member_functions").texts
    functions = [AgencyFunction(name) for name in names]
    if members is not None:
        return chosen_members(agencies, members, functions, work.today)
    return default_members(agencies, functions, work.today, handling.holders or None)


def _qip(
    work: Work, about: ConsiderationRow, decision: DecisionRow, pack: Pack, handling: Handling
) -> QipRow:
    limit = pack.value(*SECTION, "limit_months")
    return QipRow(
        id=work.new_id(),
        partnership=about.partnership,
        location_id=about.location_id,
        consideration_id=about.id,
        decision_id=decision.id,
        state=qips.RUNNING,
        opened_on=decision.decided_on,
        limit_on=months_after(decision.decided_on, limit.number),
        terms_version=pack.value(*SECTION, "terms_version").text,
        pack=pack.name,
        clause=limit.clause,
        label=handling.label,
        holders=list(handling.holders),
        traceparent=current_traceparent(),
    )
