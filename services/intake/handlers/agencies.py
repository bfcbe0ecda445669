"""Register agencies and their people: functions from-to, agreement, suspension, contacts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.intake.domain.agencies import merge_functions
from services.intake.handlers import personal_data
from services.intake.store import agencies as store
from services.intake.store import register
from services.intake.tables import AgencyRow, ContactRow, FunctionRow
from shared.contracts.agencies import Agency
from shared.contracts.intake import AgencyUpdated, ContactChanged, ContactRemoved, FunctionHeld
from shared.contracts.words import AgencyFunction, HeldFunction, OfficeHolderRole
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
    """Register an agency, or what changed about it; False where nothing did.

    A function that is no longer listed ends today; what was held, signed or followed stays.
    """
    known = await store.row_of(work, agency.id)
    version = agency.agreement_version
    told_before = await store.agreement_of_file(work, agency.id) if known else None
    if known is not None and version == told_before:
        version = known.agreement_version  # what people recorded since stands
    row = AgencyRow(
        id=agency.id,
        partnership=agency.partnership,
        name=agency.name,
        agreement_version=version,
        suspended=known.suspended if known else False,
        successor_of=agency.successor_of,
    )
    before = await store.functions_of(work, agency.id)
    passed = [one for one in before if one.gained_from is not None]
    of_file = held_by(one for one in before if one.gained_from is None)
    functions = merge_functions(of_file, agency.functions, work.today)
    same = known is not None and known.model_dump() == row.model_dump()
    if same and set(of_file) == set(functions):
        return False
    signed_anew = known is None or known.agreement_version != version
    kept = [FunctionRow(**one.model_dump()) for one in passed]
    await store.replace(work, row, [*rows_of(row, functions), *kept])
    if signed_anew:
        await store.keep_agreement(work, row, work.today, store.FILE)
    await announce(work, row)
    return True


def held_by(rows: Iterable[FunctionRow]) -> tuple[HeldFunction, ...]:
    """The functions of rows."""
    return tuple(
        HeldFunction(AgencyFunction(row.function), row.held_from, row.held_to) for row in rows
    )


def rows_of(
    agency: AgencyRow,
    functions: Sequence[HeldFunction],
    gained_from: Mapping[HeldFunction, str | None] | None = None,
) -> list[FunctionRow]:
    """The rows of functions; `gained_from` tells of those that passed from another agency."""
    return [
        FunctionRow(
            partnership=agency.partnership,
            agency_id=agency.id,
            function=held.function.value,
            held_from=held.held_from,
            held_to=held.held_to,
            gained_from=(gained_from or {}).get(held),
        )
        for held in functions
    ]


async def announce(work: Work, row: AgencyRow) -> None:
    """Tell of an agency as it is now."""
    held = held_by(await store.functions_of(work, row.id))
    before = await store.predecessors_of(work, row.id)
    work.announce(
        AgencyUpdated(
            partnership=row.partnership,
            agency_id=row.id,
            name=row.name,
            functions=tuple(
                FunctionHeld(function=one.function, held_from=one.held_from, held_to=one.held_to)
                for one in sorted(held, key=lambda h: (h.function, h.held_from))
            ),
            agreement_version=row.agreement_version,
            suspended=row.suspended,
            successor_of=row.successor_of,
            succeeds=tuple(sorted({*before, *([row.successor_of] if row.successor_of else [])})),
        )
    )


async def suspend_agency(
    work: Work, partnerships: frozenset[str], agency_id: str, by: str, *, suspended: bool, why: str
) -> None:
    """Cut an agency off at once, or let it in again; the broker's ACLs follow by command."""
    personal_data.check_staff(work, why=why)
    row = await agency_within(work, partnerships, agency_id)
    did = "agency.suspended" if suspended else "agency.readmitted"
    work.audit(by, did, agency_id, partnership=row.partnership, why=why)
    if row.suspended == suspended:
        return
    row.suspended = suspended
    await announce(work, row)


async def agency_within(work: Work, partnerships: frozenset[str], agency_id: str) -> AgencyRow:
    """An agency of the partnerships, to be changed. Raises not-found."""
    row = await store.row_of(work, agency_id)
    if row is None or row.partnership not in partnerships:
        raise not_found()
    return row


@dataclass(frozen=True, slots=True)
class Registered:
    """What registering a contact did, or would do."""

    new: bool
    left: int = 0
    """How many held the office until now."""


async def register_contact(
    work: Work, partnership: str, contact: Contact, *, dry_run: bool = False
) -> Registered:
    """Register who holds an office; who held it leaves. Raises not-found for no place."""
    location_id, provider_id = await _place(work, partnership, contact)
    known = await register.contacts_of_place(work, partnership, location_id, contact.agency_id)
    role = contact.role.value if contact.role else None
    same = (role, contact.name, contact.email)
    if any((row.role, row.name, row.email) == same for row in known):
        return Registered(new=False)
    leaving = [row for row in known if role is not None and row.role == role]
    if dry_run:
        return Registered(new=True, left=len(leaving))
    for row in leaving:
        leave(work, row)
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
    return Registered(new=True, left=len(leaving))


def leave(work: Work, row: ContactRow) -> None:
    """Somebody holds their office no more: nothing is written to them from now on."""
    row.left_at = work.now
    work.announce(ContactRemoved(partnership=row.partnership, person_ref=row.person_ref))


async def _place(work: Work, partnership: str, contact: Contact) -> tuple[UUID | None, UUID | None]:
    if contact.location_reference is None:
        return None, None
    location = await register.location_by_reference(work, partnership, contact.location_reference)
    if location is None:
        raise not_found()
    return location.id, location.provider_id
