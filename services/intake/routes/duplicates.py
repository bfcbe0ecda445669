"""What is likely to be about one thing, for who triages."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request

from services.intake.handlers import duplicates
from services.intake.routes.people import Triager
from services.intake.views.told import DuplicateForm, ProposalLine
from shared.platform.app import acting

router = APIRouter(tags=["duplicates"])


@router.get("/concerns/{concern_id}/duplicates")
async def list_duplicates(
    concern_id: UUID, request: Request, person: Triager
) -> list[ProposalLine]:
    """Concerns that are likely to be about the same thing, the likest first."""
    async with acting(request) as work:
        found = await duplicates.proposals(work, person, concern_id)
        return [ProposalLine.model_validate(one, from_attributes=True) for one in found]


@router.post("/concerns/{concern_id}/duplicates")
async def decide_on_duplicate(
    concern_id: UUID, form: DuplicateForm, request: Request, person: Triager
) -> dict[str, str]:
    """Merge two concerns, or keep them apart; both sources stay."""
    async with acting(request) as work:
        state = await duplicates.decide(
            work, person, concern_id, form.other_id, form.state, form.reason
        )
        return {"state": state.value}
