"""Concerns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.intake.tables import ConcernRow
from shared.platform.work import Work


async def hold_client_reference(work: Work, source: str, client_reference: str) -> None:
    """Whoever sends the same reference at the same moment waits until this work is done."""
    name = f"{work.tables.schema}.concern:{source}:{client_reference}"
    await work.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def concern_by_client_reference(
    work: Work, partnership: str, source: str, client_reference: str
) -> ConcernRow | None:
    """A concern by the reference that its submitter gave it."""
    rows = await work.session.scalars(
        select(ConcernRow).where(
            ConcernRow.partnership == partnership,
            ConcernRow.source == source,
            ConcernRow.client_reference == client_reference,
        )
    )
    return rows.one_or_none()


async def concern_by_reference(
    work: Work, partnerships: Collection[str], reference: str
) -> ConcernRow | None:
    """A concern by the reference that we gave it."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.reference == reference)
        .where(col(ConcernRow.partnership).in_(partnerships))
    )
    return rows.one_or_none()


async def concern(work: Work, partnerships: Collection[str], concern_id: UUID) -> ConcernRow | None:
    """A concern by our own id, locked for a change."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.id == concern_id)
        .where(col(ConcernRow.partnership).in_(partnerships))
        .with_for_update()
    )
    return rows.one_or_none()


async def concerns(
    work: Work, partnerships: Collection[str], state: str, limit: int
) -> Sequence[ConcernRow]:
    """Concerns of a state, the oldest first."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.state == state, col(ConcernRow.partnership).in_(partnerships))
        .order_by(col(ConcernRow.received_at), col(ConcernRow.id))
        .limit(limit)
    )
    return rows.all()
