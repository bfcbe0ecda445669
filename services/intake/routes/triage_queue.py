"""The triage queue."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.intake.domain.lists import Order, QueueWanted
from services.intake.handlers import triage_queue
from services.intake.routes.lists import NameOrReference, Word
from services.intake.routes.people import Triager
from services.intake.routes.sheets import sheet
from services.intake.views.triage_queue import QueueLine, ReleaseClaimForm
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next

router = APIRouter(tags=["triage"])


async def _wanted(
    in_hand: Literal["any", "mine", "nobody"] = "any",
    overdue: bool = False,
    category: Word = None,
    location: UUID | None = None,
    received_from: date | None = None,
    received_to: date | None = None,
    q: NameOrReference = None,
    sort: Order = Order.OLDEST,
) -> QueueWanted:
    return QueueWanted(
        received_from,
        received_to,
        in_hand=in_hand,
        overdue=overdue,
        category=category,
        location_id=location,
        words=q,
        order=sort,
    )


Filter = Annotated[QueueWanted, Depends(_wanted)]


@router.get("/triage")
async def list_triage(
    request: Request, response: Response, person: Triager, wanted: Filter, turn: Turning
) -> list[QueueLine]:
    """What waits for triage, the oldest first: its age, who has it, and what is overdue."""
    async with acting(request) as work:
        page = await triage_queue.queue(work, person, wanted, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/triage.csv", response_class=Response)
async def export_triage(
    request: Request, person: Triager, wanted: Filter, turn: TurningSheet
) -> Response:
    """The same list for a spreadsheet; the export is audited."""
    async with acting(request) as work:
        page = await triage_queue.sheet(work, person, wanted, turn)
    return sheet(request, "triage", page)


@router.post("/concerns/{concern_id}/claim")
async def claim_concern(concern_id: UUID, request: Request, person: Triager) -> QueueLine:
    """Take a concern in hand."""
    async with acting(request) as work:
        return await triage_queue.claim(work, person, concern_id)


@router.post("/concerns/{concern_id}/release")
async def release_concern(
    concern_id: UUID, form: ReleaseClaimForm, request: Request, person: Triager
) -> QueueLine:
    """Give a concern back to the queue; a team manager somebody else's, with a reason."""
    async with acting(request) as work:
        return await triage_queue.release(work, person, concern_id, form.reason)
