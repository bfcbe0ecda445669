"""Lists of requests."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.domain.lists import RequestsWanted
from services.intake.handlers import request_lists
from services.intake.routes.people import Governor, LoadReader, RefusalReader
from services.intake.tables import RequestRow
from services.intake.views.requests import RefusedLine, RequestLine
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next
from shared.platform.spreadsheets import csv_response

router = APIRouter(tags=["requests"])

_Type = Annotated[str | None, Query(max_length=60)]
_Rule = Annotated[str | None, Query(max_length=80)]


def _line(row: RequestRow) -> RequestLine:
    return RequestLine.model_validate({**row.model_dump(), "request_id": row.id})


@router.get("/requests")
async def list_requests(
    location: UUID, request: Request, response: Response, person: LoadReader, turn: Turning
) -> list[RequestLine]:
    """What is open on a location's provider, as far as the asker may know of it."""
    async with acting(request, person.agency) as work:
        page = await request_lists.open_on_place(work, person, location, turn)
    link_next(request, response, page.next)
    return [_line(row) for row in page.items]


@router.get("/requests/statutory")
async def list_statutory_requests(
    request: Request, response: Response, person: Governor, turn: Turning
) -> list[RequestLine]:
    """Statutory requests that wait for information governance, the first due first."""
    async with acting(request) as work:
        page = await request_lists.statutory(work, person, turn)
    link_next(request, response, page.next)
    return [_line(row) for row in page.items]


@router.get("/requests/refused")
async def list_refused_requests(
    request: Request,
    response: Response,
    person: RefusalReader,
    turn: Turning,
    type_: Annotated[_Type, Query(alias="type")] = None,
    rule: _Rule = None,
    received_from: date | None = None,
    received_to: date | None = None,
) -> list[RefusedLine]:
    """What was refused and may be lifted, without its text, the newest first (WX0)."""
    wanted = RequestsWanted("refused", type_, rule, received_from, received_to)
    async with acting(request) as work:
        page = await request_lists.wanted_requests(work, person, wanted, turn)
    link_next(request, response, page.next)
    return [
        RefusedLine.model_validate({**row.model_dump(), "request_id": row.id}) for row in page.items
    ]


async def _wanted(
    state: Literal["open", "refused", "closed"] | None = None,
    type_: Annotated[_Type, Query(alias="type")] = None,
    rule: _Rule = None,
    received_from: date | None = None,
    received_to: date | None = None,
) -> RequestsWanted:
    return RequestsWanted(state, type_, rule, received_from, received_to)


@router.get("/requests.csv", response_class=Response)
async def export_requests(
    request: Request,
    person: RefusalReader,
    wanted: Annotated[RequestsWanted, Depends(_wanted)],
    turn: TurningSheet,
) -> Response:
    """Requests of every state for a spreadsheet, but statutory ones; the export is audited."""
    async with acting(request) as work:
        page = await request_lists.sheet(work, person, wanted, turn)
    response = csv_response("requests", page.items[0])
    link_next(request, response, page.next)
    return response
