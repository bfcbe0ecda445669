"""What was handed to safeguarding."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intake.handlers import handovers, reads
from services.intake.routes.people import Safeguarding
from services.intake.views import HandoverLine
from shared.platform.app import acting
from shared.platform.paging import Turning, link_next

router = APIRouter(tags=["handovers"])


@router.get("/handovers")
async def list_handovers(
    request: Request, response: Response, person: Safeguarding, turn: Turning
) -> list[HandoverLine]:
    """What was handed to safeguarding and is not acknowledged."""
    async with acting(request) as work:
        page = await reads.handover_lines(work, person, turn)
    link_next(request, response, page.next)
    return page.items


@router.post("/handovers/{concern_id}/acknowledgement", status_code=204)
async def acknowledge_handover(concern_id: UUID, request: Request, person: Safeguarding) -> None:
    """Safeguarding takes over; the escalation ends."""
    async with acting(request) as work:
        await handovers.acknowledge_handover(work, person.partnerships, concern_id, person.subject)
