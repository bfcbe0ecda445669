"""What was handed to safeguarding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.intake.store.pages import Place, page
from services.intake.tables import ConcernRow, HandoverRow
from shared.platform.work import Work


async def handover(
    work: Work, partnerships: Collection[str], concern_id: UUID
) -> HandoverRow | None:
    """A handover, locked for a change."""
    row = await work.session.get(HandoverRow, concern_id, with_for_update=True)
    return row if row is not None and row.partnership in partnerships else None


async def open_handovers(
    work: Work, partnerships: Collection[str], place: Place, limit: int
) -> Sequence[tuple[HandoverRow, ConcernRow]]:
    """Handovers that nobody has acknowledged, the oldest first."""
    query = (
        select(HandoverRow, ConcernRow)
        .where(col(HandoverRow.concern_id) == col(ConcernRow.id))
        .where(col(HandoverRow.acknowledged_at).is_(None))
        .where(col(HandoverRow.partnership).in_(partnerships))
    )
    keys = col(HandoverRow.handed_over_at), col(HandoverRow.concern_id)
    rows = await work.session.execute(page(query, keys, place, limit))
    return [(row[0], row[1]) for row in rows]


async def handovers_at(work: Work, location_id: UUID) -> Sequence[HandoverRow]:
    """Handovers of a location that nobody has acknowledged, locked for a change."""
    rows = await work.session.scalars(
        select(HandoverRow)
        .where(col(HandoverRow.concern_id) == col(ConcernRow.id))
        .where(ConcernRow.location_id == location_id)
        .where(col(HandoverRow.acknowledged_at).is_(None))
        .with_for_update()
    )
    return rows.all()
