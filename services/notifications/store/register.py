"""Locations, agencies and contacts, as notifications has heard of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.sql import Select
from sqlmodel import col

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
from shared.platform.prepared import Prepared, among, given
from shared.platform.work import Work


async def save_location(work: Work, row: LocationRow) -> bool:
    """Save a location as it is from now on; True where it was not known before."""
    known = await work.session.scalar(
        select(col(LocationRow.id))
        .where(col(LocationRow.id) == row.id, col(LocationRow.partnership) == row.partnership)
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
    if not locations:
        return {}
    known: dict[tuple[str, UUID], Place] = {}
    opened: dict[tuple[str, UUID], tuple[UUID, int]] = {}
    for row in await _STANDINGS.rows(work.session, ids={id_ for _, id_ in locations}):
        if row["known_in"] is not None:
            place = Place(row["id"], row["provider_id"], row["reference"], row["name"])
            known[row["known_in"], row["id"]] = place
        if row["opened_in"] is not None:
            opened[row["opened_in"], row["id"]] = (row["qip_id"], row["since"])
    return {one: Standing(known.get(one), *opened.get(one, (None, None))) for one in locations}


def _standings() -> Select[*tuple[Any, ...]]:
    ids = func.unnest(given("ids", col(LocationRow.id))).table_valued("id", name="given")
    ids = ids.render_derived()
    return (
        select(
            ids.c.id,
            col(LocationRow.partnership).label("known_in"),
            col(LocationRow.provider_id),
            col(LocationRow.reference),
            col(LocationRow.name),
            col(QipRow.partnership).label("opened_in"),
            col(QipRow.qip_id),
            col(QipRow.since),
        )
        .select_from(ids)
        .outerjoin(LocationRow, col(LocationRow.id) == ids.c.id)
        .outerjoin(QipRow, col(QipRow.location_id) == ids.c.id)
    )


_STANDINGS = Prepared(_standings)


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
    found = await _agencies(work, {partnership for partnership, _ in cases})
    members = await _members(work, {qip_id for _, qip_id in cases if qip_id is not None})
    return {
        (partnership, qip_id): tuple(
            replace(agency, member=True) if (qip_id, agency.id) in members else agency
            for agency in found.get(partnership, ())
        )
        for partnership, qip_id in cases
    }


async def _agencies(work: Work, partnerships: Collection[str]) -> dict[str, list[Agency]]:
    """The agencies of partnerships in the order of their ids, with what they hold."""
    rows = await _AGENCIES.rows(work.session, partnerships=partnerships)
    found: dict[str, list[Agency]] = {}
    for (partnership, id_, version, suspended), functions in groupby(rows, lambda row: row[:4]):
        held = tuple(Held(*function[4:]) for function in functions if function[4] is not None)
        found.setdefault(partnership, []).append(Agency(id_, version, suspended, held))
    return found


_AGENCIES = Prepared(
    lambda: (
        select(
            col(AgencyRow.partnership),
            col(AgencyRow.id),
            col(AgencyRow.agreement_version),
            col(AgencyRow.suspended),
            col(FunctionRow.function),
            col(FunctionRow.held_from),
            col(FunctionRow.held_to),
        )
        .select_from(AgencyRow)
        .outerjoin(FunctionRow, col(FunctionRow.agency_id) == col(AgencyRow.id))
        .where(among(col(AgencyRow.partnership), "partnerships"))
        .order_by(col(AgencyRow.id))
    )
)


async def _members(work: Work, qips: Collection[UUID]) -> set[tuple[UUID, str]]:
    if not qips:
        return set()
    rows = await _MEMBERS.rows(work.session, qips=qips)
    return {(qip_id, agency_id) for qip_id, agency_id in rows}


_MEMBERS = Prepared(
    lambda: (
        select(col(MemberRow.qip_id), col(MemberRow.agency_id))
        .where(among(col(MemberRow.qip_id), "qips"))
        .where(col(MemberRow.left_at).is_(None))
    )
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
    rows = await _CONTACTS.rows(work.session, partnership=partnership, references=references)
    return {row["person_ref"]: ContactRow(**row) for row in rows}


_CONTACTS = Prepared(
    lambda: (
        select(*ContactRow.__table__.columns)  # type: ignore[attr-defined]  # SQLModel makes it
        .where(col(ContactRow.partnership) == bindparam("partnership"))
        .where(among(col(ContactRow.person_ref), "references"))
    )
)


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
