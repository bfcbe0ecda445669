"""What lies in quarantine: read, and worked off by those who triage (L1.2j, W1.8)."""

from __future__ import annotations

from typing import Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response

from services.intake.handlers import quarantine, reads, releases
from services.intake.routes.people import Triager
from services.intake.views.quarantine import (
    QuarantineItem,
    QuarantineLine,
    RedactForm,
    RejectForm,
    ReleaseForm,
    Settled,
)
from shared.platform.app import acting
from shared.platform.paging import Turning, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["quarantine"])

State = Literal["open", "released", "redacted", "rejected", "erased"]


@router.get("/quarantine")
async def list_quarantine(
    request: Request, response: Response, person: Triager, turn: Turning, state: State = "open"
) -> list[QuarantineLine]:
    """Messages that could not be taken, without their content; emergencies first."""
    async with acting(request) as work:
        page = await reads.quarantine_lines(work, person, state, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/quarantine/{item_id}")
async def read_quarantine(
    item_id: UUID, request: Request, person: Triager, why: ReadReason
) -> QuarantineItem:
    """A refused message with its content; the read is audited, with a reason where it is NAMED."""
    async with acting(request) as work:
        return await reads.quarantine_item(work, person, item_id, why)


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
