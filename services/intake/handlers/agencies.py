"""Register agencies and their people: functions from-to, agreement, suspension, contacts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from services.intake.store import agencies as store
from services.intake.store import register
from services.intake.tables import AgencyRow, ContactRow, FunctionRow
from shared.contracts.agencies import Agency
from shared.contracts.intake import AgencyUpdated, ContactChanged, ContactRemoved, FunctionHeld
from shared.contracts.words import AgencyFunction, OfficeHolderRole
from shared.platform.problems import not_found
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Contact:
    """An office holder or an agency's officer with a work address."""

    location_reference: str | None
    agency_id: str | None
    role: OfficeHolderRole | None
    name: str
    email: str


async def register_agency(work: Work, agency: Agency) -> bool:
    """Register an agency, or what changed about it; False where nothing did."""
    functions = [
        FunctionRow(
            partnership=agency.partnership,
            agency_id=agency.id,
            function=held.function.value,
            held_from=held.held_from,
            held_to=held.held_to,
        )
        for held in agency.functions
    ]
    known = await store.row_of(work, agency.id)
    row = AgencyRow(
        id=agency.id,
        partnership=agency.partnership,
        name=agency.name,
        agreement_version=agency.agreement_version,
        suspended=known.suspended if known else False,
        successor_of=agency.successor_of,
    )
    before = await store.functions_of(work, agency.id)
    if known is not None and _same(known, row) and _spans(before) == _spans(functions):
        return False
    await store.replace(work, row, functions)
    _announce(work, row, functions)
    return True


def _same(known: AgencyRow, row: AgencyRow) -> bool:
    return known.model_dump() == row.model_dump()


def _spans(functions: Sequence[FunctionRow]) -> set[tuple[object, ...]]:
    return {(held.function, held.held_from, held.held_to) for held in functions}


def _announce(work: Work, row: AgencyRow, functions: Sequence[FunctionRow]) -> None:
    work.announce(
        AgencyUpdated(
            partnership=row.partnership,
            agency_id=row.id,
            name=row.name,
            functions=tuple(
                FunctionHeld(
                    function=AgencyFunction(held.function),
                    held_from=held.held_from,
                    held_to=held.held_to,
                )
                for held in sorted(functions, key=lambda h: (h.function, h.held_from))
            ),
            agreement_version=row.agreement_version,
            suspended=row.suspended,
            successor_of=row.successor_of,
        )
    )


async def suspend_agency(
    work: Work, partnerships: frozenset[str], agency_id: str, by: str, *, suspended: bool, why: str
) -> None:
    """Cut an agency off at once, or let it in again; the broker's ACLs follow by command."""
    row = await store.row_of(work, agency_id)
    if row is None or row.partnership not in partnerships:
        raise not_found()
    did = "agency.suspended" if suspended else "agency.readmitted"
    await work.audit(by, did, agency_id, partnership=row.partnership, why=why)
    if row.suspended == suspended:
        return
    row.suspended = suspended
    _announce(work, row, await store.functions_of(work, agency_id))


async def register_contact(work: Work, partnership: str, contact: Contact) -> bool:
    """Register who holds an office; False where nothing changed. Raises not-found for no place."""
    location_id, provider_id = await _place(work, partnership, contact)
    known = await register.contacts_of_place(work, partnership, location_id, contact.agency_id)
    role = contact.role.value if contact.role else None
    for row in known:
        if (row.role, row.name, row.email) == (role, contact.name, contact.email):
            return False
        if role is not None and row.role == role:
            _leave(work, row)
    row = ContactRow(
        person_ref=work.new_id(),
        partnership=partnership,
        provider_id=provider_id,
        location_id=location_id,
        agency_id=contact.agency_id,
        role=role,
        name=contact.name,
        email=contact.email,
    )
    work.session.add(row)
    work.announce(
        ContactChanged(
            partnership=partnership,
            person_ref=row.person_ref,
            provider_id=provider_id,
            location_id=location_id,
            agency_id=contact.agency_id,
            role=contact.role,
            name=contact.name,
            email=contact.email,
        )
    )
    return True


def _leave(work: Work, row: ContactRow) -> None:
    row.left_at = work.now
    work.announce(ContactRemoved(partnership=row.partnership, person_ref=row.person_ref))


async def _place(work: Work, partnership: str, contact: Contact) -> tuple[UUID | None, UUID | None]:
    if contact.location_reference is None:
        return None, None
    location = await register.location_by_reference(work, partnership, contact.location_reference)
    if location is None:
        raise not_found()
    return location.id, location.provider_id
