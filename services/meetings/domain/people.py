"""Whom the chair writes to at a provider, and who is kept out of the case (L1.3j, L1.2c, L4)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from services.meetings.domain.values import cannot_be
from shared.contracts.words import ImplicatedRole, OfficeHolderRole, Refused, refused


@dataclass(frozen=True, slots=True)
class Contact:
    """Somebody with a work address: an office holder at a provider, or at work for an agency."""

    person_ref: UUID
    role: OfficeHolderRole | None
    email: str
    agency_id: str | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whom the chair wrote to, with the office held then."""

    person_ref: UUID
    role: OfficeHolderRole | None
    named: bool = False
    """True where the chair chose this person, not just whoever holds the office."""


@dataclass(frozen=True, slots=True)
class ContactMade:
    """A contact with the provider as the chair records it."""

    contacted_on: date
    channel: str
    pre_meeting: str
    recipients: Sequence[UUID] | None = None
    """None: the registered manager and the nominated individual or proprietor (L4.1, L4.2)."""
    substitute_ref: UUID | None = None


def implicated_people(
    contacts: Iterable[Contact], implicated: Collection[ImplicatedRole]
) -> frozenset[UUID]:
    """Those whose office is implicated, under every other office that they hold as well."""
    contacts = tuple(contacts)
    offices = {role.value for role in implicated}
    addresses = {c.email.casefold() for c in contacts if c.role and c.role.value in offices}
    return frozenset(c.person_ref for c in contacts if c.email.casefold() in addresses)


def recipients(
    contacts: Sequence[Contact],
    implicated: Collection[ImplicatedRole],
    *,
    chosen: Sequence[UUID] | None,
    substitute: UUID | None,
) -> tuple[Recipient, ...]:
    """Whom the chair contacts: those chosen, else the provider's office holders (L1.3j, L4.1-2).

    An implicated person is left out, and refused where chosen by name; where nobody is left, the
    chair names a substitute (L1.2c). Raises Refused.
    """
    known = {c.person_ref: c for c in contacts}
    barred = implicated_people(contacts, implicated)
    named = [*(chosen or ()), *([substitute] if substitute else [])]
    for field, ref in [*(("recipients", r) for r in chosen or ()), ("substitute_ref", substitute)]:
        if ref is not None and ref not in known:
            raise _unknown(field)
        if ref in barred:
            raise refused(
                "L1.2c",
                "An implicated person is kept out of every contact of the case.",
                "Name a substitute at the provider who is not implicated.",
                field=field,
            )
    if chosen is None and ImplicatedRole.SENIOR_MANAGER not in implicated:
        # Which office an implicated senior manager holds nobody knows but the chair, who says.
        named = [c.person_ref for c in contacts if c.role and c.person_ref not in barred] + named
    if not named:
        raise _nobody(restricted=bool(implicated))
    picked = {*(chosen or ()), substitute}
    return tuple(Recipient(r, known[r].role, r in picked) for r in dict.fromkeys(named))


def invitees(
    earlier: Sequence[Recipient],
    contacts: Sequence[Contact],
    implicated: Collection[ImplicatedRole],
) -> tuple[UUID, ...]:
    """Whom an invitation goes to: those contacted, or who holds the office of one who has left.

    With some senior manager implicated only those stay whom the chair chose in person. May be
    empty: then the chair has to contact the provider anew.
    """
    barred = implicated_people(contacts, implicated)
    present = {c.person_ref for c in contacts}
    only_named = ImplicatedRole.SENIOR_MANAGER in implicated
    found: list[UUID] = []
    for person in earlier:
        if person.person_ref in present and (person.named or not only_named):
            found.append(person.person_ref)
        elif person.person_ref not in present and person.role and not only_named:
            found += [c.person_ref for c in contacts if c.role is person.role]
    return tuple(ref for ref in dict.fromkeys(found) if ref not in barred)


def nobody_to_invite(*, implicated: bool) -> Refused:
    """Those contacted have left, or are implicated now."""
    return refused(
        "L1.2c" if implicated else "L1.3j",
        "Nobody is left at the provider to invite.",
        "Contact the provider again and name a substitute.",
    )


def check_contacted_on(contacted_on: date, *, opened_on: date, today: date) -> None:
    """The chair contacts the provider once the QIP is open. Raises Refused."""
    if not opened_on <= contacted_on <= today:
        raise cannot_be(
            "contacted_on",
            "The contact lies in the future, or before the QIP was opened.",
            "Give the date of the contact, as it was in London.",
        )


def _unknown(field: str) -> Refused:
    return refused(
        "L1.3j",
        "The register has no such person at this provider.",
        "Choose among the provider's contacts, or enter the person there first.",
        field=field,
    )


def _nobody(*, restricted: bool) -> Refused:
    if restricted:
        return refused(
            "L1.2c",
            "Whoever would be contacted is, or may be, implicated.",
            "Name a substitute at the provider who is not implicated.",
            field="substitute_ref",
        )
    return refused(
        "L1.3j",
        "The register knows no registered manager, nominated individual or proprietor here.",
        "Enter the office holder in the register, or name a recipient.",
        field="recipients",
    )
