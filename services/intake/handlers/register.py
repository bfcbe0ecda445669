"""Load the provider register: what is new or changed is announced, what is the same is not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from services.intake.cqc_files.active_locations import ActiveLocation, Relationship
from services.intake.cqc_files.council_services import CouncilService
from services.intake.domain.register import (
    LocationFacts,
    ProviderFacts,
    Source,
    category_of,
    is_very_small,
)
from services.intake.store import register as store
from services.intake.tables import LocationRow, ProviderRow, SuccessionRow
from shared.contracts.intake import LocationUpdated, ProviderUpdated
from shared.contracts.words import ServiceCategory
from shared.platform.work import Work


@dataclass
class Loaded:
    """What a load did, for the person who ran it."""

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1


def of_cqc(location: ActiveLocation) -> tuple[ProviderFacts, LocationFacts]:
    """What CQC's file of active locations says of one row."""
    provider = ProviderFacts(
        reference=location.provider_id,
        cqc_registered=True,
        name=location.provider_name,
        brand=location.brand_name,
        nominated_individual=location.nominated_individual,
    )
    return provider, LocationFacts(
        reference=location.location_id,
        provider_reference=location.provider_id,
        name=location.location_name,
        category=category_of(location.service_types),
        cqc_registered=True,
        local_authority=location.local_authority or "",
        beds=location.beds,
        registered_manager=location.registered_manager,
    )


def of_council(service: CouncilService) -> tuple[ProviderFacts, LocationFacts]:
    """What the council's list says of a service that is not registered with CQC (W1.7)."""
    provider = ProviderFacts(
        service.provider_reference.upper(), cqc_registered=False, name=service.provider_name
    )
    return provider, LocationFacts(
        reference=service.service_reference,
        provider_reference=provider.reference,
        name=service.service_name,
        category=ServiceCategory.OTHER,
        cqc_registered=False,
        local_authority=service.local_authority,
        commissioned=service.commissioned_by is not None,
    )


async def load_places(
    work: Work,
    partnership: str,
    places: Iterable[tuple[ProviderFacts, LocationFacts]],
    relationships: Iterable[Relationship],
    source: Source,
) -> Loaded:
    """Take providers and locations into the register. A second load of the same changes nothing."""
    loaded = Loaded()
    chosen = [place for place in places if _in_area(work, partnership, place[1])]
    load = _Load(
        work,
        partnership,
        source,
        await store.providers_by_reference(work, partnership),
        await store.locations_by_reference(work, partnership),
    )
    for facts in {p.reference: p for p, _ in chosen}.values():
        loaded.add(f"providers {load.provider(facts)}")
    await work.session.flush()
    for _, location in chosen:
        loaded.add(f"locations {load.location(location)}")
    await work.session.flush()
    await load.successions(relationships)
    load.announce()
    return loaded


def _in_area(work: Work, partnership: str, location: LocationFacts) -> bool:
    area = work.policies.on(partnership, work.today).value(
        "intake", "register", "local_authorities"
    )
    return location.local_authority in area.texts


class _Load:
    """One run over a file: the rows as they were, and which of them changed."""

    def __init__(
        self,
        work: Work,
        partnership: str,
        source: Source,
        providers: dict[str, ProviderRow],
        locations: dict[str, LocationRow],
    ) -> None:
        self._work = work
        self._partnership = partnership
        self._source = source
        self._providers = providers
        self._locations = locations
        self._changed_providers: dict[str, ProviderRow] = {}
        self._changed_locations: dict[str, LocationRow] = {}
        self._predecessors: dict[UUID, set[UUID]] = {}
        self._fewest = work.policies.on(partnership, work.today).value(
            "intake", "concerns", "very_small_people"
        )

    def provider(self, facts: ProviderFacts) -> str:
        known = self._providers.get(facts.reference)
        values = {
            "cqc_registered": facts.cqc_registered,
            "name": facts.name,
            "brand": facts.brand,
            "nominated_individual": facts.nominated_individual,
        }
        row, outcome = self._save(ProviderRow, known, facts.reference, values)
        self._providers[facts.reference] = row
        if outcome != "unchanged":
            self._changed_providers[facts.reference] = row
        return outcome

    def location(self, facts: LocationFacts) -> str:
        known = self._locations.get(facts.reference)
        commissioned = facts.commissioned
        if commissioned is None:
            commissioned = known.commissioned if known else False
        values = {
            "provider_id": self._providers[facts.provider_reference].id,
            "name": facts.name,
            "category": facts.category.value,
            "cqc_registered": facts.cqc_registered,
            "commissioned": commissioned,
            "local_authority": facts.local_authority,
            "beds": facts.beds,
            "very_small": is_very_small(facts.beds, self._fewest.number),
            "active": True,
            "registered_manager": facts.registered_manager,
        }
        row, outcome = self._save(LocationRow, known, facts.reference, values)
        self._locations[facts.reference] = row
        if outcome != "unchanged":
            self._changed_locations[facts.reference] = row
        return outcome

    def _save(
        self, cls: type[Any], known: Any, reference: str, values: Mapping[str, Any]
    ) -> tuple[Any, str]:
        origin = {"source": self._source.name, "source_date": self._source.day}
        if known is None:
            row = cls(
                id=self._work.new_id(),
                partnership=self._partnership,
                reference=reference,
                **values,
                **origin,
            )
            self._work.session.add(row)
            return row, "new"
        if all(getattr(known, name) == value for name, value in values.items()):
            return known, "unchanged"
        for name, value in {**values, **origin}.items():
            setattr(known, name, value)
        return known, "changed"

    async def successions(self, relationships: Iterable[Relationship]) -> None:
        """Keep re-registrations, and find the providers that went before."""
        known = await store.successions(self._work, self._partnership)
        rows = {(row.location_reference, row.predecessor_reference): row for row in known}
        for link in relationships:
            key = (link.location_id, link.linked_organisation_id)
            if link.is_predecessor and link.location_id in self._locations and key not in rows:
                row = SuccessionRow(
                    location_reference=key[0],
                    predecessor_reference=key[1],
                    partnership=self._partnership,
                    since=link.started,
                )
                self._work.session.add(row)
                rows[key] = row
        for location_reference, predecessor in rows:
            self._link(location_reference, predecessor)

    def _link(self, location_reference: str, predecessor: str) -> None:
        location = self._locations.get(location_reference)
        earlier = self._locations.get(predecessor)
        if location is None or earlier is None or location.provider_id == earlier.provider_id:
            return
        self._predecessors.setdefault(location.provider_id, set()).add(earlier.provider_id)

    def announce(self) -> None:
        for provider in self._changed_providers.values():
            self._work.announce(
                ProviderUpdated(
                    partnership=self._partnership,
                    provider_id=provider.id,
                    cqc_provider_id=provider.reference if provider.cqc_registered else None,
                    name=provider.name,
                    brand=provider.brand,
                    predecessor_ids=tuple(sorted(self._predecessors.get(provider.id, ()))),
                )
            )
        references = {row.id: row.reference for row in self._providers.values()}
        for location in self._changed_locations.values():
            self._work.announce(_updated(location, references[location.provider_id]))


def _updated(row: LocationRow, provider_reference: str) -> LocationUpdated:
    return LocationUpdated(
        partnership=row.partnership,
        location_id=row.id,
        provider_id=row.provider_id,
        provider_reference=provider_reference,
        reference=row.reference,
        name=row.name,
        category=ServiceCategory(row.category),
        cqc_registered=row.cqc_registered,
        commissioned=row.commissioned,
        local_authority=row.local_authority,
        very_small=row.very_small,
        active=row.active,
    )
