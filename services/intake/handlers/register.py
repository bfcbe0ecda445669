"""The provider register: what sources tell of a place, and what people state by hand."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.cqc_files.active_locations import ActiveLocation, Relationship
from services.intake.cqc_files.council_services import CouncilService
from services.intake.cqc_files.deactivated import DeactivatedLocation
from services.intake.cqc_files.directory import DirectoryEntry
from services.intake.domain.register import (
    LocationFacts,
    ProviderFacts,
    Source,
    category_of,
)
from services.intake.handlers import personal_data
from services.intake.handlers.announcing import announce_chain
from services.intake.handlers.changes import Loaded
from services.intake.handlers.imports import Place, PlacesImport
from services.intake.store import register as store
from services.intake.tables import ProviderRow
from services.intake.views.register import LocationFactsForm, PlaceForm, ProviderFactsForm
from shared.contracts.words import Refused, ServiceCategory, refused
from shared.platform.forms import Form
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

_NOT_IN_DIRECTORY = frozenset({"beds", "registered_manager"})


def of_cqc(location: ActiveLocation) -> Place:
    """What CQC's file of active locations says of one row."""
    provider = ProviderFacts(
        reference=location.provider_id,
        cqc_registered=True,
        name=location.provider_name,
        brand=location.brand_name,
        brand_id=location.brand_id,
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
        postal_code=location.postal_code,
        in_scope=location.adult_social_care,
    )


def of_directory(entry: DirectoryEntry) -> Place:
    """What CQC's weekly directory says of one row: neither beds nor managers nor brands."""
    category = category_of(entry.service_types)
    social = category is not ServiceCategory.OTHER
    provider = ProviderFacts(
        entry.provider_id,
        cqc_registered=True,
        name=entry.provider_name,
        silent=frozenset({"brand", "brand_id", "nominated_individual", "proprietor"}),
    )
    return provider, LocationFacts(
        reference=entry.location_id,
        provider_reference=entry.provider_id,
        name=entry.name,
        category=category,
        cqc_registered=True,
        local_authority=entry.local_authority or "",
        postal_code=entry.postcode,
        in_scope=social,
        silent=_NOT_IN_DIRECTORY | (frozenset() if social else {"category"}),
    )


def of_deactivated(location: DeactivatedLocation) -> Place:
    """What CQC's file of deactivated locations says of one row."""
    silent = {"brand", "brand_id", "nominated_individual", "proprietor"}
    provider = ProviderFacts(
        location.provider_id, cqc_registered=True, name=location.provider_name,
        silent=frozenset(silent),
    )  # fmt: skip
    unknown = {"category", "beds", "registered_manager"}
    return provider, LocationFacts(
        reference=location.location_id,
        provider_reference=location.provider_id,
        name=location.location_name,
        category=ServiceCategory.OTHER,
        cqc_registered=True,
        local_authority=location.local_authority or "",
        postal_code=location.postal_code,
        ended_on=location.ended,
        in_scope=location.adult_social_care,
        silent=frozenset(unknown | (set() if location.local_authority else {"local_authority"})),
    )


def of_council(service: CouncilService) -> Place:
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
        commissioned_by=service.commissioned_by,
        postal_code=service.postcode,
        silent=frozenset({"beds", "registered_manager"}),
    )


async def load_places(
    work: Work,
    partnership: str,
    places: Iterable[Place],
    relationships: Iterable[Relationship],
    source: Source,
) -> Loaded:
    """Take some providers and locations at once. A second load of the same changes nothing."""
    load = PlacesImport(partnership, source)
    await load.take(work, [*places, *relationships])
    await load.finish(work)
    return load.loaded


async def register_place(work: Work, person: Person, form: PlaceForm) -> UUID:
    """Put a service into the register by hand; gives its id. Raises not-found, Refused."""
    partnership = form.partnership
    if partnership not in person.partnerships:
        raise not_found()
    if await store.location_by_reference(work, partnership, form.reference):
        raise refused(
            "register.known",
            "A service with this reference is in the register already.",
            "Change what has changed about it instead.",
            clause="WS1",
            field="reference",
        )
    provider, location = _told(form)
    source = stated_source(work, form.source, form.as_of)
    loaded = await load_places(work, partnership, [(provider, location)], (), source)
    if not loaded.counts.get("locations new"):
        raise refused(
            "register.area",
            "The service lies outside the partnership's area.",
            "Check the local authority, or register it where it is.",
            clause="pack: area",
            field="local_authority",
        )
    work.ahead.clear()
    row = await store.location_by_reference(work, partnership, form.reference)
    if row is None:
        raise not_found()
    work.audit(person.subject, "location.registered", row.id, partnership=partnership)
    return row.id


