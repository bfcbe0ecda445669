"""Lists of concerns for those who triage: found, read page by page, taken into a spreadsheet."""

from __future__ import annotations

from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import Wanted
from services.intake.domain.readers import shown_state, states_shown_as
from services.intake.handlers.sheets import searched, taken_away
from services.intake.store import lists as store
from services.intake.store.pages import kinds_of
from services.intake.views import ConcernLine
from shared.contracts.holdings import holdings
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.prepared import Row
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    "reference",
    "state",
    "category",
    "occurred_on",
    "received_at",
    "location_reference",
    "location",
)
"""Of the spreadsheet; no narrative, which is read one by one and on record."""


async def concern_page(
    work: Work, person: Person, wanted: Wanted, turn: Turn, why: str | None
) -> Page[ConcernLine]:
    """A page of concerns that the reader may know of, without narrative."""
    page = await _rows(work, person, wanted, turn, why)
    lines = [
        ConcernLine(
            concern_id=row["id"],
            reference=row["reference"],
            location_id=row["location_id"],
            category=row["category"],
            received_at=row["received_at"],
            state=_state(row, person),
        )
        for row in page.items
    ]
    return Page(lines, page.next)


async def concern_sheet(
    work: Work, person: Person, wanted: Wanted, turn: Turn, why: str | None
) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await _rows(work, person, wanted, turn, why)
    rows = (
        {
            "reference": row["reference"],
            "state": _state(row, person),
            "category": row["category"],
            "occurred_on": row["occurred_on"].isoformat(),
            "received_at": row["received_at"].isoformat(),
            "location_reference": row["location_reference"],
            "location": row["location"],
        }
        for row in page.items
    )
    return await taken_away(work, person, "concerns", COLUMNS, rows, page.next, why)


async def _rows(
    work: Work, person: Person, wanted: Wanted, turn: Turn, why: str | None
) -> Page[Row]:
    held = holdings(person.roles)
    states = states_shown_as(wanted.state, held) if wanted.state else frozenset(ConcernState)
    if wanted.words is not None:
        await searched(work, person, "concerns", why)
    return await paging.turned(
        turn,
        kinds_of(wanted.order),
        {**wanted.told(), "named": bool(why)},
        lambda place, limit: store.concerns(
            *(work, person.partnerships, held, wanted, states, place, limit), search_named=bool(why)
        ),
        lambda one: (one[wanted.order.column], one["id"]),
    )


def _state(row: Row, person: Person) -> str:
    return shown_state(ConcernState(row["state"]), holdings(person.roles)).value
