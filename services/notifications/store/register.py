"""Locations, agencies and contacts, as notifications has heard of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.notifications.domain.projection import Place
from services.notifications.domain.rights import Agency, Held
from services.notifications.tables import (
    AgencyRow,
    ContactRow,
    FunctionRow,
    LocationRow,
    MemberRow,
    QipRow,
)
from shared.platform.work import Work


async def save_location(work: Work, row: LocationRow) -> bool:
    """Save a location as it is from now on; True where it was not known before."""
    known = await work.session.scalar(
        select(LocationRow.id)
        .where(LocationRow.id == row.id, LocationRow.partnership == row.partnership)
        .with_for_update()
    )
    await _upsert(work, LocationRow, row, ["id"])
    return known is None


async def standing(
    work: Work, partnership: str, location_id: UUID
) -> tuple[Place | None, int | None, UUID | None]:
    """A location's place, the fact from which its QIP counts, and the QIP."""
    row: Any = (
        await work.session.execute(
            select(LocationRow, QipRow.since, QipRow.qip_id)
            .select_from(_one_row(location_id))
            .outerjoin(
                LocationRow,
                and_(
                    col(LocationRow.id) == location_id, col(LocationRow.partnership) == partnership
                ),
            )
            .outerjoin(
                QipRow,
                and_(
                    col(QipRow.location_id) == location_id, col(QipRow.partnership) == partnership
                ),
            )
            .execution_options(populate_existing=True)
        )
    ).one()
    return place_in(row[0]), row[1], row[2]


def _one_row(location_id: UUID) -> Any:
    return select(literal(location_id).label("wanted")).subquery()


def place_in(row: LocationRow | None) -> Place | None:
    """The place of a location's row."""
    return Place(row.id, row.provider_id, row.reference, row.name) if row else None


async def agencies(
    work: Work, partnership: str, *, qip_id: UUID | None = None, only: str | None = None
) -> tuple[Agency, ...]:
    """The agencies of a partnership with their functions and their membership of a QIP."""
    statement = (
        select(AgencyRow, FunctionRow, MemberRow.agency_id)
        .outerjoin(FunctionRow, col(FunctionRow.agency_id) == col(AgencyRow.id))
        .outerjoin(
            MemberRow,
            and_(
                col(MemberRow.agency_id) == col(AgencyRow.id),
                col(MemberRow.qip_id) == qip_id,
                col(MemberRow.left_at).is_(None),
            ),
        )
        .where(AgencyRow.partnership == partnership)
        .order_by(col(AgencyRow.id))
        .execution_options(populate_existing=True)  # rights may have changed in this transaction
    )
    if only is not None:
        statement = statement.where(AgencyRow.id == only)
    found: dict[str, AgencyRow] = {}
    functions: dict[str, list[Held]] = defaultdict(list)
    members: set[str] = set()
    rows: Any = await work.session.execute(statement)
    for agency, function, member in rows:
        found[agency.id] = agency
        if function is not None:
            functions[agency.id].append(
                Held(function.function, function.held_from, function.held_to)
            )
        if member is not None:
            members.add(agency.id)
    return tuple(
        Agency(
            id=row.id,
            agreement_version=row.agreement_version,
            suspended=row.suspended,
            functions=tuple(functions[row.id]),
            member=row.id in members,
        )
        for row in found.values()
    )


async def save_agency(work: Work, row: AgencyRow, functions: Sequence[FunctionRow]) -> None:
    """Save an agency with its functions as they are from now on."""
    await _upsert(work, AgencyRow, row, ["id"])
    await work.session.execute(delete(FunctionRow).where(col(FunctionRow.agency_id) == row.id))
    if functions:
        await work.session.execute(
            insert(FunctionRow), [function.model_dump() for function in functions]
        )


async def contacts(
    work: Work, partnership: str, references: Collection[UUID]
) -> dict[UUID, ContactRow]:
    """Those of the people whose address is known."""
    if not references:
        return {}
    rows = await work.session.scalars(
        select(ContactRow)
        .where(ContactRow.partnership == partnership)
        .where(col(ContactRow.person_ref).in_(references))
        .execution_options(populate_existing=True)
    )
    return {row.person_ref: row for row in rows}


async def save_contact(work: Work, row: ContactRow) -> None:
    """Save an office holder's address as it is from now on."""
    await _upsert(work, ContactRow, row, ["person_ref"])


async def remove_contact(work: Work, person_ref: UUID) -> None:
    """Forget an office holder. A tombstone names the person only, not the partnership."""
    await work.session.execute(delete(ContactRow).where(col(ContactRow.person_ref) == person_ref))


async def _upsert(work: Work, table: Any, row: Any, key: list[str]) -> None:
    values = row.model_dump()
    statement = insert(table).values(values)
    changes = {name: statement.excluded[name] for name in values if name not in key}
    await work.session.execute(statement.on_conflict_do_update(index_elements=key, set_=changes))
