"""Concerns: told, read, triaged."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.intake.domain.concerns import ConcernState, Limbs
from services.intake.handlers import concerns, reads
from services.intake.routes.people import Submitter, Triager
from services.intake.views import (
    ConcernAnswer,
    ConcernForm,
    ConcernLine,
    ConcernStatus,
    ConcernView,
    TriageForm,
)
from shared.platform.app import acting

router = APIRouter(tags=["concerns"])


@router.post("/concerns", status_code=201)
async def take_concern(form: ConcernForm, request: Request, person: Submitter) -> ConcernAnswer:
    """Tell a care concern. The same reference gives the same concern."""
    async with acting(request) as work:
        told = concerns.told(form)
        taken = await concerns.tell_concern(work, person, form.reported_by, told)
        return ConcernAnswer.model_validate(taken, from_attributes=True)


@router.get("/concerns")
async def list_concerns(
    request: Request,
    person: Triager,
    state: ConcernState = ConcernState.RECEIVED,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ConcernLine]:
    """The triage queue, the oldest first."""
    async with acting(request) as work:
        return await reads.concern_lines(work, person, state, limit)


@router.get("/concerns/{concern_id}")
async def read_concern(concern_id: UUID, request: Request, person: Triager) -> ConcernView:
    """A concern with its narrative; the read is audited."""
    async with acting(request) as work:
        return await reads.concern(work, person, concern_id)


@router.get("/concerns/status/{reference}")
async def concern_status(reference: str, request: Request, person: Submitter) -> ConcernStatus:
    """Where a concern stands, for who submitted it."""
    async with acting(request) as work:
        return await reads.concern_status(work, person, reference)


@router.post("/concerns/{concern_id}/triage")
async def triage_concern(
    concern_id: UUID, form: TriageForm, request: Request, person: Triager
) -> dict[str, str]:
    """Decide below or above the safeguarding threshold."""
    limbs = Limbs(
        form.care_and_support_needs, form.abuse_or_neglect, form.cannot_protect_themselves
    )
    async with acting(request) as work:
        state = await concerns.triage_concern(work, person, concern_id, form.decision, limbs)
        return {"state": state.value}
