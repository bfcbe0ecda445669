"""Agencies and the functions that they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, and_, delete, or_
from sqlmodel import col, select

from services.intake.domain.door import Agency
from services.intake.tables import AgencyRow, FunctionRow
from shared.contracts.words import AgencyFunction
from shared.platform.work import Work


async def agencies(work: Work, agency_ids: Collection[str]) -> dict[str, Agency]:
    """Agencies, those that are known, with the functions that they hold today."""
    rows = await work.session.execute(
        select(AgencyRow.id, AgencyRow.partnership, AgencyRow.suspended, FunctionRow.function)
        .outerjoin(
            FunctionRow,
            and_(col(FunctionRow.agency_id) == col(AgencyRow.id), *_held_on(work.today)),
        )
        .where(col(AgencyRow.id).in_(agency_ids))
    )
    held: dict[tuple[str, str, bool], set[AgencyFunction]] = defaultdict(set)
    for id_, partnership, suspended, function in rows:
        held[id_, partnership, suspended] |= {AgencyFunction(function)} if function else set()
    return {
        id_: Agency(id_, partnership, suspended, frozenset(functions))
        for (id_, partnership, suspended), functions in held.items()
    }


async def held_on(work: Work, agency_id: str, day: date) -> frozenset[AgencyFunction]:
    """The functions that an agency holds on a day."""
    held = await work.session.scalars(
        select(FunctionRow.function).where(FunctionRow.agency_id == agency_id).where(*_held_on(day))
    )
    return frozenset(AgencyFunction(name) for name in held)


def _held_on(day: date) -> tuple[ColumnElement[bool], ...]:
    ends = col(FunctionRow.held_to)
    return col(FunctionRow.held_from) <= day, or_(ends.is_(None), ends >= day)


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
