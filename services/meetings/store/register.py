"""Locations, agencies and contacts, as intake tells of them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import and_, delete, or_
from sqlmodel import col, select

from services.meetings.domain.agencies import Agencies, Agency
from services.meetings.domain.people import Contact
from services.meetings.tables import AgencyRow, ContactRow, LocationRow
from shared.contracts.words import AgencyFunction, HeldFunction, OfficeHolderRole
from shared.platform.bulk import one_of
from shared.platform.work import Work


async def location(work: Work, partnership: str, location_id: UUID) -> LocationRow | None:
    """A location, where intake has told of it already."""
    rows = await work.session.scalars(
        select(LocationRow).where(
            LocationRow.id == location_id, LocationRow.partnership == partnership
        )
    )
    return rows.one_or_none()


async def locations(
    work: Work, partnerships: Collection[str], location_ids: Collection[UUID]
) -> dict[UUID, LocationRow]:
    """Locations of partnerships, those that intake has told of already."""
    rows = await work.session.scalars(
        select(LocationRow)
        .where(one_of(col(LocationRow.id), location_ids))
        .where(col(LocationRow.partnership).in_(partnerships))
    )
    return {row.id: row for row in rows}


async def save_location(work: Work, row: LocationRow) -> None:
    """Save a location as it is from now on."""
    await work.session.merge(row)


async def save_agency(work: Work, row: AgencyRow) -> None:
    """Save an agency as it is from now on."""
    await work.session.merge(row)
    await work.session.flush()


async def agencies(work: Work, partnership: str) -> Agencies:
    """The agencies of a partnership with all functions that they hold, held and will hold."""
    rows = await work.session.scalars(
        select(AgencyRow).where(AgencyRow.partnership == partnership).order_by(AgencyRow.id)
    )
    return {row.id: _agency(row) for row in rows}


def _agency(row: AgencyRow) -> Agency:
    return Agency(
        id=row.id,
        functions=tuple(
            HeldFunction(
                AgencyFunction(held["function"]),
                date.fromisoformat(held["held_from"]),
                date.fromisoformat(held["held_to"]) if held["held_to"] else None,
            )
            for held in row.functions
        ),
        agreement_version=row.agreement_version,
        suspended=row.suspended,
        succeeds=frozenset({*row.succeeds, *([row.successor_of] if row.successor_of else [])}),
    )


async def save_contact(work: Work, row: ContactRow) -> None:
    """Save a contact as it is from now on."""
    await work.session.merge(row)


async def remove_contact(work: Work, person_ref: UUID) -> None:
    """Forget a contact. A tombstone names no partnership; the reference is unique without one."""
    await work.session.execute(delete(ContactRow).where(col(ContactRow.person_ref) == person_ref))


async def contact(work: Work, partnership: str, person_ref: UUID) -> Contact | None:
    """A contact by reference."""
    rows = await work.session.scalars(
        select(ContactRow).where(
            ContactRow.person_ref == person_ref, ContactRow.partnership == partnership
        )
    )
    row = rows.one_or_none()
    return _contact(row) if row else None


async def contacts_at(work: Work, place: LocationRow) -> Sequence[Contact]:
    """Those at a location, and those of its provider who are not of another location."""
    rows = await work.session.scalars(
        select(ContactRow)
        .where(ContactRow.partnership == place.partnership)
        .where(
            or_(
                col(ContactRow.location_id) == place.id,
                and_(
                    col(ContactRow.location_id).is_(None),
                    col(ContactRow.provider_id) == place.provider_id,
                ),
            )
        )
        .order_by(col(ContactRow.role), col(ContactRow.person_ref))
    )
    return [_contact(row) for row in rows]


def _contact(row: ContactRow) -> Contact:
    role = OfficeHolderRole(row.role) if row.role else None
    return Contact(row.person_ref, role, row.email, row.agency_id)
