"""Lists of the register: locations, providers, and the files they came from."""

from __future__ import annotations

from services.intake.domain.lists import PlacesWanted
from services.intake.store import places as store
from services.intake.store.pages import kinds_of
from services.intake.views import LocationLine
from services.intake.views.register import ImportView, ProviderLine
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.prepared import Row
from shared.platform.security import Person
from shared.platform.work import Work


async def locations(
    work: Work, person: Person, wanted: PlacesWanted, turn: Turn
) -> Page[LocationLine]:
    """A page of locations."""
    page: Page[Row] = await paging.turned(
        turn,
        kinds_of(wanted.order),
        wanted.told(),
        lambda place, limit: store.locations(work, person.partnerships, wanted, place, limit),
        lambda row: (row[wanted.order.column], row["id"]),
    )
    lines = [
        LocationLine(
            location_id=row["id"],
            reference=row["reference"],
            name=row["name"],
            category=row["category"],
        )
        for row in page.items
    ]
    return Page(lines, page.next)


async def provider_rows(work: Work, person: Person, wanted: PlacesWanted, turn: Turn) -> Page[Row]:
    """A page of providers, as they are listed."""
    return await paging.turned(
        turn,
        kinds_of(wanted.order),
        wanted.told(),
        lambda place, limit: store.providers(work, person.partnerships, wanted, place, limit),
        lambda row: (row[wanted.order.column], row["id"]),
    )


async def providers(
    work: Work, person: Person, wanted: PlacesWanted, turn: Turn
) -> Page[ProviderLine]:
    """A page of providers, without their facts."""
    page = await provider_rows(work, person, wanted, turn)
    lines = [
        ProviderLine(
            provider_id=row["id"],
            reference=row["reference"],
            name=row["name"],
            brand=row["brand"],
            brand_id=row["brand_id"],
        )
        for row in page.items
    ]
    return Page(lines, page.next)


async def imports(work: Work, person: Person, turn: Turn) -> Page[ImportView]:
    """The files that were taken, the newest first."""
    page = await paging.turned(
        turn,
        store.BY_IMPORT,
        {"list": "imports"},
        lambda place, limit: store.imports(work, person.partnerships, place, limit),
        lambda row: (row.imported_at, row.id),
    )
    return Page([ImportView.model_validate(row.model_dump()) for row in page.items], page.next)
