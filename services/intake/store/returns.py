"""Quality returns that are awaited, that came, and that did not."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert

from services.intake.tables import ExpectedReturnRow
from shared.platform.work import Work


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
