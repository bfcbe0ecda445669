"""Runs that erase: asked for by one person, approved by another, done by command."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.intake.handlers import retention
from services.intake.routes.people import Governance, RunAsker
from services.intake.views.retention import RunForm, RunView
from shared.platform.app import acting
from shared.platform.paging import Cursor, link_next

router = APIRouter(tags=["retention"])


@router.get("/retention/runs")
async def list_runs(
    request: Request,
    response: Response,
    person: RunAsker,
    cursor: Cursor = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[RunView]:
    """Runs that erase, the newest first: who asked, who approved, what would go and what went."""
    async with acting(request) as work:
        page = await retention.run_page(work, person, cursor, limit)
    link_next(request, response, page.next)
    return page.items


@router.post("/retention/runs", status_code=201)
async def ask_for_run(form: RunForm, request: Request, person: RunAsker) -> RunView:
    """Ask for a run over what has come to its time by today; audited. It erases nothing yet."""
    async with acting(request) as work:
        return await retention.ask(work, person, form.partnership, form.reason)


@router.post("/retention/runs/{run_id}/approval")
async def approve_run(run_id: UUID, request: Request, person: Governance) -> RunView:
    """Approve a run that somebody else asked for; audited. Then the command may erase."""
    async with acting(request) as work:
        return await retention.approve(work, person, run_id)
