"""What was handed to safeguarding."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.intake.domain.lists import HandoverOrder, HandoversWanted
from services.intake.handlers import handover_lists, handovers
from services.intake.routes.lists import NameOrReference
from services.intake.routes.people import Safeguarding
from services.intake.routes.sheets import sheet
from services.intake.views import HandoverLine
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next

router = APIRouter(tags=["handovers"])


async def _wanted(
    state: Literal["open", "acknowledged", "any"] = "open",
    emergency: bool | None = None,
    location: UUID | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
    q: NameOrReference = None,
    sort: HandoverOrder = HandoverOrder.OLDEST,
) -> HandoversWanted:
    return HandoversWanted(
        received_from,
        received_to,
        state=state,
        emergency=emergency,
        location_id=location,
        words=q,
        order=sort,
    )


Filter = Annotated[HandoversWanted, Depends(_wanted)]


@router.get("/handovers")
async def list_handovers(
    request: Request, response: Response, person: Safeguarding, wanted: Filter, turn: Turning
) -> list[HandoverLine]:
    """What was handed to safeguarding: what is not acknowledged, or by `state` the rest too."""
    async with acting(request) as work:
        page = await handover_lists.handover_lines(work, person, wanted, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/handovers.csv", response_class=Response)
async def export_handovers(
    request: Request, person: Safeguarding, wanted: Filter, turn: TurningSheet
) -> Response:
    """The same list for a spreadsheet; the export is audited."""
    async with acting(request) as work:
        page = await handover_lists.sheet(work, person, wanted, turn)
    return sheet(request, "handovers", page)


@router.post("/handovers/{concern_id}/acknowledgement", status_code=204)
async def acknowledge_handover(concern_id: UUID, request: Request, person: Safeguarding) -> None:
    """Safeguarding takes over; the escalation ends."""
    async with acting(request) as work:
        await handovers.acknowledge_handover(work, person.partnerships, concern_id, person.subject)
