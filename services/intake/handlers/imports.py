"""Take files into the register, some thousand rows in a transaction, so that memory stays flat.

A load can be stopped and run again: what is taken is complete and dated, and is left alone the next
time. Nothing is ever deleted: what a newer file says instead, or no longer says, is kept as past.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.cqc_files.active_locations import Relationship
from services.intake.cqc_files.problems import FileRefused
from services.intake.domain.register import (
    LocationFacts,
    Merge,
    ProviderFacts,
    Source,
    blank_location,
    blank_provider,
    is_very_small,
    merge,
    newest_wins,
    too_many_vanish,
)
from services.intake.handlers.announcing import location_updated, provider_updated
from services.intake.handlers.changes import Changes, Loaded
from services.intake.handlers.office_holders import end_replaced, holders_anew
from services.intake.store import imports as store
from services.intake.store.imports import Known
from services.intake.tables import LocationRow, ProviderRow, SuccessionRow
from shared.contracts.event import Event
from shared.contracts.words import OfficeHolderRole
from shared.platform.policy import Cited
from shared.platform.work import Work

Place = tuple[ProviderFacts, LocationFacts]

COUNCIL = "council list of services"
"""The name of the source that is the council's own list."""


class PlacesImport:
    """One load of providers and locations from one source: `take` chunks, then `finish`."""

    def __init__(
        self,
        partnership: str,
        source: Source,
        *,
        dry_run: bool = False,
        loaded: Loaded | None = None,
    ) -> None:
        self.loaded = loaded or Loaded()
        self.dry_run = dry_run
        self._partnership = partnership
        self._source = source
        self._newest: date | None = None
        self._providers: dict[str, UUID] = {}
        self._seen: set[str] = set()
        self.new: dict[str, UUID] = {}
        """The locations that came with this load, or would come, by their references."""
        self._links: list[Relationship] = []

    async def take(self, work: Work, found: Iterable[Place | Relationship]) -> None:
        """Take some places; relationships wait until all places are there."""
        places: list[Place] = []
        for one in found:
            if isinstance(one, Relationship):
                self._links.append(one)
            else:
                places.append(one)
        if not places:
            return
        self._newest = await store.newest_import(work, self._partnership, self._source.name)
        known = await store.known_locations(
            work, self._partnership, {location.reference for _, location in places}
        )
        chosen = [place for place in places if self._chosen(work, place[1], known)]
        await self.take_providers(work, [provider for provider, _ in chosen])
        await self._take_locations(work, [location for _, location in chosen], known)

    def _chosen(self, work: Work, facts: LocationFacts, known: Mapping[str, Known]) -> bool:
        if facts.reference in self._seen:
            return False
        if facts.reference in known:
            return True
        return (
            facts.in_scope
            and facts.local_authority
            in _policy(work, self._partnership, "register", "local_authorities").texts
        )

    @property
    def _late(self) -> bool:
        """A newer file of the kind was taken before: this one only adds what is not known."""
        return self._newest is not None and self._newest > self._source.day

    def _merge(self, known: Known, told: Mapping[str, Any]) -> Merge:
        merged = merge(known, told, self._source)
        if not self._late:
            return merged
        return Merge({}, (), (*merged.older, *merged.changed))

    def _changes(self, work: Work) -> Changes:
        return Changes(work, self._partnership, self._source, dry_run=self.dry_run)

    def _announce(self, work: Work, event: Event) -> None:
        if not self.dry_run:
            work.announce(event)

    async def take_providers(self, work: Work, told: Sequence[ProviderFacts]) -> None:
        """Take some providers, each once in a load."""
        facts = {one.reference: one for one in told if one.reference not in self._providers}
        known = await store.known_providers(work, self._partnership, facts)
        changes = self._changes(work)
        for reference, one in facts.items():
            if reference not in known:
                changes.new(reference, {"origins": {}, **blank_provider(), **one.told()})
                self._count("providers", "new", reference)
            else:
                merged = self._merge(known[reference], one.told())
                self._tell("providers", reference, merged)
                changes.change(known[reference], merged)
        await changes.write(ProviderRow)
        await self._end_replaced(work, changes)
        rows = {**known, **{row["reference"]: row for row in changes.touched}}
        self._providers |= {reference: row["id"] for reference, row in rows.items()}
        await self._announce_providers(work, changes.touched)

    async def _take_locations(
        self, work: Work, told: Sequence[LocationFacts], known: dict[str, Known]
    ) -> None:
        fewest = _policy(work, self._partnership, "concerns", "very_small_people").number
        changes = self._changes(work)
        references: dict[UUID, str] = {}
        for facts in told:
            self._seen.add(facts.reference)
            values = {**facts.told(), "provider_id": self._providers[facts.provider_reference]}
            references[values["provider_id"]] = facts.provider_reference
            if facts.reference not in known:
                row = {**blank_location(facts, self._source.day), **values}
                row["very_small"] = is_very_small(row["beds"], fewest)
                if self._late:
                    row |= {"active": False, "vanished_on": self._newest}
                self.new[facts.reference] = changes.new(facts.reference, row)
                self._count("locations", "new", facts.reference)
                continue
            before = known[facts.reference]
            merged = self._merge(before, values)
            self._tell("locations", facts.reference, merged)
            extra: dict[str, Any] = {}
            if merged.changed.get("active"):
                extra["vanished_on"] = None
            beds = merged.changed.get("beds", before["beds"])
            if is_very_small(beds, fewest) != before["very_small"]:
                extra["very_small"] = not before["very_small"]
            changes.change(before, merged, extra)
        await changes.write(LocationRow)
        await self._end_replaced(work, changes)
        listed = [row["id"] for row in known.values() if row["reference"] in self._seen]
        if not self.dry_run:
            await store.seen(work, listed, self._source.day)
        for row in changes.touched:
            # An older source does not move a location, so its provider may be another one.
            reference = references.get(row["provider_id"])
            self._announce(work, location_updated(row, reference or await _reference(work, row)))

    async def finish(
        self,
        work: Work,
        *,
        complete: bool = False,
        accept_missing: bool = False,
        listed: Collection[str] = (),
    ) -> None:
        """Keep the relationships, and after a complete file mark what it no longer lists.

        `listed` is in the file as well, in rows that were not taken.

        Raises FileRefused where so much is missing that the file is more likely to be at fault.
        """
        await self._keep_links(work)
        if complete and not self._late:
            await self._mark_missing(work, self._seen.union(listed), accept_missing=accept_missing)

    async def state_of_location(
        self, work: Work, known: Known, provider_reference: str, told: Mapping[str, Any]
    ) -> None:
        """Take what a person states of one location. Raises Refused where newer facts stand."""
        changes = self._changes(work)
        changes.change(known, newest_wins(merge(known, told, self._source)))
        await changes.write(LocationRow)
        await self._end_replaced(work, changes)
        for row in changes.touched:
            self._announce(work, location_updated(row, provider_reference))

    async def state_of_provider(self, work: Work, known: Known, told: Mapping[str, Any]) -> None:
        """Take what a person states of one provider. Raises Refused where newer facts stand."""
        changes = self._changes(work)
        changes.change(known, newest_wins(merge(known, told, self._source)))
        await changes.write(ProviderRow)
        await self._end_replaced(work, changes)
        await self._announce_providers(work, changes.touched)

    async def _end_replaced(self, work: Work, changes: Changes) -> None:
        """Who is not named any more by what changed holds the office no more."""
        for role in (OfficeHolderRole.REGISTERED_MANAGER, OfficeHolderRole.NOMINATED_INDIVIDUAL):
            holders = holders_anew(changes.merged, role)
            ended = await end_replaced(work, role, holders, dry_run=self.dry_run)
            self.loaded.add("contacts ended", count=ended)

    async def _keep_links(self, work: Work) -> None:
        rows = {
            (link.location_id, link.linked_organisation_id): {
                "location_reference": link.location_id,
                "predecessor_reference": link.linked_organisation_id,
                "partnership": self._partnership,
                "since": link.started,
                "predecessor_name": link.linked_name,
                "source": self._source.name,
                "source_date": self._source.day,
            }
            for link in self._links
            if link.is_predecessor and link.location_id in self._seen
        }
        withdrawn = await store.withdrawn_links(work, self._partnership)
        error = {link for link, until in withdrawn.items() if until.day >= self._source.day}
        added = rows.keys() - await store.successions(work, self._partnership) - error
        self.loaded.add("re-registrations new", count=len(added))
        if self.dry_run:
            return
        await store.add(work, SuccessionRow, [rows[key] for key in sorted(added)])
        chained = {later for later, _ in added}
        if self.new:
            chained |= await store.linked_to(work, self._partnership, self.new.keys())
        if chained:
            found = await store.providers_of(work, self._partnership, chained)
            await self._announce_providers(work, list(found.values()), linked_only=True)

    async def _mark_missing(
        self, work: Work, listed: Collection[str], *, accept_missing: bool
    ) -> None:
        cqc = self._source.name != COUNCIL
        active = await store.active_references(
            work, self._partnership, cqc_registered=cqc, source=None if cqc else COUNCIL
        )
        gone = [reference for reference in active if reference not in listed]
        percent = _policy(work, self._partnership, "register", "vanished_percent").number
        if not accept_missing and too_many_vanish(len(gone), len(active), percent):
            raise FileRefused(
                f"{len(gone)} of {len(active)} locations are not in the file: none was marked "
                "as vanished; if that is right, run it again with --accept-missing"
            )
        await self.mark_vanished(work, gone)

    async def mark_vanished(self, work: Work, references: Collection[str]) -> None:
        """Mark locations that the source no longer lists; they and their history stay."""
        known = await store.known_locations(work, self._partnership, references)
        changes = self._changes(work)
        for reference, row in known.items():
            merged = self._merge(row, {"active": False})
            if merged.changed:
                changes.change(row, merged, {"vanished_on": self._source.day})
                self._count("locations", "vanished", reference)
        await changes.write(LocationRow)
        for row in changes.touched:
            self._announce(work, location_updated(row, await _reference(work, row)))

    async def _announce_providers(
        self, work: Work, rows: Sequence[Known], *, linked_only: bool = False
    ) -> None:
        if not rows:
            return
        before = await store.predecessors(work, self._partnership, {row["id"] for row in rows})
        for row in rows:
            if row["id"] in before or not linked_only:
                self._announce(work, provider_updated(row, before.get(row["id"], ())))

    def _tell(self, kind: str, reference: str, merged: Merge) -> None:
        if merged.older:
            self._count(kind, "newer than the file", reference, merged.older)
        self._count(kind, "changed" if merged.changed else "unchanged", reference, merged.changed)

    def _count(self, kind: str, outcome: str, reference: str, names: Collection[str] = ()) -> None:
        told = f"{kind[:-1]} {reference}: {', '.join(sorted(names)) or outcome}"
        self.loaded.add(f"{kind} {outcome}", None if outcome == "unchanged" else told)


async def _reference(work: Work, row: Known) -> str:
    found = await store.providers_of(work, row["partnership"], [row["reference"]])
    reference: str = found[row["provider_id"]]["reference"]
    return reference


def _policy(work: Work, partnership: str, process: str, name: str) -> Cited:
    return work.policies.on(partnership, work.today).value("intake", process, name)
