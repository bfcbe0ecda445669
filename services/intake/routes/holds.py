"""Legal holds."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.intake.handlers import holds
from services.intake.routes.people import HoldKeeper
from services.intake.views.retention import HoldForm, HoldView, LiftForm
from shared.platform.app import acting
from shared.platform.paging import Cursor, link_next

router = APIRouter(tags=["retention"])


@router.get("/holds")
async def list_holds(
    request: Request,
    response: Response,
    person: HoldKeeper,
    standing: bool = True,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[HoldView]:
    """Legal holds that stand, or with `standing=false` all that ever did."""
    async with acting(request) as work:
        page = await holds.hold_page(work, person, cursor, limit, standing=standing)
    link_next(request, response, page.next)
    return page.items


@router.post("/holds", status_code=201)
async def set_hold(form: HoldForm, request: Request, person: HoldKeeper) -> HoldView:
    """Keep something from being erased, with a reason; audited."""
    async with acting(request) as work:
        return await holds.set_hold(work, person, form.kind, form.subject_id, form.reason)


@router.post("/holds/{hold_id}/lift")
async def lift_hold(
    hold_id: UUID, form: LiftForm, request: Request, person: HoldKeeper
) -> HoldView:
    """Let a legal hold go, with a reason; audited."""
    async with acting(request) as work:
        return await holds.lift_hold(work, person, hold_id, form.reason)
