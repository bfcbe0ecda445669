"""Signals: what agencies told beside concerns, by reference."""

from __future__ import annotations

from datetime import date
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Request, Response

from services.intake.domain.lists import SignalsWanted, ToldOrder
from services.intake.handlers import signal_reads
from services.intake.routes.lists import NameOrReference, Word
from services.intake.routes.people import SignalReader
from services.intake.routes.sheets import sheet
from services.intake.views.signals import SignalLine, SignalView
from shared.platform.app import acting
from shared.platform.paging import Turning, TurningSheet, link_next
from shared.platform.reasons import ReadReason

router = APIRouter(tags=["signals"])


async def _wanted(
    kind: Word = None,
    location: UUID | None = None,
    agency: Word = None,
    received_from: date | None = None,
    received_to: date | None = None,
    q: NameOrReference = None,
    sort: ToldOrder = ToldOrder.NEWEST,
) -> SignalsWanted:
    return SignalsWanted(
        received_from,
        received_to,
        kind=kind,
        location_id=location,
        agency_id=agency,
        words=q,
        order=sort,
    )


Filter = Annotated[SignalsWanted, Depends(_wanted)]


@router.get("/signals")
async def list_signals(
    request: Request,
    response: Response,
    person: SignalReader,
    wanted: Filter,
    turn: Turning,
) -> list[SignalLine]:
    """Signals without their facts, the newest first."""
    async with acting(request) as work:
        page = await signal_reads.signal_page(work, person, wanted, turn)
    link_next(request, response, page.next)
    return page.items


@router.get("/signals.csv", response_class=Response)
async def export_signals(
    request: Request, person: SignalReader, wanted: Filter, turn: TurningSheet
) -> Response:
    """The same list for a spreadsheet; the export is audited."""
    async with acting(request) as work:
        page = await signal_reads.sheet(work, person, wanted, turn)
    return sheet(request, "signals", page)


@router.get("/signals/{signal_id}")
async def read_signal(
    signal_id: UUID, request: Request, person: SignalReader, why: ReadReason
) -> SignalView:
    """A signal with its facts; the read is audited, with a reason where it is NAMED."""
    async with acting(request) as work:
        return await signal_reads.signal(work, person, signal_id, why)
