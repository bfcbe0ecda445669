"""The triage queue: how old, who has it, what is overdue; taken in hand and given back."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from services.intake.domain import triage_queue as rules
from services.intake.domain.concerns import ConcernState
from services.intake.handlers import personal_data
from services.intake.store import concerns, register
from services.intake.store import triage_queue as store
from services.intake.store.triage_queue import Queued
from services.intake.tables import ConcernRow, LocationRow, TriageClaimRow
from services.intake.views.triage_queue import QueueLine
from shared.contracts.holdings import holdings
from shared.contracts.words import Role
from shared.platform import paging
from shared.platform.paging import Page
from shared.platform.policy import Cited
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

Hands = Literal["any", "mine", "nobody"]
_KINDS = (datetime, UUID)


async def queue(
    work: Work,
    person: Person,
    in_hand: Hands,
    cursor: str | None,
    limit: int,
    *,
    overdue: bool,
) -> Page[QueueLine]:
    """A page of what waits for triage and the reader may know of, the oldest first."""
    told = {"in_hand": in_hand, "overdue": overdue}
    after = paging.after(cursor, _KINDS, told)
    known = person.partnerships & set(work.policies.partnerships)
    if not known:
        return Page([])
    rows = await store.waiting(
        work,
        holdings(person.roles),
        {name: _overdue_before(work, name) if overdue else None for name in sorted(known)},
        after,
        limit,
        in_hand_of=person.subject if in_hand == "mine" else None,
        free=in_hand == "nobody",
    )
    page = paging.page_of(rows, limit, _key, told)
    return Page([_line(work, *row) for row in page.items], page.next)


def _key(row: Queued) -> tuple[datetime, UUID]:
    return row[0].received_at, row[0].id


def _within(work: Work, partnership: str) -> Cited:
    pack = work.policies.on(partnership, work.today)
    return pack.value("intake", "triage", "decide_within_hours")


def _overdue_before(work: Work, partnership: str) -> datetime:
    return work.now - timedelta(hours=_within(work, partnership).number)


def _line(
    work: Work, row: ConcernRow, location: LocationRow, claim: TriageClaimRow | None
) -> QueueLine:
    within = _within(work, row.partnership)
    due = rules.due_at(row.received_at, within.number)
    return QueueLine(
        concern_id=row.id,
        reference=row.reference,
        location_id=location.id,
        location=location.name,
        category=row.category,
        received_at=row.received_at,
        age_hours=rules.age_hours(row.received_at, work.now),
        due_at=due,
        due_clause=within.clause,
        overdue=due < work.now,
        held_by=claim.held_by if claim else None,
        held_since=claim.held_since if claim else None,
    )


async def claim(work: Work, person: Person, concern_id: UUID) -> QueueLine:
    """Take a concern in hand; doing it twice changes nothing. Raises Refused."""
    row, location = await _waiting(work, person, concern_id)
    clause = _within(work, row.partnership).clause
    taken = await store.claim(work, concern_id)
    rules.check_claim(taken.held_by if taken else None, person.subject, clause)
    if taken is None:
        taken = await store.take(work, row, person.subject)
        await work.audit(person.subject, "concern.claimed", row.id, partnership=row.partnership)
    return _line(work, row, location, taken)


async def release(work: Work, person: Person, concern_id: UUID, reason: str | None) -> QueueLine:
    """Give a concern back to the queue; doing it twice changes nothing. Raises Refused."""
    personal_data.check_staff(work, reason=reason)
    row, location = await _waiting(work, person, concern_id)
    taken = await store.claim(work, concern_id)
    if taken is not None:
        rules.check_release(
            taken.held_by,
            person.subject,
            is_team_manager=person.has(Role.TEAM_MANAGER),
            reason=reason,
            clause=_within(work, row.partnership).clause,
        )
        await store.give_back(work, taken)
        did = "concern.released"
        await work.audit(person.subject, did, row.id, partnership=row.partnership, why=reason)
    return _line(work, row, location, None)


async def _waiting(work: Work, person: Person, concern_id: UUID) -> tuple[ConcernRow, LocationRow]:
    """A concern that waits for triage, locked. Raises Refused where it does no more."""
    held = holdings(person.roles)
    row = await concerns.concern(work, person.partnerships, concern_id, held)
    location = await register.location(work, person.partnerships, row.location_id) if row else None
    if row is None or location is None:
        raise not_found()
    rules.check_waits(
        waits=row.state == ConcernState.RECEIVED, clause=_within(work, row.partnership).clause
    )
    return row, location
