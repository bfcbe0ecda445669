"""Refused messages."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request

from services.intake.handlers import reads
from services.intake.routes.people import Triager
from services.intake.views import QuarantineItem, QuarantineLine
from shared.platform.app import acting

router = APIRouter(tags=["quarantine"])


@router.get("/quarantine")
async def list_quarantine(
    request: Request, person: Triager, limit: Annotated[int, Query(ge=1, le=200)] = 50
) -> list[QuarantineLine]:
    """Refused messages, without their content."""
    async with acting(request) as work:
        return await reads.quarantine_lines(work, person, limit)


@router.get("/quarantine/{item_id}")
async def read_quarantine(item_id: UUID, request: Request, person: Triager) -> QuarantineItem:
    """A refused message with its content; the read is audited."""
    async with acting(request) as work:
        return await reads.quarantine_item(work, person, item_id)
