"""The triage queue."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.intake.handlers import triage_queue
from services.intake.handlers.triage_queue import Hands
from services.intake.routes.people import Triager
from services.intake.views.triage_queue import QueueLine, ReleaseClaimForm
from shared.platform.app import acting
from shared.platform.paging import Cursor, link_next

router = APIRouter(tags=["triage"])


@router.get("/triage")
async def list_triage(
    request: Request,
    response: Response,
    person: Triager,
    in_hand: Hands = "any",
    overdue: bool = False,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[QueueLine]:
    """What waits for triage, the oldest first: its age, who has it, and what is overdue."""
    async with acting(request) as work:
        page = await triage_queue.queue(work, person, in_hand, cursor, limit, overdue=overdue)
    link_next(request, response, page.next)
    return page.items


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
