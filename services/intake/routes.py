"""Intake's HTTP door: translate and hand over."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.intake.domain.concerns import ConcernState, Limbs
from services.intake.handlers import agencies, concerns, handovers, reads
from services.intake.views import (
    ConcernAnswer,
    ConcernForm,
    ConcernLine,
    ConcernStatus,
    ConcernView,
    ContactLine,
    HandoverLine,
    LocationLine,
    LocationView,
    QuarantineItem,
    QuarantineLine,
    SuspensionForm,
    TriageForm,
)
from shared.contracts.words import Role
from shared.platform.app import acting
from shared.platform.security import Person, requires

router = APIRouter()

Submitter = Annotated[
    Person,
    requires(
        Role.PORTAL,
        Role.REGISTERED_MANAGER,
        Role.NOMINATED_INDIVIDUAL,
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
    ),
]
Triager = Annotated[
    Person,
    requires(Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.SAFEGUARDING, Role.TEAM_MANAGER),
]
Safeguarding = Annotated[Person, requires(Role.SAFEGUARDING)]
Staff = Annotated[
    Person,
    requires(
        Role.PRACTITIONER,
        Role.CONTRACTS_OFFICER,
        Role.SAFEGUARDING,
        Role.TEAM_MANAGER,
        Role.OPERATIONS_LEAD,
        Role.INTELLIGENCE_CHAIR,
        Role.NOTE_TAKER,
        Role.QIP_CHAIR,
    ),
]
Convener = Annotated[
    Person,
    requires(Role.INTELLIGENCE_CHAIR, Role.QIP_CHAIR, Role.NOTE_TAKER, Role.TEAM_MANAGER),
]
Governance = Annotated[Person, requires(Role.INFORMATION_GOVERNANCE, Role.SENIOR_MANAGER)]


@router.post("/concerns", status_code=201, tags=["concerns"])
async def take_concern(form: ConcernForm, request: Request, person: Submitter) -> ConcernAnswer:
    """Tell a care concern. The same reference gives the same concern."""
    async with acting(request) as work:
        teller = await concerns.teller_of(work, person, form.location, form.reported_by)
        taken = await concerns.take_concern(work, teller, concerns.told(form))
        return ConcernAnswer.model_validate(taken, from_attributes=True)


@router.get("/concerns", tags=["concerns"])
async def list_concerns(
    request: Request,
    person: Triager,
    state: ConcernState = ConcernState.RECEIVED,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> list[ConcernLine]:
    """The triage queue, the oldest first."""
    async with acting(request) as work:
        return await reads.concern_lines(work, person, state, limit)


@router.get("/concerns/{concern_id}", tags=["concerns"])
async def read_concern(concern_id: UUID, request: Request, person: Triager) -> ConcernView:
    """A concern with its narrative; the read is audited."""
    async with acting(request) as work:
        return await reads.concern(work, person, concern_id)


@router.get("/concerns/status/{reference}", tags=["concerns"])
async def concern_status(reference: str, request: Request, person: Submitter) -> ConcernStatus:
    """Where a concern stands, for who submitted it."""
    async with acting(request) as work:
        return await reads.concern_status(work, person, reference)


@router.post("/concerns/{concern_id}/triage", tags=["concerns"])
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


@router.get("/handovers", tags=["handovers"])
async def list_handovers(request: Request, person: Triager) -> list[HandoverLine]:
    """What was handed to safeguarding and is not acknowledged."""
    async with acting(request) as work:
        return await reads.handover_lines(work, person)


@router.post("/handovers/{concern_id}/acknowledgement", status_code=204, tags=["handovers"])
async def acknowledge_handover(concern_id: UUID, request: Request, person: Safeguarding) -> None:
    """Safeguarding takes over; the escalation ends."""
    async with acting(request) as work:
        await handovers.acknowledge_handover(work, person.partnerships, concern_id, person.subject)


@router.get("/locations", tags=["register"])
async def list_locations(
    request: Request,
    person: Staff,
    after: str = "",
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> list[LocationLine]:
    """Locations in the order of their references; `after` is the last one of the page before."""
    async with acting(request) as work:
        return await reads.location_lines(work, person, after, limit)


@router.get("/locations/{location_id}", tags=["register"])
async def read_location(location_id: UUID, request: Request, person: Staff) -> LocationView:
    """A location with the source and date of its facts."""
    async with acting(request) as work:
        return await reads.location(work, person, location_id)


@router.get("/contacts", tags=["register"])
async def list_contacts(
    request: Request,
    person: Convener,
    agency: str | None = None,
    location: UUID | None = None,
) -> list[ContactLine]:
    """Who works for an agency, or holds office at a location: whom a case can name."""
    async with acting(request) as work:
        return await reads.contact_lines(work, person, agency, location)


@router.get("/quarantine", tags=["quarantine"])
async def list_quarantine(
    request: Request, person: Triager, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[QuarantineLine]:
    """Refused messages, without their content."""
    async with acting(request) as work:
        return await reads.quarantine_lines(work, person, limit)


@router.get("/quarantine/{item_id}", tags=["quarantine"])
async def read_quarantine(item_id: UUID, request: Request, person: Triager) -> QuarantineItem:
    """A refused message with its content; the read is audited."""
    async with acting(request) as work:
        return await reads.quarantine_item(work, person, item_id)


@router.put("/agencies/{agency_id}/suspension", status_code=204, tags=["agencies"])
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
