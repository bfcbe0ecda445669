"""Lists of requests: open on a provider, statutory, refused; and as a spreadsheet."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain.lists import RequestsWanted
from services.intake.handlers import requests
from services.intake.store import request_lists as store
from services.intake.tables import RequestRow
from shared.contracts.holdings import holdings
from shared.contracts.words import AgencyFunction
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.security import Person
from shared.platform.spreadsheets import csv_of
from shared.platform.work import Work

COLUMNS = (
    *("reference", "type", "state", "asked_by", "received_at", "due_on", "due_clause"),
    *("rule", "clause", "pointer", "override_reason", "approved_by", "settled_at"),
)
"""Of the spreadsheet; no text, which is read one by one and on record."""


async def open_on_place(
    work: Work, person: Person, location_id: UUID, turn: Turn
) -> Page[RequestRow]:
    """What is open on a location's provider, as far as the reader may know of it (W3.3)."""
    rows = await requests.open_requests(work, person, location_id)
    wanted = {"location": location_id}
    return paging.among(rows, turn, store.BY_ARRIVAL, wanted, lambda one: (one.received_at, one.id))


async def statutory(work: Work, person: Person, turn: Turn) -> Page[RequestRow]:
    """Statutory requests that wait for information governance, the first due first."""
    return await paging.turned(
        turn,
        store.BY_DUE_DATE,
        {"list": "statutory"},
        lambda place, limit: store.statutory(work, person.partnerships, place, limit),
        lambda one: (one.due_on, one.received_at, one.id),
    )


async def wanted_requests(
    work: Work, person: Person, wanted: RequestsWanted, turn: Turn
) -> Page[RequestRow]:
    """Requests that somebody who approves may know of, the newest first.

    Whoever may lift a refusal sees what was refused: the approver is named for it.
    """
    held = holdings(person.roles) | {AgencyFunction.COUNCIL_QUALITY.value}
    return await paging.turned(
        turn,
        store.BY_ARRIVAL,
        wanted.told(),
        lambda place, limit: store.requests(work, person.partnerships, held, wanted, place, limit),
        lambda one: (one.received_at, one.id),
    )


async def sheet(work: Work, person: Person, wanted: RequestsWanted, turn: Turn) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await wanted_requests(work, person, wanted, turn)
    for partnership in sorted(person.partnerships):
        await work.audit(person.subject, "requests.exported", "list", partnership=partnership)
    return Page([csv_of(COLUMNS, (row.model_dump() for row in page.items))], page.next)
