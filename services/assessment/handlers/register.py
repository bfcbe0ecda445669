"""Keep what intake tells of locations."""

from __future__ import annotations

from uuid import UUID

from services.assessment.store import register as store
from services.assessment.tables import LocationRow
from shared.contracts.intake import LocationUpdated
from shared.platform.work import Work


class ForeignPartnership(Exception):  # noqa: N818 - reads as what the fact is
    """A fact came with another partnership than its location's."""


class UnknownLocation(Exception):  # noqa: N818 - reads as what the location is
    """A fact came about a location that its partnership does not have."""


async def keep_location(work: Work, event: LocationUpdated) -> None:
    """Keep a location as it is from now on. Raises ForeignPartnership."""
    row = LocationRow(
        id=event.location_id,
        partnership=event.partnership,
        provider_id=event.provider_id,
        reference=event.reference,
        name=event.name,
        category=event.category.value,
        active=event.active,
    )
    if not await store.save_location(work, row):
        raise ForeignPartnership


async def location_of(work: Work, partnership: str, location_id: UUID) -> LocationRow:
    """The location of a fact, locked. Raises UnknownLocation."""
    row = await store.locked_location(work, [partnership], location_id)
    if row is None:
        raise UnknownLocation
    return row
