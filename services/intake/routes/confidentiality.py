"""The procedures on confidentiality that members follow."""

from __future__ import annotations

from fastapi import APIRouter, Request

from services.intake.handlers import confidentiality
from services.intake.routes.people import Member
from services.intake.views.confidentiality import AcceptanceForm, ProceduresView
from shared.platform.app import acting

router = APIRouter(tags=["confidentiality"])


@router.get("/confidentiality")
async def read_procedures(request: Request, person: Member) -> list[ProceduresView]:
    """The procedures in force where the asker works, and whether they accepted them (L8a)."""
    async with acting(request) as work:
        return await confidentiality.procedures(work, person)


@router.post("/confidentiality/acceptances", status_code=201)
async def accept_procedures(
    form: AcceptanceForm, request: Request, person: Member
) -> ProceduresView:
    """Accept the version in force, for oneself; then meetings opens papers (L8a)."""
    async with acting(request) as work:
        return await confidentiality.accept(work, person, form.partnership, form.version)
