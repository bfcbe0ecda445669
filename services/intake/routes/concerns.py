"""Concerns: told, read, triaged."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intake.domain.concerns import ConcernState, Limbs
from services.intake.handlers import concerns, corrections, reads, tellers, triage
from services.intake.routes import emergency_first
from services.intake.routes.people import Follower, Submitter, Triager
from services.intake.views import (
    ConcernAnswer,
    ConcernForm,
    ConcernStatus,
    ConcernView,
    CorrectionForm,
    TriageForm,
)
from shared.platform import etag
from shared.platform.app import acting
from shared.platform.etag import IfMatch
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["concerns"])


def decided(state: ConcernState, tell: str | None) -> dict[str, str]:
    """Where a concern stands now; `tell` only where nobody writes to who told it."""
    return {"state": state.value, **({"tell": tell} if tell else {})}


async def take_concern(form: ConcernForm, request: Request, person: Submitter) -> ConcernAnswer:
    """Tell a care concern. The same reference gives the same concern."""
    async with acting(request) as work:
        told = concerns.told(form)
        taken = await concerns.tell_concern(work, person, form.reported_by, told)
        return ConcernAnswer.model_validate(taken, from_attributes=True)


emergency_first.add_route(router, "/concerns", take_concern)


@router.get("/concerns/{concern_id}")
async def read_concern(
    concern_id: UUID, request: Request, response: Response, person: Triager, why: ReadReason
) -> ConcernView:
    """A concern with its narrative; the read is audited, with a reason where it is NAMED."""
    async with acting(request) as work:
        view = await reads.concern(work, person, concern_id, why)
    etag.tag(response, view)
    return view


@router.get("/concerns/status/{reference}")
async def concern_status(
    reference: str, request: Request, person: Follower, why: ReadReason
) -> ConcernStatus:
    """Where a concern stands, for who submitted it."""
    async with acting(request) as work:
        return await reads.concern_status(work, person, reference, why)


@router.post("/concerns/{concern_id}/corrections/{entry_id}")
async def decide_on_correction(
    concern_id: UUID,
    entry_id: UUID,
    form: CorrectionForm,
    request: Request,
    person: Triager,
    if_match: IfMatch = None,
) -> dict[str, str]:
    """Make a correction that who told a concern has asked for, or decline it; they are told."""
    async with acting(request) as work:
        await reads.unchanged(work, person, concern_id, if_match, needed=True)
        row = await corrections.decide(
            work, person, concern_id, entry_id, form.outcome, form.value, form.reason
        )
        return decided(reads.state_for(row, person), tellers.by_hand(row, person.subject))


@router.post("/concerns/{concern_id}/triage")
async def triage_concern(
    concern_id: UUID,
    form: TriageForm,
    request: Request,
    person: Triager,
    if_match: IfMatch = None,
) -> dict[str, str]:
    """Decide below or above the safeguarding threshold."""
    limbs = Limbs(
        form.care_and_support_needs, form.abuse_or_neglect, form.cannot_protect_themselves
    )
    async with acting(request) as work:
        await reads.unchanged(work, person, concern_id, if_match)
        made = await triage.triage_concern(
            *(work, person, concern_id, form.decision, limbs, form.reason),
            nobody_else_because=form.nobody_else_because,
        )
        return decided(made.state, made.tell)
