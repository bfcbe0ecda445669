"""Meetings' HTTP door: translate and hand over."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.meetings.domain.decisions import ConsiderationState
from services.meetings.domain.readers import DESK, PROVIDER_PEOPLE
from services.meetings.handlers import chairs, decisions
from services.meetings.handlers import meetings as meeting_handlers
from services.meetings.handlers import plans as plan_handlers
from services.meetings.handlers import provider_contacts as contact_handlers
from services.meetings.handlers.reads import considerations, parts, qips
from services.meetings.views.considerations import (
    ConsiderationLine,
    ConsiderationView,
    DecisionView,
)
from services.meetings.views.forms import (
    ChairForm,
    DecisionForm,
    MeetingForm,
    PlanForm,
    ProviderContactForm,
)
from services.meetings.views.qips import (
    ChairView,
    DeskMeeting,
    DeskQip,
    MemberQip,
    PlanView,
    ProviderContactView,
    ProviderQip,
    QipLine,
)
from shared.contracts.words import Role
from shared.platform import etag
from shared.platform.app import acting
from shared.platform.etag import IfMatch
from shared.platform.security import Person, requires

router = APIRouter()

IntelligenceMeeting = Annotated[
    Person,
    requires(
        Role.INTELLIGENCE_CHAIR,
        Role.NOTE_TAKER,
        Role.TEAM_MANAGER,
        Role.SENIOR_MANAGER,
        Role.SAFEGUARDING,
    ),
]
IntelligenceChair = Annotated[Person, requires(Role.INTELLIGENCE_CHAIR)]
QipChair = Annotated[Person, requires(Role.QIP_CHAIR)]
Convener = Annotated[Person, requires(Role.QIP_CHAIR, Role.NOTE_TAKER)]
Planner = Annotated[Person, requires(*PROVIDER_PEOPLE, *DESK, Role.AGENCY_LIAISON)]
"""Agencies come this far, so that the rule can tell them whose plan it is (L1.3)."""
Anybody = Annotated[Person, requires(*Role)]
"""Who may know of a QIP the rights decide; everybody else gets a 404, not a 403 (L1.2)."""


@router.get("/considerations", tags=["considerations"])
async def list_considerations(
    request: Request,
    person: IntelligenceMeeting,
    state: ConsiderationState = ConsiderationState.OPEN,
) -> list[ConsiderationLine]:
    """Locations up for consideration at the intelligence meeting, the oldest first."""
    async with acting(request) as work:
        return await considerations.consideration_lines(work, person, state)


@router.get("/considerations/{consideration_id}", tags=["considerations"])
async def read_consideration(
    consideration_id: UUID, request: Request, person: IntelligenceMeeting
) -> ConsiderationView:
    """A consideration with triggers and evidence ids, candidates and earlier QIPs.

    For who has accepted the procedures on confidentiality (L8a).
    """
    async with acting(request) as work:
        return await considerations.consideration(work, person, consideration_id)


@router.post(
    "/considerations/{consideration_id}/decision", status_code=201, tags=["considerations"]
)
async def decide(
    consideration_id: UUID, form: DecisionForm, request: Request, person: IntelligenceChair
) -> DecisionView:
    """Record the meeting's decision: open a QIP, or decline."""
    async with acting(request) as work:
        decided = await decisions.decide(
            work, person, consideration_id, form.proposal(), form.members
        )
        return considerations.decision_view(decided)


@router.get("/qips", tags=["qips"])
async def list_qips(request: Request, person: Anybody) -> list[QipLine]:
    """The QIPs that the asker may know of, the newest first."""
    async with acting(request) as work:
        return await qips.qip_lines(work, person)


@router.get("/qips/{qip_id}", tags=["qips"])
async def read_qip(
    qip_id: UUID, request: Request, person: Anybody
) -> DeskQip | MemberQip | ProviderQip:
    """A QIP, as much of it as the asker may know; the read is audited.

    For who has accepted the procedures on confidentiality (L8a).
    """
    async with acting(request) as work:
        return await qips.qip(work, person, qip_id)


@router.post("/qips/{qip_id}/chair", status_code=201, tags=["qips"])
async def appoint_chair(
    qip_id: UUID, form: ChairForm, request: Request, person: IntelligenceChair
) -> ChairView:
    """Appoint the chair that the intelligence meeting agreed."""
    async with acting(request) as work:
        row = await chairs.appoint_chair(work, person, qip_id, form.person_ref, form.proposal())
        return parts.chair_view(row)


@router.post("/qips/{qip_id}/provider-contact", status_code=201, tags=["qips"])
async def contact_provider(
    qip_id: UUID, form: ProviderContactForm, request: Request, person: QipChair
) -> ProviderContactView:
    """Record the chair's contact with the provider, and send the terms of reference."""
    async with acting(request) as work:
        row = await contact_handlers.contact_provider(work, person, qip_id, form.made())
        return parts.contact_view(row)


@router.post("/qips/{qip_id}/meetings", status_code=201, tags=["meetings"])
async def schedule_meeting(
    qip_id: UUID, form: MeetingForm, request: Request, response: Response, person: Convener
) -> DeskMeeting:
    """Set a meeting and invite to it."""
    async with acting(request) as work:
        row = await meeting_handlers.schedule_meeting(work, person, qip_id, form.wanted())
        view = parts.meeting_view(row)
        etag.tag(response, view)
        return view


@router.put("/qips/{qip_id}/meetings/{meeting_id}", tags=["meetings"])
async def move_meeting(
    qip_id: UUID,
    meeting_id: UUID,
    form: MeetingForm,
    request: Request,
    response: Response,
    person: Convener,
    if_match: IfMatch = None,
) -> DeskMeeting:
    """Move a meeting, or change its parts."""
    async with acting(request) as work:
        row = await meeting_handlers.move_meeting(
            work, person, qip_id, meeting_id, form.wanted(), if_match
        )
        view = parts.meeting_view(row)
        etag.tag(response, view)
        return view


@router.post("/meetings/{meeting_id}/plan", status_code=201, tags=["meetings"])
async def submit_plan(
    meeting_id: UUID, form: PlanForm, request: Request, person: Planner
) -> PlanView:
    """Submit the provider's improvement plan for a meeting."""
    async with acting(request, person.agency) as work:
        row = await plan_handlers.submit_plan(work, person, meeting_id, form.as_actions())
        return parts.plan_view(row)
