"""Locations, agencies and contacts, as notifications has heard of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, cast, delete, func
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
from shared.platform.bulk import one_of
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


@dataclass(frozen=True, slots=True)
class Standing:
    """What a location's case has come to: its place, and its QIP with the fact it counts from."""

    place: Place | None = None
    qip_id: UUID | None = None
    since: int | None = None


async def standings(
    work: Work, locations: Collection[tuple[str, UUID]]
) -> dict[tuple[str, UUID], Standing]:
    """How locations stand, by partnership and location."""
    ids = {location_id for _, location_id in locations}
    if not ids:
        return {}
    given = func.unnest(cast(list(ids), ARRAY(Uuid))).table_valued("id", name="given")
    given = given.render_derived()
    rows = await work.session.execute(
        select(LocationRow, QipRow)
        .select_from(given)
        .outerjoin(LocationRow, col(LocationRow.id) == given.c.id)
        .outerjoin(QipRow, col(QipRow.location_id) == given.c.id)
        .execution_options(populate_existing=True)  # this very transaction may have changed them
    )
    known: dict[tuple[str, UUID], Place | None] = {}
    opened: dict[tuple[str, UUID], tuple[UUID, int]] = {}
    for location, qip in rows:
        if location is not None:
            known[location.partnership, location.id] = place_in(location)
        if qip is not None:
            opened[qip.partnership, qip.location_id] = (qip.qip_id, qip.since)
    return {one: Standing(known.get(one), *opened.get(one, (None, None))) for one in locations}


def place_in(row: LocationRow | None) -> Place | None:
    """The place of a location's row."""
    return Place(row.id, row.provider_id, row.reference, row.name) if row else None


async def agencies(work: Work, partnership: str, *, only: str | None = None) -> tuple[Agency, ...]:
    """The agencies of a partnership with their functions."""
    found = await agencies_in(work, [(partnership, None)])
    return tuple(one for one in found[partnership, None] if only in (None, one.id))


async def agencies_in(
    work: Work, cases: Collection[tuple[str, UUID | None]]
) -> dict[tuple[str, UUID | None], tuple[Agency, ...]]:
    """The agencies of partnerships with their functions and their membership of a QIP, by case."""
    functions = await _functions(work, {partnership for partnership, _ in cases})
    members = await _members(work, {qip_id for _, qip_id in cases if qip_id is not None})
    return {
        (partnership, qip_id): tuple(
            Agency(
                row.id,
                row.agreement_version,
                row.suspended,
                tuple(held),
                member=(qip_id, row.id) in members,
            )
            for row, held in functions.values()
            if row.partnership == partnership
        )
        for partnership, qip_id in cases
    }


async def _functions(
    work: Work, partnerships: Collection[str]
) -> dict[str, tuple[AgencyRow, list[Held]]]:
    """The agencies of partnerships in the order of their ids, with what they hold."""
    rows = await work.session.execute(
        select(AgencyRow, FunctionRow)
        .outerjoin(FunctionRow, col(FunctionRow.agency_id) == col(AgencyRow.id))
        .where(col(AgencyRow.partnership).in_(partnerships))
        .order_by(col(AgencyRow.id))
        .execution_options(populate_existing=True)  # this very transaction may have changed them
    )
    found: dict[str, tuple[AgencyRow, list[Held]]] = {}
    for agency, function in rows:
        held = found.setdefault(agency.id, (agency, []))[1]
        if function is not None:
            held.append(Held(function.function, function.held_from, function.held_to))
    return found


async def _members(work: Work, qips: Collection[UUID]) -> set[tuple[UUID, str]]:
    if not qips:
        return set()
    rows = await work.session.execute(
        select(col(MemberRow.qip_id), col(MemberRow.agency_id))
        .where(one_of(col(MemberRow.qip_id), qips))
        .where(col(MemberRow.left_at).is_(None))
    )
    return {(qip_id, agency_id) for qip_id, agency_id in rows}


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
        .where(one_of(col(ContactRow.person_ref), references))
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
