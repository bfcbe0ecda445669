"""Lists of requests: open on a provider, statutory, refused; and as a spreadsheet."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain.lists import DueWanted, RequestsWanted
from services.intake.handlers import requests
from services.intake.handlers import statutory as statutory_rules
from services.intake.handlers.sheets import searched, taken_away
from services.intake.store import request_lists as store
from services.intake.store.pages import kinds_of
from services.intake.tables import RequestRow
from shared.contracts.holdings import holdings
from shared.contracts.words import AgencyFunction
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("reference", "type", "state", "asked_by", "received_at", "due_on", "due_clause"),
    *("rule", "clause", "pointer", "override_reason", "approved_by", "settled_at"),
)
"""Of the spreadsheet; no text, which is read one by one and on record."""
STATUTORY_COLUMNS = (
    *("reference", "type", "asked_by", "received_at", "due_on", "due_clause"),
    statutory_rules.ASKER_SUSPENDED,
)


async def open_on_place(
    work: Work, person: Person, location_id: UUID, wanted: DueWanted, turn: Turn
) -> Page[RequestRow]:
    """What is open on a location's provider, as far as the reader may know of it (W3.3)."""
    rows = await requests.open_requests(work, person, location_id)
    return paging.among(
        [row for row in rows if _is_wanted(row, wanted)],
        turn,
        kinds_of(wanted.order),
        {**wanted.told(), "on": location_id},
        lambda one: (getattr(one, wanted.order.column), one.id),
        descending=wanted.order.descending,
    )


def _is_wanted(row: RequestRow, wanted: DueWanted) -> bool:
    return wanted.type in {None, row.type} and wanted.agency_id in {None, row.agency_id}


async def statutory(work: Work, person: Person, wanted: DueWanted, turn: Turn) -> Page[RequestRow]:
    """Statutory requests that wait for information governance."""
    return await paging.turned(
        turn,
        kinds_of(wanted.order),
        {**wanted.told(), "list": "statutory"},
        lambda place, limit: store.statutory(work, person.partnerships, wanted, place, limit),
        lambda one: (getattr(one, wanted.order.column), one.id),
    )


async def statutory_sheet(work: Work, person: Person, wanted: DueWanted, turn: Turn) -> Page[str]:
    """A page of them as CSV; that somebody took it away is on record."""
    page = await statutory(work, person, wanted, turn)
    rows = [
        {
            **row.model_dump(mode="json"),
            statutory_rules.ASKER_SUSPENDED: statutory_rules.is_of_suspended(row),
        }
        for row in page.items
    ]
    return await taken_away(work, person, "statutory", STATUTORY_COLUMNS, rows, page.next)


async def wanted_requests(
    work: Work, person: Person, wanted: RequestsWanted, turn: Turn, why: str | None
) -> Page[RequestRow]:
    """Requests that somebody who approves may know of.

    Whoever may lift a refusal sees what was refused: the approver is named for it. A search in
    their texts is on record, and looks into what is NAMED only for a reason.
    """
    held = holdings(person.roles) | {AgencyFunction.COUNCIL_QUALITY.value}
    if wanted.words is not None:
        await searched(work, person, "requests", why)
    return await paging.turned(
        turn,
        kinds_of(wanted.order),
        {**wanted.told(), "named": bool(why)},
        lambda place, limit: store.requests(
            *(work, person.partnerships, held, wanted, place, limit), search_named=bool(why)
        ),
        lambda one: (getattr(one, wanted.order.column), one.id),
    )


async def sheet(
    work: Work, person: Person, wanted: RequestsWanted, turn: Turn, why: str | None
) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await wanted_requests(work, person, wanted, turn, why)
    rows = [row.model_dump() for row in page.items]
    return await taken_away(work, person, "requests", COLUMNS, rows, page.next, why)
