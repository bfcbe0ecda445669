"""Quality returns that are awaited, that came, and that did not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.intake.store.pages import Place, page
from services.intake.tables import ExpectedReturnRow, LocationRow
from shared.platform.work import Work

BY_DUE_DATE = (date, UUID)
"""The types of what a cursor of overdue returns holds."""


async def came(work: Work, row: dict[str, Any]) -> None:
    """A return is there, whatever was known of it."""
    fresh = insert(ExpectedReturnRow).values(**row)
    told = {"state": row["state"], "agency_id": row["agency_id"]}
    await work.session.execute(fresh.on_conflict_do_update(index_elements=["id"], set_=told))


async def awaited(work: Work, row: dict[str, Any]) -> bool:
    """Await a return; False where it has come already, or is awaited."""
    fresh = insert(ExpectedReturnRow).values(**row).on_conflict_do_nothing()
    found = await work.session.execute(fresh.returning(ExpectedReturnRow.id))  # type: ignore[call-overload]  # SQLModel types columns as values
    return found.first() is not None


async def expected(
    work: Work, partnerships: Collection[str], id_: UUID
) -> ExpectedReturnRow | None:
    """A return that is awaited, locked for a change."""
    row = await work.session.get(ExpectedReturnRow, id_, with_for_update=True)
    return row if row is not None and row.partnership in partnerships else None


async def overdue(
    work: Work,
    partnerships: Collection[str],
    agency_id: str | None,
    location_id: UUID | None,
    place: Place,
    limit: int,
) -> Sequence[tuple[ExpectedReturnRow, LocationRow]]:
    """Returns that did not come, with their locations, the longest due first."""
    expected = ExpectedReturnRow
    query = (
        select(expected, LocationRow)
        .join(LocationRow, col(LocationRow.id) == col(expected.location_id))
        .where(col(expected.partnership).in_(partnerships), col(expected.state) == "overdue")
    )
    if agency_id is not None:
        query = query.where(col(expected.agency_id) == agency_id)
    if location_id is not None:
        query = query.where(col(expected.location_id) == location_id)
    keys = col(expected.due_on), col(expected.id)
    rows = await work.session.execute(page(query, keys, place, limit))
    return [(row[0], row[1]) for row in rows]
