"""What lies in quarantine: read, and worked off by those who triage (L1.2j, W1.8)."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.intake.domain.lists import QuarantineOrder, QuarantineWanted
from services.intake.handlers import quarantine, quarantine_lists, releases
from services.intake.routes.lists import Rule, Word
from services.intake.routes.people import Triager
from services.intake.routes.sheets import sheet
from services.intake.views.quarantine import (
    QuarantineItem,
    QuarantineLine,
    RedactForm,
    RejectForm,
    ReleaseForm,
    Settled,
)
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["quarantine"])

State = Literal["open", "released", "redacted", "rejected", "erased"]


async def _wanted(
    state: State = "open",
    agency: Word = None,
    rule: Rule = None,
    received_from: date | None = None,
    received_to: date | None = None,
    sort: QuarantineOrder = QuarantineOrder.NEED,
) -> QuarantineWanted:
    return QuarantineWanted(
        received_from, received_to, state=state, agency_id=agency, rule=rule, order=sort
    )


Filter = Annotated[QuarantineWanted, Depends(_wanted)]


@router.get("/quarantine")
async def list_quarantine(
    request: Request, response: Response, person: Triager, wanted: Filter, turn: Turning
) -> list[QuarantineLine]:
    """Messages that could not be taken, without their content; emergencies first."""
    async with acting(request) as work:
        page = await quarantine_lists.quarantine_lines(work, person, wanted, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/quarantine.csv", response_class=Response)
async def export_quarantine(
    request: Request, person: Triager, wanted: Filter, turn: TurningSheet
) -> Response:
    """The same list for a spreadsheet, without content; the export is audited."""
    async with acting(request) as work:
        page = await quarantine_lists.sheet(work, person, wanted, turn)
    return sheet(request, "quarantine", page)


@router.get("/quarantine/{item_id}")
async def read_quarantine(
    item_id: UUID, request: Request, person: Triager, why: ReadReason
) -> QuarantineItem:
    """A refused message with its content; the read is audited, with a reason where it is NAMED."""
    async with acting(request) as work:
        return await quarantine_lists.quarantine_item(work, person, item_id, why)


@router.post("/quarantine/{item_id}/release")
async def release_item(
    item_id: UUID, form: ReleaseForm, request: Request, person: Triager
) -> Settled:
    """Take a message as it is, because what it holds about people is needed."""
    async with acting(request) as work:
        reference = await releases.release_item(work, person, item_id, form.reason)
        return Settled(reference=reference)


@router.post("/quarantine/{item_id}/redaction")
async def redact_item(
    item_id: UUID, form: RedactForm, request: Request, person: Triager
) -> Settled:
    """Take a message without what gives people away."""
    async with acting(request) as work:
        texts = form.model_dump(exclude_none=True)
        return Settled(reference=await releases.redact_item(work, person, item_id, texts))


@router.post("/quarantine/{item_id}/rejection", status_code=204)
async def reject_item(item_id: UUID, form: RejectForm, request: Request, person: Triager) -> None:
    """Take nothing from a message; its sender is told."""
    async with acting(request) as work:
        await quarantine.reject_item(work, person, item_id, form.reason)
