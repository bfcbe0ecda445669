"""Office holders: taken from the council's list, and gone when the register names others."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from services.intake.cqc_files.contacts import SHEET, ListedContact
from services.intake.cqc_files.problems import RowProblem
from services.intake.domain.register import same_person
from services.intake.handlers import agencies
from services.intake.handlers.agencies import Contact
from services.intake.handlers.changes import Loaded
from services.intake.store import agencies as agency_store
from services.intake.store import register as store
from shared.contracts.words import OfficeHolderRole
from shared.platform.work import Work


class ContactsImport:
    """One load of a list of contacts; who holds an office that somebody else gets leaves."""

    def __init__(
        self,
        partnership: str,
        problems: list[RowProblem],
        loaded: Loaded,
        *,
        dry_run: bool = False,
    ) -> None:
        self._partnership, self._problems = partnership, problems
        self._loaded, self._dry_run = loaded, dry_run

    async def take(self, work: Work, listed: Sequence[ListedContact]) -> None:
        """Take some contacts; a place that the register does not know refuses its row."""
        places = {(self._partnership, one.location) for one in listed if one.location}
        await store.read_locations_ahead(work, places)
        for one in listed:
            unknown = await self._unknown(work, one)
            if unknown is None:
                await self._register(work, one)
                continue
            reason = "is not in the register"
            self._problems.append(RowProblem(SHEET, one.row_number, unknown, reason, refused=True))

    async def _unknown(self, work: Work, one: ListedContact) -> str | None:
        """The column of what the register does not know."""
        if one.location is not None:
            place = await store.location_by_reference(work, self._partnership, one.location)
            return "location" if place is None else None
        agency = await agency_store.row_of(work, one.agency or "")
        known = agency is not None and agency.partnership == self._partnership
        return None if known else "agency"

    async def _register(self, work: Work, one: ListedContact) -> None:
        contact = Contact(one.location, one.agency, one.role, one.name, one.email)
        done = await agencies.register_contact(
            work, self._partnership, contact, dry_run=self._dry_run
        )
        told = f"contact of row {one.row_number}"
        if not done.new:
            self._loaded.add("contacts unchanged")
            return
        self._loaded.add("contacts new", f"{told}: new")
        if done.left:
            self._loaded.add("contacts ended", f"{told}: takes another's place", done.left)

    async def finish(self, work: Work) -> None:
        """Nothing waits for the end of the list: who is not in it stays."""


async def end_replaced(
    work: Work, role: OfficeHolderRole, holders: Mapping[UUID, str], *, dry_run: bool
) -> int:
    """End the contacts of whom the register no longer names; gives how many.

    `holders`: who holds the office from now on, by location, of a nominated individual by provider.
    What is written differently is somebody else: better that nobody is found to write to, which is
    told, than that a letter follows who has left.
    """
    contacts = await store.holders_of(work, role, holders)
    gone = [row for place, row in contacts if not same_person(row.name, holders[place])]
    for row in gone if not dry_run else ():
        agencies.leave(work, row)
    return len(gone)


def holders_anew(
    merged: Collection[tuple[UUID, Mapping[str, Any]]], role: OfficeHolderRole
) -> dict[UUID, str]:
    """Who holds an office from now on, by place, where that changed; a blank is unknown."""
    fact = role.value
    return {place: changed[fact] for place, changed in merged if changed.get(fact)}
