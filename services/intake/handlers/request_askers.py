"""Who asks something of the team or of a provider, where, and what they may know is open."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from services.intake.domain import door
from services.intake.domain.requests import Asked
from services.intake.handlers import agreements, concerns, speakers
from services.intake.store import agencies, register
from services.intake.store import requests as store
from services.intake.tables import LocationRow, RequestRow
from shared.contracts.holdings import holdings, may_know
from shared.contracts.words import Handling, Role
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks, and as whom they may know what is open on a provider."""

    partnership: str
    name: str
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    agency: door.Agency | None = None
    roles: frozenset[Role] = frozenset()
    speaks_for: frozenset[str] = frozenset()
    """Agencies that are no more, whom this one follows alone."""

    @property
    def names(self) -> frozenset[str]:
        """Under which what is the asker's own was asked."""
        return frozenset({self.name, *(f"agency:{one}" for one in self.speaks_for)})

    @property
    def is_suspended(self) -> bool:
        """True of an agency that is cut off, and asks what the law lets it ask."""
        return self.agency is not None and self.agency.suspended

    @property
    def holders(self) -> frozenset[str]:
        """The holders as whom the asker may know NAMED requests."""
        if self.agency is None:
            return holdings(self.roles)
        return self.names | self.agency.functions


async def of_agency(work: Work, agency: door.Agency, roles: frozenset[Role] = frozenset()) -> Asker:
    """An agency as asker, by its people where they are signed in."""
    speaks_for = await speakers.spoken_for(work, agency.id)
    return Asker(agency.partnership, f"agency:{agency.id}", agency, roles, speaks_for)


async def of_person(work: Work, person: Person, partnership: str) -> Asker:
    """Somebody signed in as asker. Raises Refused where their agency is suspended."""
    if not _of_an_agency(person):
        return _own(person, partnership)
    agency = await _agency_of(work, person, by_law=False)
    return await _of_its_people(work, person, agency, partnership)


async def who_asks(work: Work, person: Person, asked: Asked) -> Asker:
    """Somebody signed in as asker, in the partnership where they ask. Raises Refused.

    What people of a suspended agency ask under the law is taken all the same.
    """
    if not _of_an_agency(person):
        return _own(person, await _partnership_of(work, person, asked))
    # First of all: which places there are is nothing that a suspended agency learns.
    agency = await _agency_of(work, person, by_law=asked.is_statutory)
    partnership = await _partnership_of(work, person, asked)
    return await _of_its_people(work, person, agency, partnership)


def _own(person: Person, partnership: str) -> Asker:
    provider = concerns.of_a_provider(person)
    # Whose sign-in names no provider is nobody's but their own; no reference begins so.
    own = person.provider or f"/{person.subject}"
    name = f"provider:{own}" if provider else f"staff:{person.subject}"
    return Asker(partnership, name, None, person.roles)


async def _of_its_people(
    work: Work, person: Person, agency: door.Agency, partnership: str
) -> Asker:
    if agency.partnership != partnership:
        raise not_found()
    return await of_agency(work, agency, person.roles)


def _of_an_agency(person: Person) -> bool:
    return person.agency is not None or person.has(Role.AGENCY_LIAISON)


async def _agency_of(work: Work, person: Person, *, by_law: bool) -> door.Agency:
    wanted = person.agency or ""
    agency = (await agencies.agencies(work, {wanted})).get(wanted)
    if agency is None:
        raise not_found()
    if agency.suspended and not by_law:
        raise door.suspended()
    return agency


async def _partnership_of(work: Work, person: Person, asked: Asked) -> str:
    """Where a person asks: the partnership of the location, or the first of their own.

    A provider's people ask about their own locations only. Raises Refused.
    """
    for partnership in sorted(person.partnerships):
        if asked.location is None:
            break
        place = await register.location_by_reference(work, partnership, asked.location)
        if place is None:
            continue
        if not concerns.of_a_provider(person) or await register.runs(work, place, person.provider):
            return partnership
    if not asked.is_statutory or not person.partnerships:
        raise door.unknown_location()
    return min(person.partnerships)


async def place_of(work: Work, asker: Asker, reference: str | None) -> LocationRow | None:
    """The location that an asker names, where they name one that their partnership has."""
    if reference is None:
        return None
    return await register.location_by_reference(work, asker.partnership, reference)


def known_open(work: Work, asker: Asker, place: LocationRow | None) -> Sequence[RequestRow]:
    """What is open on a place's provider, as far as the asker may know of it (W3.3)."""
    if place is None or asker.is_suspended:
        return []
    return [one for one in store.open_on(work, place.provider_id) if may_see(work, one, asker)]


def may_see(work: Work, row: RequestRow, asker: Asker) -> bool:
    """The team manager all; everybody their own; others by label, and agencies by agreement."""
    if Role.TEAM_MANAGER in asker.roles or row.asked_by in asker.names:
        return True
    held = Handling.of(row.label, row.holders)
    if asker.agency is None:
        outside = asker.name.startswith("provider:") or Role.PORTAL in asker.roles
        return not outside and may_know(held, asker.holders)
    pack = work.policies.on(asker.partnership, work.today)
    if not pack.has("intake", "requests"):
        return False
    if not agreements.has_signed(work, asker.partnership, asker.agency.id):
        return False
    seated = set(pack.value("intake", "requests", "shared_with").texts)
    return bool(seated & asker.agency.functions) and may_know(held, asker.holders)
