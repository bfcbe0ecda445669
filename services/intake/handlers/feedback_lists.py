"""Feedback and compliments as the desk reads them, and as a spreadsheet without their texts."""

from __future__ import annotations

from services.intake.domain.lists import FeedbackWanted
from services.intake.handlers.sheets import placed, searched, taken_away
from services.intake.store import told as store
from services.intake.store.pages import kinds_of
from services.intake.store.told import Said
from services.intake.tables import FeedbackRow
from shared.contracts.holdings import holdings
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("reference", "kind", "category", "occurred_on", "received_at"),
    *("location_reference", "location"),
)
"""Of the spreadsheet; no text, whose reading is on record one by one."""


async def read(
    work: Work, person: Person, wanted: FeedbackWanted, turn: Turn, why: str | None
) -> Page[FeedbackRow]:
    """What was said, as far as the reader may know of it; the read of the texts is recorded.

    What is held for named readers is there only for who says why they read it.
    """
    page = await _rows(work, person, wanted, turn, why)
    did = "feedback.read"
    for row, _ in page.items:
        work.audit(person.subject, did, row.id, partnership=row.partnership, why=why)
    return Page([row for row, _ in page.items], page.next)


async def sheet(
    work: Work, person: Person, wanted: FeedbackWanted, turn: Turn, why: str | None
) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await _rows(work, person, wanted, turn, why)
    rows = [placed(row, location, COLUMNS) for row, location in page.items]
    return await taken_away(work, person, "feedback", COLUMNS, rows, page.next, why)


async def _rows(
    work: Work, person: Person, wanted: FeedbackWanted, turn: Turn, why: str | None
) -> Page[Said]:
    held: frozenset[str] = holdings(person.roles) if why else frozenset()
    if wanted.words is not None:
        await searched(work, person, "feedback", why)
    return await paging.turned(
        turn,
        kinds_of(wanted.order),
        {**wanted.told(), "list": "feedback", "named": bool(why)},
        lambda place, limit: store.feedback(work, person.partnerships, held, wanted, place, limit),
        lambda one: (getattr(one[0], wanted.order.column), one[0].id),
    )
