"""What waits for triage, and who has it in hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlmodel import col

from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import QueueWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import between, equal, named, ordered
from services.intake.tables import ConcernRow, LocationRow, TriageClaimRow
from shared.platform.work import Work

Queued = tuple[ConcernRow, LocationRow, TriageClaimRow | None]


async def waiting(
    work: Work,
    held: Collection[str],
    received_before: Mapping[str, datetime | None],
    wanted: QueueWanted,
    who: str,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Sequence[Queued]:
    """Concerns that wait for triage; one more than `limit` where there is more.

    `received_before` has the partnerships to look into, each with an instant or None for all;
    `who` is the reader, for what they have in hand.
    """
    query = (
        select(ConcernRow, LocationRow, TriageClaimRow)
        .join(LocationRow, col(LocationRow.id) == col(ConcernRow.location_id))
        .outerjoin(TriageClaimRow, col(TriageClaimRow.concern_id) == col(ConcernRow.id))
        .where(col(ConcernRow.state) == ConcernState.RECEIVED.value, knowable(held))
        .where(or_(*(_of(name, before) for name, before in received_before.items())))
        .where(*_filters(wanted, who))
    )
    rows = await work.session.execute(ordered(query, ConcernRow, wanted.order, after, limit))
    return [(row[0], row[1], row[2]) for row in rows]


def _filters(wanted: QueueWanted, who: str) -> list[ColumnElement[bool]]:
    claim = col(TriageClaimRow.held_by)
    found = between(col(ConcernRow.received_at), wanted.received_from, wanted.received_to)
    found += equal(ConcernRow, wanted, "category", "location_id")
    found += named(wanted.words, col(LocationRow.name), col(ConcernRow.reference))
    if wanted.in_hand == "mine":
        found.append(claim == who)
    elif wanted.in_hand == "nobody":
        found.append(claim.is_(None))
    return found


def _of(partnership: str, before: datetime | None) -> Any:
    mine = col(ConcernRow.partnership) == partnership
    return mine if before is None else and_(mine, col(ConcernRow.received_at) < before)


async def claim(work: Work, concern_id: UUID) -> TriageClaimRow | None:
    """Who has a concern in hand; the concern's own row is the lock."""
    return await work.session.get(TriageClaimRow, concern_id)


async def take(work: Work, row: ConcernRow, who: str) -> TriageClaimRow:
    """Let somebody have a concern in hand."""
    taken = TriageClaimRow(
        concern_id=row.id, partnership=row.partnership, held_by=who, held_since=work.now
    )
    work.session.add(taken)
    await work.session.flush()
    return taken


async def give_back(work: Work, taken: TriageClaimRow) -> None:
    """Nobody has it in hand any more."""
    await work.session.delete(taken)
    await work.session.flush()


async def overdue(
    work: Work, partnership: str, held: Collection[str], received_before: datetime
) -> tuple[int, datetime | None]:
    """How many wait longer than they may that holders may know of, and when the oldest came."""
    found = await work.session.execute(
        select(func.count(), func.min(ConcernRow.received_at))
        .where(col(ConcernRow.partnership) == partnership, knowable(held))
        .where(col(ConcernRow.state) == ConcernState.RECEIVED.value)
        .where(col(ConcernRow.received_at) < received_before)
    )
    count, oldest = found.one()
    return count, oldest


async def awaited(work: Work, rule: str, subject_id: UUID) -> datetime | None:
    """When a clock falls due that runs; None where none does."""
    clock = work.tables.clock
    running = select(clock.c.due_at).where(
        clock.c.rule == rule, clock.c.subject_id == subject_id, clock.c.state == "waiting"
    )
    due_at: datetime | None = await work.session.scalar(running)
    return due_at
