"""The register: locations and their people."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.intake.handlers import reads
from services.intake.routes.people import Convener, Staff
from services.intake.views import ContactLine, LocationLine, LocationView
from shared.platform.app import acting

router = APIRouter(tags=["register"])


@router.get("/locations")
async def list_locations(
    request: Request,
    person: Staff,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[LocationLine]:
    """Locations in the order of their references; `after` is the last one of the page before."""
    async with acting(request) as work:
        return await reads.location_lines(work, person, after, limit)


@router.get("/locations/{location_id}")
async def read_location(location_id: UUID, request: Request, person: Staff) -> LocationView:
    """A location with the source and date of its facts."""
    async with acting(request) as work:
        return await reads.location(work, person, location_id)


@router.get("/contacts")
async def list_contacts(
    request: Request,
    person: Convener,
    agency: str | None = None,
    location: UUID | None = None,
) -> list[ContactLine]:
    """Who works for an agency, or holds office at a location: whom a case can name."""
    async with acting(request) as work:
        return await reads.contact_lines(work, person, agency, location)
