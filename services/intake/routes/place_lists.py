"""Lists of the register: locations, providers, their people, their position, their files."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.domain.lists import PlaceOrder, PlacesWanted
from services.intake.handlers import place_lists, positions, reads
from services.intake.routes.people import Convener, Positioned, Registrar, Staff
from services.intake.routes.sheets import sheet
from services.intake.views import ContactLine, LocationLine
from services.intake.views.register import ImportView, ProviderLine, ProviderPosition
from shared.contracts.words import ServiceCategory
from shared.platform.app import acting
from shared.platform.paging import Cursor, Turn, Turning, TurningRegister, link_next

router = APIRouter(tags=["register"])

_Words = Annotated[
    str | None,
    Query(min_length=2, max_length=200, description="Part of the name, or how a reference begins."),
]
_Name = Annotated[str | None, Query(max_length=200)]


async def _wanted(
    q: _Words = None, cqc_registered: bool | None = None, sort: PlaceOrder = PlaceOrder.REFERENCE
) -> PlacesWanted:
    return PlacesWanted(words=q, cqc_registered=cqc_registered, order=sort)


Filter = Annotated[PlacesWanted, Depends(_wanted)]


@router.get("/locations")
async def list_locations(
    request: Request,
    response: Response,
    person: Staff,
    wanted: Filter,
    turn: TurningRegister,
    category: ServiceCategory | None = None,
    local_authority: _Name = None,
    active: bool | None = None,
    commissioned: bool | None = None,
) -> list[LocationLine]:
    """Locations; `q` looks in names, and at how references begin."""
    wanted = replace(
        wanted,
        category=category.value if category else None,
        local_authority=local_authority,
        active=active,
        commissioned=commissioned,
    )
    async with acting(request) as work:
        page = await place_lists.locations(work, person, wanted, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/providers")
async def list_providers(
    request: Request,
    response: Response,
    person: Staff,
    wanted: Filter,
    turn: TurningRegister,
    brand: _Name = None,
) -> list[ProviderLine]:
    """Providers, of one brand (by its id) at will; `q` as for locations."""
    async with acting(request) as work:
        page = await place_lists.providers(work, person, replace(wanted, brand=brand), turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/contacts")
async def list_contacts(
    request: Request,
    response: Response,
    person: Convener,
    turn: Turning,
    agency: str | None = None,
    location: UUID | None = None,
) -> list[ContactLine]:
    """Who works for an agency, or holds office at a location: whom a case can name."""
    async with acting(request) as work:
        page = await reads.contact_lines(work, person, agency, location, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/ratings/position")
async def read_position(
    request: Request,
    response: Response,
    person: Positioned,
    wanted: Filter,
    turn: Turning,
    as_of: date | None = None,
) -> list[ProviderPosition]:
    """How CQC rated every provider as of any day (W4.4)."""
    async with acting(request) as work:
        page = await positions.position(work, person, as_of, wanted, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/ratings/position.csv", response_class=Response)
async def export_position(
    request: Request,
    person: Positioned,
    wanted: Filter,
    as_of: date | None = None,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=500, description="Of providers.")] = 500,
) -> Response:
    """The same for a spreadsheet: a row for each rating that stood; the export is audited."""
    async with acting(request) as work:
        page = await positions.sheet(work, person, as_of, wanted, Turn(cursor, limit))
    return sheet(request, "position", page)


@router.get("/register/imports")
async def list_imports(
    request: Request, response: Response, person: Registrar, turn: Turning
) -> list[ImportView]:
    """The files that were taken into the register, the newest first."""
    async with acting(request) as work:
        page = await place_lists.imports(work, person, turn)
    link_next(request, response, page.next)
    return page.items
