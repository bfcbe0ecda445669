"""Runs that erase."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.intake.tables import RetentionRunRow
from shared.platform.work import Work


async def run(work: Work, partnerships: Collection[str], run_id: UUID) -> RetentionRunRow | None:
    """A run, locked for a change."""
    row = await work.session.get(RetentionRunRow, run_id, with_for_update=True)
    return row if row is not None and row.partnership in partnerships else None


async def runs(
    work: Work, partnerships: Collection[str], after: tuple[Any, ...] | None, limit: int
) -> Sequence[RetentionRunRow]:
    """Runs, the newest first; one more than `limit` where there is more."""
    query = (
        select(RetentionRunRow)
        .where(col(RetentionRunRow.partnership).in_(partnerships))
        .where(*([] if after is None else [col(RetentionRunRow.id) < after[0]]))
        .order_by(col(RetentionRunRow.id).desc())
        .limit(limit + 1)
    )
    return (await work.session.scalars(query)).all()
