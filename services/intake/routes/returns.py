"""Quarterly quality returns that did not come (L1.2g)."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.intake.handlers import returns
from services.intake.routes.people import ReturnReader
from services.intake.views.signals import OverdueReturn
from shared.platform.app import acting
from shared.platform.paging import Turning, link_next

router = APIRouter(tags=["signals"])


@router.get("/quality-returns/overdue")
async def list_overdue_returns(
    request: Request,
    response: Response,
    person: ReturnReader,
    turn: Turning,
    agency: Annotated[str | None, Query(max_length=60)] = None,
    location: UUID | None = None,
) -> list[OverdueReturn]:
    """Which agency owes which service's quality return, the longest due first."""
    async with acting(request) as work:
        page = await returns.overdue(work, person, agency, location, turn)
    link_next(request, response, page.next)
    return page.items
