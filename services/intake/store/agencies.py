"""Agencies and the functions that they hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Date,
    and_,
    bindparam,
    delete,
    or_,
    update,
)
from sqlmodel import col, select

from services.intake.domain.agencies import Followed
from services.intake.domain.door import Agency
from services.intake.store.pages import Place, page
from services.intake.tables import AgencyRow, AgencySuccessionRow, AgreementRow, FunctionRow
from shared.contracts.words import AgencyFunction
from shared.platform.prepared import Prepared, among
from shared.platform.work import Work

FILE = "the file of agencies"
"""Who recorded what the installation's own file names."""
_ACTS = ("successions",)


async def agencies(work: Work, agency_ids: Collection[str]) -> dict[str, Agency]:
    """Agencies, those that are known, with the functions that they hold today."""
    rows = await _AGENCIES.rows(work.session, ids=list(agency_ids), today=work.today)
    held: dict[tuple[str, str, bool], set[AgencyFunction]] = defaultdict(set)
    for id_, partnership, suspended, function in rows:
        held[id_, partnership, suspended] |= {AgencyFunction(function)} if function else set()
    return {
        id_: Agency(id_, partnership, suspended, frozenset(functions))
        for (id_, partnership, suspended), functions in held.items()
    }


_AGENCIES = Prepared(
    lambda: (
        select(AgencyRow.id, AgencyRow.partnership, AgencyRow.suspended, FunctionRow.function)
        .outerjoin(
            FunctionRow,
            and_(
                col(FunctionRow.agency_id) == col(AgencyRow.id),
                *_held_on(bindparam("today", type_=Date)),
            ),
        )
        .where(among(col(AgencyRow.id), "ids"))
    )
)


async def listed(
    work: Work,
    partnerships: Collection[str],
    words: str | None,
    function: AgencyFunction | None,
    suspended: bool | None,
    place: Place,
    limit: int,
) -> Sequence[AgencyRow]:
    """Agencies by name or id, by a function that they hold today, suspended or not."""
    query = select(AgencyRow).where(col(AgencyRow.partnership).in_(partnerships))
    if words is not None:
        name, id_ = col(AgencyRow.name), col(AgencyRow.id)
        found = name.icontains(words, autoescape=True), id_.istartswith(words, autoescape=True)
        query = query.where(or_(*found))
    if function is not None:
        holders = select(FunctionRow.agency_id).where(
            FunctionRow.function == function.value, *_held_on(work.today)
        )
        query = query.where(col(AgencyRow.id).in_(holders))
    if suspended is not None:
        query = query.where(col(AgencyRow.suspended) == suspended)
    return (await work.session.scalars(page(query, [col(AgencyRow.id)], place, limit))).all()


def _held_on(day: date | BindParameter[date]) -> tuple[ColumnElement[bool], ...]:
    ends = col(FunctionRow.held_to)
    return col(FunctionRow.held_from) <= day, or_(ends.is_(None), ends >= day)


async def row_of(work: Work, agency_id: str) -> AgencyRow | None:
    """An agency's row."""
    return await work.session.get(AgencyRow, agency_id)


async def hold(work: Work, row: AgencyRow) -> None:
    """Read an agency again and lock it for a change."""
    await work.session.refresh(row, with_for_update=True)


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
    await replace_functions(work, row.id, functions)


async def replace_functions(work: Work, agency_id: str, functions: Sequence[FunctionRow]) -> None:
    """Save an agency's functions as they are from now on."""
    await work.session.flush()
    await work.session.execute(delete(FunctionRow).where(col(FunctionRow.agency_id) == agency_id))
    work.session.add_all(functions)
    await work.session.flush()


async def keep_agreement(work: Work, row: AgencyRow, day: date, by: str) -> None:
    """Keep the version that an agency is bound by from a day on; what it signed before ends."""
    await end_agreements(work, row.id, day)
    if row.agreement_version is None:
        return
    await work.session.merge(
        AgreementRow(
            agency_id=row.id,
            version=row.agreement_version,
            signed_on=day,
            partnership=row.partnership,
            recorded_by=by,
            recorded_at=work.now,
        )
    )
    await work.session.flush()


async def end_agreements(work: Work, agency_id: str, day: date) -> None:
    """End what an agency is bound by."""
    await work.session.execute(
        update(AgreementRow)
        .where(col(AgreementRow.agency_id) == agency_id, col(AgreementRow.ended_on).is_(None))
        .values(ended_on=day)
    )


async def agreements_of(work: Work, agency_id: str) -> Sequence[AgreementRow]:
    """All that an agency has signed, in the order of the days."""
    rows = await work.session.scalars(
        select(AgreementRow)
        .where(AgreementRow.agency_id == agency_id)
        .order_by(col(AgreementRow.signed_on), AgreementRow.version)
        .execution_options(populate_existing=True)
    )
    return rows.all()


async def agreement_of_file(work: Work, agency_id: str) -> str | None:
    """The version that the file of agencies named when it was taken last."""
    found: str | None = await work.session.scalar(
        select(AgreementRow.version)
        .where(AgreementRow.agency_id == agency_id, AgreementRow.recorded_by == FILE)
        .order_by(col(AgreementRow.recorded_at).desc())
        .limit(1)
    )
    return found


async def keep_succession(
    work: Work, predecessor: AgencyRow, successor: AgencyRow, on: date, why: str, by: str
) -> None:
    """Keep that an agency follows another."""
    await work.session.merge(
        AgencySuccessionRow(
            predecessor=predecessor.id,
            successor=successor.id,
            partnership=predecessor.partnership,
            takes_over_on=on,
            why=why,
            recorded_by=by,
            recorded_at=work.now,
        )
    )
    await work.session.flush()


async def successions(work: Work, partnership: str) -> set[tuple[str, str]]:
    """Who follows whom, as predecessor and successor."""
    rows = await work.session.execute(
        select(AgencySuccessionRow.predecessor, AgencySuccessionRow.successor).where(
            AgencySuccessionRow.partnership == partnership
        )
    )
    return {(earlier, later) for earlier, later in rows}


async def acts(work: Work) -> Sequence[Followed]:
    """The acts of succession whose day has come; read once in a work."""
    if _ACTS not in work.ahead:
        ends = col(FunctionRow.held_to)
        holding = select(FunctionRow.agency_id).where(or_(ends.is_(None), ends >= work.today))
        rows = await work.session.execute(
            select(
                AgencySuccessionRow.predecessor,
                AgencySuccessionRow.successor,
                col(AgencySuccessionRow.predecessor).not_in(holding),
            )
            .where(col(AgencySuccessionRow.takes_over_on) <= work.today)
            .order_by(AgencySuccessionRow.predecessor, AgencySuccessionRow.successor)
        )
        work.ahead[_ACTS] = [Followed(*row) for row in rows]
    found: list[Followed] = work.ahead[_ACTS]
    return found


async def predecessors_of(work: Work, agency_id: str) -> set[str]:
    """Whom an agency follows."""
    rows = await work.session.scalars(
        select(AgencySuccessionRow.predecessor).where(AgencySuccessionRow.successor == agency_id)
    )
    return set(rows)
