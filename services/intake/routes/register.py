"""The register: locations and their people."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intake.handlers import facts, positions, predecessors, reads, register
from services.intake.routes.people import Registrar, Staff
from services.intake.views import LocationView
from services.intake.views.register import (
    HistoryView,
    LocationFactsForm,
    PlaceForm,
    PredecessorForm,
    ProviderFactsForm,
    ProviderView,
    RatingView,
    WithdrawalForm,
)
from shared.platform import etag
from shared.platform.app import acting
from shared.platform.etag import IfMatch
from shared.platform.security import Person
from shared.platform.work import Work

router = APIRouter(tags=["register"])


@router.get("/locations/{location_id}")
async def read_location(
    location_id: UUID, request: Request, response: Response, person: Staff
) -> LocationView:
    """A location with the source and date of its facts."""
    async with acting(request) as work:
        view = await reads.location(work, person, location_id)
    etag.tag(response, view)
    return view


@router.post("/locations", status_code=201)
async def register_location(form: PlaceForm, request: Request, person: Registrar) -> LocationView:
    """Put a service into the register by hand, with CQC's registration or without (W1.7)."""
    async with acting(request) as work:
        location_id = await register.register_place(work, person, form)
        return await reads.location(work, person, location_id)


@router.patch("/locations/{location_id}")
async def change_location(
    location_id: UUID,
    form: LocationFactsForm,
    request: Request,
    response: Response,
    person: Registrar,
    if_match: IfMatch = None,
) -> LocationView:
    """Facts of a location that are different from a day on; what they were is kept."""
    async with acting(request) as work:
        await register.hold_location(work, person, location_id)
        etag.must_match(if_match, await reads.location(work, person, location_id))
        await register.state_of_location(work, person, location_id, form)
        view = await reads.location(work, person, location_id)
    etag.tag(response, view)
    return view


@router.get("/locations/{location_id}/history")
async def read_location_history(location_id: UUID, request: Request, person: Staff) -> HistoryView:
    """What held of a location before: its managers from-to among it."""
    async with acting(request) as work:
        return await facts.location_history(work, person, location_id)


@router.get("/locations/{location_id}/ratings")
async def read_location_ratings(
    location_id: UUID, request: Request, person: Staff, as_of: date | None = None
) -> list[RatingView]:
    """CQC's ratings of a location that stood on a day; without one, all that ever were."""
    async with acting(request) as work:
        return await positions.ratings_of(work, person, location_id, as_of)


@router.get("/providers/{provider_id}")
async def read_provider(
    provider_id: UUID, request: Request, response: Response, person: Staff
) -> ProviderView:
    """A provider with its facts, its locations and what went before it."""
    async with acting(request) as work:
        view = await facts.provider(work, person, provider_id)
    etag.tag(response, view)
    return view


@asynccontextmanager
async def _changing(
    request: Request, person: Person, provider_id: UUID, if_match: str | None
) -> AsyncIterator[Work]:
    """One change of a provider at a time, and of what its sender has read."""
    async with acting(request) as work:
        await register.hold_provider(work, person, provider_id)
        etag.must_match(if_match, await facts.provider(work, person, provider_id))
        yield work


@router.patch("/providers/{provider_id}")
async def change_provider(
    provider_id: UUID,
    form: ProviderFactsForm,
    request: Request,
    response: Response,
    person: Registrar,
    if_match: IfMatch = None,
) -> ProviderView:
    """Facts of a provider that are different from a day on; what they were is kept."""
    async with _changing(request, person, provider_id, if_match) as work:
        await register.state_of_provider(work, person, provider_id, form)
        view = await facts.provider(work, person, provider_id)
    etag.tag(response, view)
    return view


@router.post("/providers/{provider_id}/predecessors", status_code=201)
async def state_predecessor(
    provider_id: UUID,
    form: PredecessorForm,
    request: Request,
    response: Response,
    person: Registrar,
    if_match: IfMatch = None,
) -> ProviderView:
    """A registration that went before one of the provider's; what was said of it is kept (WS1)."""
    async with _changing(request, person, provider_id, if_match) as work:
        await predecessors.state_predecessor(work, person, provider_id, form)
        view = await facts.provider(work, person, provider_id)
    etag.tag(response, view)
    return view


@router.post("/providers/{provider_id}/predecessors/withdrawal")
async def withdraw_predecessor(
    provider_id: UUID,
    form: WithdrawalForm,
    request: Request,
    response: Response,
    person: Registrar,
    if_match: IfMatch = None,
) -> ProviderView:
    """Take back a predecessor that was stated in error; who did, and why, is kept (WS1)."""
    async with _changing(request, person, provider_id, if_match) as work:
        await predecessors.withdraw_predecessor(work, person, provider_id, form)
        view = await facts.provider(work, person, provider_id)
    etag.tag(response, view)
    return view


@router.get("/providers/{provider_id}/history")
async def read_provider_history(provider_id: UUID, request: Request, person: Staff) -> HistoryView:
    """What held of a provider before: its nominated individuals from-to among it."""
    async with acting(request) as work:
        return await facts.provider_history(work, person, provider_id)