def _told(form: PlaceForm) -> Place:
    provider = ProviderFacts(
        reference=form.provider_reference.upper(),
        cqc_registered=form.cqc_registered,
        name=form.provider_name,
        nominated_individual=form.nominated_individual,
        proprietor=form.proprietor,
        silent=frozenset({"brand", "brand_id"}),
    )
    return provider, LocationFacts(
        reference=form.reference.upper(),
        provider_reference=provider.reference,
        name=form.name,
        category=form.category,
        cqc_registered=form.cqc_registered,
        local_authority=form.local_authority,
        commissioned=form.commissioned,
        commissioned_by=form.commissioned_by,
        beds=form.beds,
        registered_manager=form.registered_manager,
        postal_code=form.postal_code,
    )


async def hold_location(work: Work, person: Person, location_id: UUID) -> None:
    """Nobody else changes a location until this work is done. Raises not-found."""
    row = await store.location(work, person.partnerships, location_id)
    if row is None:
        raise not_found()
    await store.hold(work, row)


async def hold_provider(work: Work, person: Person, provider_id: UUID) -> None:
    """Nobody else changes a provider until this work is done. Raises not-found."""
    row = await store.provider_within(work, person.partnerships, provider_id)
    if row is None:
        raise not_found()
    await store.hold(work, row)


async def state_of_location(
    work: Work, person: Person, location_id: UUID, form: LocationFactsForm
) -> None:
    """Change facts of a location by hand; what they were is kept. Raises not-found, Refused."""
    row = await store.location(work, person.partnerships, location_id)
    if row is None:
        raise not_found()
    before = await store.provider(work, row.provider_id)
    told = _stated(form)
    if "ended_on" in told:
        told["active"] = told["ended_on"] is None
    provider = await _provider_stated(work, before, told.pop("provider_reference", None))
    told["provider_id"] = provider.id
    load = PlacesImport(row.partnership, stated_source(work, form.source, form.as_of))
    await load.state_of_location(work, row.model_dump(), provider.reference, told)
    await work.session.refresh(row)
    if provider is not before:
        await announce_chain(work, before, provider)
    work.audit(person.subject, "location.stated", location_id, partnership=row.partnership)


async def _provider_stated(work: Work, before: ProviderRow, reference: str | None) -> ProviderRow:
    """Who runs a service: as before, or another provider of the register. Raises Refused."""
    if reference is None:
        return before
    found = await store.provider_by_reference(work, before.partnership, reference)
    if found is None:
        raise unknown("provider_reference")
    return found


async def state_of_provider(
    work: Work, person: Person, provider_id: UUID, form: ProviderFactsForm
) -> None:
    """Change facts of a provider by hand; what they were is kept. Raises not-found, Refused."""
    row = await store.provider_within(work, person.partnerships, provider_id)
    if row is None:
        raise not_found()
    load = PlacesImport(row.partnership, stated_source(work, form.source, form.as_of))
    await load.state_of_provider(work, row.model_dump(), _stated(form))
    await work.session.refresh(row)
    work.audit(person.subject, "provider.stated", provider_id, partnership=row.partnership)


def _stated(form: Form) -> dict[str, Any]:
    """The facts that a form names; one that is left out stays as it is."""
    return form.model_dump(mode="python", exclude_unset=True, exclude={"source", "as_of"})


def unknown(field: str) -> Refused:
    """What a form refers to is not in the register, or not the provider's."""
    return refused(
        "register.unknown",
        "The register has nothing under this reference that it could be.",
        "Check the reference, or register it first.",
        clause="WS1",
        field=field,
    )


def stated_source(work: Work, name: str, day: date) -> Source:
    """Where people know a fact from, and as of which day. Raises Refused."""
    personal_data.check_staff(work, source=name)
    not_to_come(work, day, "as_of")
    return Source(name, day)


def not_to_come(work: Work, day: date, field: str) -> None:
    """Raises Refused for a day that has not come."""
    if day > work.today:
        raise refused(
            "register.future",
            "A fact cannot be of a day that has not come.",
            "Give the day as of which you know it.",
            clause="WS1",
            field=field,
        )
