"""Agencies."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from services.intake.handlers import agencies, agency_lists, successions
from services.intake.routes.people import AgencyReader, Governance
from services.intake.views import SuspensionForm
from services.intake.views.agencies import (
    AgencyLine,
    AgencyView,
    AgreementEndForm,
    AgreementForm,
    SuccessionForm,
)
from shared.contracts.words import AgencyFunction
from shared.platform import etag
from shared.platform.app import acting
from shared.platform.etag import IfMatch
from shared.platform.paging import Turning, link_next

router = APIRouter(tags=["agencies"])


@router.put("/agencies/{agency_id}/suspension", status_code=204)
async def suspend_agency(
    agency_id: str,
    form: SuspensionForm,
    request: Request,
    person: Governance,
    if_match: IfMatch = None,
) -> None:
    """Cut an agency off at once, or let it in again."""
    async with acting(request) as work:
        # A suspension waits for nobody: without a tag it is what it says, whatever changed.
        held = await successions.held_agency(work, person, agency_id)
        etag.must_match(if_match, held, needed=False)
        await agencies.suspend_agency(
            work,
            person.partnerships,
            agency_id,
            person.subject,
            suspended=form.suspended,
            why=form.why,
        )


@router.get("/agencies")
async def list_agencies(
    request: Request,
    response: Response,
    person: AgencyReader,
    turn: Turning,
    q: Annotated[str | None, Query(min_length=2, max_length=200)] = None,
    function: AgencyFunction | None = None,
    suspended: bool | None = None,
) -> list[AgencyLine]:
    """Agencies with the functions that they hold today, in the order of their ids."""
    async with acting(request) as work:
        page = await agency_lists.agency_page(work, person, q, function, suspended, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/agencies/{agency_id}")
async def read_agency(
    agency_id: str, request: Request, response: Response, person: Governance
) -> AgencyView:
    """An agency with all that it held, signed and followed."""
    async with acting(request) as work:
        view = await successions.agency(work, person, agency_id)
    etag.tag(response, view)
    return view


@router.post("/agencies/{agency_id}/agreements", status_code=201)
async def sign_agreement(
    agency_id: str, form: AgreementForm, request: Request, person: Governance
) -> AgencyView:
    """An agency has signed a version of the confidentiality agreement (L1.1)."""
    async with acting(request) as work:
        await successions.sign_agreement(work, person, agency_id, form.version, form.signed_on)
        return await successions.agency(work, person, agency_id)


@router.put("/agencies/{agency_id}/agreement-end", status_code=204)
async def end_agreement(
    agency_id: str,
    form: AgreementEndForm,
    request: Request,
    person: Governance,
    if_match: IfMatch = None,
) -> None:
    """The agreement binds no more: from now on nothing above PUBLIC (L1.1)."""
    async with acting(request) as work:
        etag.must_match(if_match, await successions.held_agency(work, person, agency_id))
        await successions.end_agreement(work, person, agency_id, form.why)


@router.post("/agencies/{agency_id}/succession", status_code=201)
async def succeed_agency(
    agency_id: str, form: SuccessionForm, request: Request, person: Governance
) -> AgencyView:
    """From a day on another agency does what this one did; history and feeds stay."""
    async with acting(request) as work:
        return await successions.succeed(work, person, agency_id, form)
