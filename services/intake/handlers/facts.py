"""What people read of the register: every fact with its source and date, past ones too (WS1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from services.intake.domain.register import chain_of, origin_of
from services.intake.store import register as store
from services.intake.tables import LocationRow, SuccessionRow
from services.intake.views.register import (
    FactView,
    HistoryView,
    PastFactView,
    PredecessorView,
    ProviderView,
)
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

OF_LOCATION = (
    *("name", "category", "cqc_registered", "commissioned", "commissioned_by", "local_authority"),
    *("postal_code", "beds", "registered_manager", "active", "ended_on"),
)
OF_PROVIDER = (
    *("name", "cqc_registered", "brand", "brand_id", "proprietor", "nominated_individual"),
)


def facts_of(row: Mapping[str, Any], names: Sequence[str]) -> list[FactView]:
    """The facts of a row, each with its source and date."""
    return [
        FactView(name=name, value=row[name], source=origin.name, source_date=origin.day)
        for name in names
        for origin in [origin_of(row, name)]
    ]


def run_by(row: Mapping[str, Any], reference: str) -> FactView:
    """Who runs a location, with source and date."""
    origin = origin_of(row, "provider_id")
    told = "provider_reference"
    return FactView(name=told, value=reference, source=origin.name, source_date=origin.day)


async def provider(work: Work, person: Person, provider_id: UUID) -> ProviderView:
    """A provider with its facts, its locations and what went before it."""
    row = await store.provider_within(work, person.partnerships, provider_id)
    if row is None:
        raise not_found()
    locations = await store.locations_of(work, row.id)
    links = await store.successions(work, row.partnership)
    known = row.model_dump()
    return ProviderView.model_validate(
        {
            **known,
            "provider_id": row.id,
            "commissioned": any(one.commissioned for one in locations),
            "facts": [*facts_of(known, OF_PROVIDER), *_commissioned(locations)],
            "locations": [one.reference for one in locations],
            "predecessors": _chain([one.reference for one in locations], links),
        }
    )


def _commissioned(locations: Sequence[LocationRow]) -> list[FactView]:
    """Whether any service is commissioned, from the newest fact that it follows from (WS1)."""
    value = any(one.commissioned for one in locations)
    bearing = [one.model_dump() for one in locations if one.commissioned == value]
    origins = [origin_of(row, "commissioned") for row in bearing]
    if not origins:
        return []
    newest = max(origins, key=lambda origin: origin.day)
    return [FactView(name="commissioned", value=value, source=newest.name, source_date=newest.day)]


def _chain(references: Sequence[str], links: Sequence[SuccessionRow]) -> list[PredecessorView]:
    """Every registration that went before these, through any number of re-registrations."""
    pairs = [(link.location_reference, link.predecessor_reference) for link in links]
    earlier = {one: None for start in references for one in chain_of(start, pairs)}
    told = {link.predecessor_reference: link for link in links}
    return [
        PredecessorView(
            reference=reference,
            name=link.predecessor_name,
            since=link.since,
            source=link.source,
            source_date=link.source_date,
        )
        for reference in earlier
        for link in [told[reference]]
    ]


async def location_history(work: Work, person: Person, location_id: UUID) -> HistoryView:
    """What held of a location before."""
    row = await store.location(work, person.partnerships, location_id)
    return await _history(work, row.id if row else None)


async def provider_history(work: Work, person: Person, provider_id: UUID) -> HistoryView:
    """What held of a provider before."""
    row = await store.provider_within(work, person.partnerships, provider_id)
    return await _history(work, row.id if row else None)


async def _history(work: Work, subject_id: UUID | None) -> HistoryView:
    if subject_id is None:
        raise not_found()
    rows = await store.past_facts(work, subject_id)
    return HistoryView(facts=[PastFactView.model_validate(row.model_dump()) for row in rows])
