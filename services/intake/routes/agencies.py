"""Agencies."""

from __future__ import annotations

from fastapi import APIRouter, Request

from services.intake.handlers import agencies
from services.intake.routes.people import Governance
from services.intake.views import SuspensionForm
from shared.platform.app import acting

router = APIRouter(tags=["agencies"])


@router.put("/agencies/{agency_id}/suspension", status_code=204)
async def suspend_agency(
    agency_id: str, form: SuspensionForm, request: Request, person: Governance
) -> None:
    """Cut an agency off at once, or let it in again."""
    async with acting(request) as work:
        await agencies.suspend_agency(
            work,
            person.partnerships,
            agency_id,
            person.subject,
            suspended=form.suspended,
            why=form.why,
        )
