"""What waits for triage, and who has it in hand."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select, tuple_
from sqlmodel import col

from services.intake.domain.concerns import ConcernState
from services.intake.store.handlings import knowable
from services.intake.tables import ConcernRow, LocationRow, TriageClaimRow
from shared.platform.work import Work

Queued = tuple[ConcernRow, LocationRow, TriageClaimRow | None]


async def waiting(
    work: Work,
    held: Collection[str],
    received_before: Mapping[str, datetime | None],
    after: tuple[Any, ...] | None,
    limit: int,
    *,
    in_hand_of: str | None = None,
    free: bool = False,
) -> Sequence[Queued]:
    """Concerns that wait for triage, the oldest first; one more than `limit` where there is more.

    `received_before` has the partnerships to look into, each with an instant or None for all;
    `in_hand_of` keeps what one person has, `free` what nobody has.
    """
    claim = col(TriageClaimRow.held_by)
    query = (
        select(ConcernRow, LocationRow, TriageClaimRow)
        .join(LocationRow, col(LocationRow.id) == col(ConcernRow.location_id))
        .outerjoin(TriageClaimRow, col(TriageClaimRow.concern_id) == col(ConcernRow.id))
        .where(col(ConcernRow.state) == ConcernState.RECEIVED.value, knowable(held))
        .where(or_(*(_of(name, before) for name, before in received_before.items())))
        .where(*([claim == in_hand_of] if in_hand_of is not None else []))
        .where(*([claim.is_(None)] if free else []))
        .order_by(col(ConcernRow.received_at), col(ConcernRow.id))
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(tuple_(col(ConcernRow.received_at), col(ConcernRow.id)) > after)
    rows = await work.session.execute(query)
    return [(row[0], row[1], row[2]) for row in rows]


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
