"""Lists of concerns: filtered, ordered, searched, page by page, and as a spreadsheet."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request, Response

from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import Order, Wanted
from services.intake.handlers import lists
from services.intake.routes.people import Triager
from services.intake.routes.sheets import sheet
from services.intake.views import ConcernLine
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["concerns"])

Words = Annotated[
    str | None, Query(min_length=2, max_length=200, description="Words to search for.")
]
NameOrReference = Annotated[
    str | None,
    Query(
        min_length=2,
        max_length=200,
        description="Part of the location's name, or how our reference begins.",
    ),
]
Word = Annotated[str | None, Query(max_length=60)]
Rule = Annotated[str | None, Query(max_length=80)]


async def _wanted(
    state: Annotated[ConcernState | Literal["any"], Query()] = ConcernState.RECEIVED,
    category: Word = None,
    location: UUID | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
    q: Words = None,
    sort: Order = Order.OLDEST,
) -> Wanted:
    return Wanted(
        state=state if isinstance(state, ConcernState) else None,
        category=category,
        location_id=location,
        received_from=received_from,
        received_to=received_to,
        words=q,
        order=sort,
    )


Filter = Annotated[Wanted, Depends(_wanted)]


@router.get("/concerns")
async def list_concerns(
    request: Request,
    response: Response,
    person: Triager,
    wanted: Filter,
    why: ReadReason,
    turn: Turning,
) -> list[ConcernLine]:
    """Concerns without narrative, the oldest first; `q` searches in their texts."""
    async with acting(request) as work:
        page = await lists.concern_page(work, person, wanted, turn, why)
    link_next(request, response, page.next)
    return page.items


@router.get("/concerns.csv", response_class=Response)
async def export_concerns(
    request: Request,
    person: Triager,
    wanted: Filter,
    why: ReadReason,
    turn: TurningSheet,
) -> Response:
    """The same list for a spreadsheet; the export is audited."""
    async with acting(request) as work:
        page = await lists.concern_sheet(work, person, wanted, turn, why)
    return sheet(request, "concerns", page)
