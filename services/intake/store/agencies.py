"""Agencies and the functions that they hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import delete, or_
from sqlmodel import col, select

from services.intake.domain.door import Agency
from services.intake.tables import AgencyRow, FunctionRow
from shared.contracts.words import AgencyFunction
from shared.platform.work import Work


async def agency(work: Work, agency_id: str) -> Agency | None:
    """An agency with the functions that it holds today."""
    row = await work.session.get(AgencyRow, agency_id)
    if row is None:
        return None
    held = await held_on(work, agency_id, work.today)
    return Agency(row.id, row.partnership, row.suspended, held)


async def held_on(work: Work, agency_id: str, day: date) -> frozenset[AgencyFunction]:
    """The functions that an agency holds on a day."""
    held = await work.session.scalars(
        select(FunctionRow.function)
        .where(FunctionRow.agency_id == agency_id, FunctionRow.held_from <= day)
        .where(or_(col(FunctionRow.held_to).is_(None), col(FunctionRow.held_to) >= day))
    )
    return frozenset(AgencyFunction(name) for name in held)


async def row_of(work: Work, agency_id: str) -> AgencyRow | None:
    """An agency's row."""
    return await work.session.get(AgencyRow, agency_id)


async def functions_of(work: Work, agency_id: str) -> Sequence[FunctionRow]:
    """All functions that an agency has held, holds and will hold."""
    rows = await work.session.scalars(
        select(FunctionRow)
        .where(FunctionRow.agency_id == agency_id)
        .order_by(FunctionRow.function, col(FunctionRow.held_from))
    )
    return rows.all()


async def replace(work: Work, row: AgencyRow, functions: Sequence[FunctionRow]) -> None:
    """Save an agency with its functions as they are from now on."""
    await work.session.merge(row)
    await work.session.flush()
    await work.session.execute(delete(FunctionRow).where(col(FunctionRow.agency_id) == row.id))
    work.session.add_all(functions)
    await work.session.flush()
