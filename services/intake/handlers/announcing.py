"""How the register tells of its providers and locations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID

from services.intake.store import imports as store
from services.intake.tables import ProviderRow
from shared.contracts.intake import LocationUpdated, ProviderUpdated
from shared.contracts.words import ServiceCategory
from shared.platform.work import Work


def provider_updated(row: Mapping[str, Any], predecessors: Collection[UUID]) -> ProviderUpdated:
    """The event of a provider as its row is now."""
    return ProviderUpdated(
        partnership=row["partnership"],
        provider_id=row["id"],
        cqc_provider_id=row["reference"] if row["cqc_registered"] else None,
        name=row["name"],
        brand=row["brand"],
        predecessor_ids=tuple(sorted(predecessors)),
    )


async def announce_chain(work: Work, *rows: ProviderRow) -> None:
    """Tell of providers whose predecessors may be others now."""
    for row in rows:
        before = await store.predecessors(work, row.partnership, {row.id})
        work.announce(provider_updated(row.model_dump(), before.get(row.id, ())))


def location_updated(row: Mapping[str, Any], provider_reference: str) -> LocationUpdated:
    """The event of a location as its row is now."""
    return LocationUpdated(
        partnership=row["partnership"],
        location_id=row["id"],
        provider_id=row["provider_id"],
        provider_reference=provider_reference,
        reference=row["reference"],
        name=row["name"],
        category=ServiceCategory(row["category"]),
        cqc_registered=row["cqc_registered"],
        commissioned=row["commissioned"],
        local_authority=row["local_authority"],
        very_small=row["very_small"],
        active=row["active"],
    )
