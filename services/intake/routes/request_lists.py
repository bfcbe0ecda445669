"""Lists of requests."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.domain.lists import DueOrder, DueWanted, RequestOrder, RequestsWanted
from services.intake.handlers import request_lists, statutory
from services.intake.routes.lists import Rule, Word, Words
from services.intake.routes.people import Governor, LoadReader, RefusalReader
from services.intake.routes.sheets import sheet
from services.intake.tables import RequestRow
from services.intake.views.requests import RefusedLine, RequestLine, StatutoryLine
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["requests"])

_Type = Annotated[str | None, Query(alias="type", max_length=60)]


def _line(row: RequestRow) -> RequestLine:
    return RequestLine.model_validate({**row.model_dump(), "request_id": row.id})


@router.get("/requests")
async def list_requests(
    location: UUID,
    request: Request,
    response: Response,
    person: LoadReader,
    turn: Turning,
    type_: _Type = None,
    agency: Word = None,
    sort: DueOrder = DueOrder.OLDEST,
) -> list[RequestLine]:
    """What is open on a location's provider, as far as the asker may know of it."""
    wanted = DueWanted(None, type_, agency, sort)
    async with acting(request, person.agency) as work:
        page = await request_lists.open_on_place(work, person, location, wanted, turn)
    link_next(request, response, page.next)
    return [_line(row) for row in page.items]


async def _due_wanted(
    location: UUID | None = None,
    type_: _Type = None,
    agency: Word = None,
    sort: DueOrder = DueOrder.FIRST_DUE,
) -> DueWanted:
    return DueWanted(location, type_, agency, sort)


_Due = Annotated[DueWanted, Depends(_due_wanted)]


@router.get("/requests/statutory")
async def list_statutory_requests(
    request: Request, response: Response, person: Governor, wanted: _Due, turn: Turning
) -> list[StatutoryLine]:
    """Statutory requests that wait for information governance, the first due first."""
    async with acting(request) as work:
        page = await request_lists.statutory(work, person, wanted, turn)
    link_next(request, response, page.next)
    return [
        StatutoryLine(**_line(row).model_dump(), asker_suspended=statutory.is_of_suspended(row))
        for row in page.items
    ]


@router.get("/requests/statutory.csv", response_class=Response)
async def export_statutory_requests(
    request: Request, person: Governor, wanted: _Due, turn: TurningSheet
) -> Response:
    """The same list for a spreadsheet; the export is audited."""
    async with acting(request) as work:
        page = await request_lists.statutory_sheet(work, person, wanted, turn)
    return sheet(request, "statutory", page)


async def _refused(
    type_: _Type = None,
    rule: Rule = None,
    location: UUID | None = None,
    agency: Word = None,
    received_from: date | None = None,
    received_to: date | None = None,
    q: Words = None,
    sort: RequestOrder = RequestOrder.NEWEST,
) -> RequestsWanted:
    return RequestsWanted(
        received_from,
        received_to,
        state="refused",
        type=type_,
        rule=rule,
        location_id=location,
        agency_id=agency,
        words=q,
        order=sort,
    )


_Refused = Annotated[RequestsWanted, Depends(_refused)]


async def _wanted(
    wanted: _Refused, state: Literal["open", "refused", "closed"] | None = None
) -> RequestsWanted:
    return replace(wanted, state=state)


_Filter = Annotated[RequestsWanted, Depends(_wanted)]


@router.get("/requests/refused")
async def list_refused_requests(
    request: Request,
    response: Response,
    person: RefusalReader,
    turn: Turning,
    why: ReadReason,
    wanted: _Refused,
) -> list[RefusedLine]:
    """What was refused and may be lifted, without its text, the newest first (WX0)."""
    async with acting(request) as work:
        page = await request_lists.wanted_requests(work, person, wanted, turn, why)
    link_next(request, response, page.next)
    return [
        RefusedLine.model_validate({**row.model_dump(), "request_id": row.id}) for row in page.items
    ]


@router.get("/requests.csv", response_class=Response)
async def export_requests(
    request: Request, person: RefusalReader, wanted: _Filter, turn: TurningSheet, why: ReadReason
) -> Response:
    """Requests of every state for a spreadsheet, but statutory ones; the export is audited."""
    async with acting(request) as work:
        page = await request_lists.sheet(work, person, wanted, turn, why)
    return sheet(request, "requests", page)
