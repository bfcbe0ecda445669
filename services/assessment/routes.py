"""Assessment's HTTP door: translate and hand over."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.assessment.domain.crossings import State
from services.assessment.handlers import decisions, reads
from services.assessment.views import (
    ConfirmationForm,
    FindingView,
    PictureView,
    RejectionForm,
    TriggerPage,
    TriggerView,
    WiderConcernForm,
)
from shared.contracts.words import Role
from shared.platform.app import acting
from shared.platform.security import Person, requires

router = APIRouter()

Reader = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.TEAM_MANAGER,
        Role.CONTRACTS_OFFICER,
        Role.OPERATIONS_LEAD,
        Role.SAFEGUARDING,
        Role.INTELLIGENCE_CHAIR,
    ),
]
TriggerReader = Annotated[
    Person,
    requires(Role.TEAM_MANAGER, Role.PRACTITIONER, Role.INTELLIGENCE_CHAIR, Role.SAFEGUARDING),
]
Decider = Annotated[Person, requires(Role.TEAM_MANAGER, Role.SAFEGUARDING)]
Assessor = Annotated[Person, requires(Role.PRACTITIONER, Role.SAFEGUARDING, Role.TEAM_MANAGER)]


@router.get("/locations/{location_id}/picture", tags=["picture"])
async def read_picture(
    location_id: UUID, request: Request, person: Reader, since: date | None = None
) -> PictureView:
    """What is known of a location since a day (a year back without one), and what holds now."""
    async with acting(request) as work:
        return await reads.picture(work, person, location_id, since)


@router.post("/locations/{location_id}/wider-concern", status_code=201, tags=["picture"])
async def record_wider_concern(
    location_id: UUID, form: WiderConcernForm, request: Request, person: Assessor
) -> FindingView:
    """Record concerns about quality that are wider than an enquiry (L1.2b)."""
    async with acting(request) as work:
        return await decisions.record_wider_concern(work, person, location_id, form.reason)


@router.get("/triggers", tags=["triggers"])
async def list_triggers(
    request: Request,
    person: TriggerReader,
    state: Literal["candidate", "met"] = "candidate",
    after: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TriggerPage:
    """Candidates to decide on, or triggers that are met; the oldest first."""
    async with acting(request) as work:
        return await reads.triggers(work, person, State(state), after, limit)


@router.post("/triggers/{crossing_id}/confirmation", tags=["triggers"])
async def confirm_trigger(
    crossing_id: UUID, form: ConfirmationForm, request: Request, person: Decider
) -> TriggerView:
    """A candidate is met (L1.2d, L1.2e)."""
    async with acting(request) as work:
        return await decisions.confirm_trigger(
            work, person, crossing_id, form.reason, form.liaison_reference
        )


@router.post("/triggers/{crossing_id}/rejection", tags=["triggers"])
async def reject_trigger(
    crossing_id: UUID, form: RejectionForm, request: Request, person: Decider
) -> TriggerView:
    """A candidate is not met; it is not raised again while its rule holds."""
    async with acting(request) as work:
        return await decisions.reject_trigger(work, person, crossing_id, form.reason)
