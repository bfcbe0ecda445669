"""The triage queue: how old, who has it, what is overdue; taken in hand and given back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from services.intake.domain import triage_queue as rules
from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import QueueWanted
from services.intake.handlers import personal_data
from services.intake.handlers.sheets import taken_away
from services.intake.store import concerns, register
from services.intake.store import triage_queue as store
from services.intake.store.pages import kinds_of
from services.intake.tables import ConcernRow, LocationRow, TriageClaimRow
from services.intake.views.triage_queue import QueueLine
from shared.contracts.holdings import holdings
from shared.contracts.words import Role
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.policy import Cited
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("reference", "location", "category", "received_at", "age_hours", "due_at", "due_clause"),
    *("overdue", "held_by", "held_since"),
)


async def queue(work: Work, person: Person, wanted: QueueWanted, turn: Turn) -> Page[QueueLine]:
    """A page of what waits for triage and the reader may know of."""
    known = person.partnerships & set(work.policies.partnerships)
    if not known:
        return Page([])
    before = {name: _overdue_before(work, name) if wanted.overdue else None for name in known}
    held, who = holdings(person.roles), person.subject
    page = await paging.turned(
        turn,
        kinds_of(wanted.order),
        {**wanted.told(), "list": "triage"},
        lambda place, limit: store.waiting(work, held, before, wanted, who, place, limit),
        lambda one: (getattr(one[0], wanted.order.column), one[0].id),
    )
    return Page([_line(work, *row) for row in page.items], page.next)


async def sheet(work: Work, person: Person, wanted: QueueWanted, turn: Turn) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await queue(work, person, wanted, turn)
    rows = [line.model_dump(mode="json") for line in page.items]
    return await taken_away(work, person, "triage", COLUMNS, rows, page.next)


def within(work: Work, partnership: str) -> Cited:
    """In how many hours a concern has to be triaged."""
    pack = work.policies.on(partnership, work.today)
    return pack.value("intake", "triage", "decide_within_hours")


def _overdue_before(work: Work, partnership: str) -> datetime:
    return work.now - timedelta(hours=within(work, partnership).number)


def _line(
    work: Work, row: ConcernRow, location: LocationRow, claim: TriageClaimRow | None
) -> QueueLine:
    limit = within(work, row.partnership)
    due = rules.due_at(row.received_at, limit.number)
    return QueueLine(
        concern_id=row.id,
        reference=row.reference,
        location_id=location.id,
        location=location.name,
        category=row.category,
        received_at=row.received_at,
        age_hours=rules.age_hours(row.received_at, work.now),
        due_at=due,
        due_clause=limit.clause,
        overdue=due < work.now,
        held_by=claim.held_by if claim else None,
        held_since=claim.held_since if claim else None,
    )


async def claim(work: Work, person: Person, concern_id: UUID) -> QueueLine:
    """Take a concern in hand; doing it twice changes nothing. Raises Refused."""
    row, location = await _waiting(work, person, concern_id)
    clause = within(work, row.partnership).clause
    taken = await store.claim(work, concern_id)
    rules.check_claim(taken.held_by if taken else None, person.subject, clause)
    if taken is None:
        taken = await store.take(work, row, person.subject)
        work.audit(person.subject, "concern.claimed", row.id, partnership=row.partnership)
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
            clause=within(work, row.partnership).clause,
        )
        await store.give_back(work, taken)
        did = "concern.released"
        work.audit(person.subject, did, row.id, partnership=row.partnership, why=reason)
    return _line(work, row, location, None)


async def _waiting(work: Work, person: Person, concern_id: UUID) -> tuple[ConcernRow, LocationRow]:
    """A concern that waits for triage, locked. Raises Refused where it does no more."""
    held = holdings(person.roles)
    row = await concerns.concern(work, person.partnerships, concern_id, held)
    location = await register.location(work, person.partnerships, row.location_id) if row else None
    if row is None or location is None:
        raise not_found()
    rules.check_waits(
        waits=row.state == ConcernState.RECEIVED, clause=within(work, row.partnership).clause
    )
    return row, location
