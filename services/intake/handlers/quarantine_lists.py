"""What lies in quarantine, for who works it off: in a list, and one by one with its content."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from services.intake.domain.lists import QuarantineOrder, QuarantineWanted, check_reason
from services.intake.handlers.sheets import taken_away
from services.intake.store import messages as store
from services.intake.store.pages import kinds_of
from services.intake.tables import QuarantineRow
from services.intake.views.quarantine import QuarantineItem, QuarantineLine
from shared.contracts.holdings import holdings
from shared.contracts.words import Handling, Label
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("agency_id", "topic", "partition", "offset", "rule", "field", "received_at"),
    *("state", "reference", "owner_needed"),
)
"""Of the spreadsheet; no content, which is read one by one and on record."""


async def quarantine_lines(
    work: Work, person: Person, wanted: QuarantineWanted, turn: Turn
) -> Page[QuarantineLine]:
    """What lies in quarantine and the reader may know of, without content."""
    held, mine = holdings(person.roles), person.partnerships
    by_need = wanted.order is QuarantineOrder.NEED
    page = await paging.turned(
        turn,
        (bool, datetime, UUID) if by_need else kinds_of(wanted.order),
        {**wanted.told(), "list": "quarantine"},
        lambda place, limit: store.quarantined(work, mine, held, wanted, place, limit),
        lambda row: (*([row.owner_needed is not None] * by_need), row.received_at, row.id),
    )
    return Page([QuarantineLine.model_validate(_line(row)) for row in page.items], page.next)


async def sheet(work: Work, person: Person, wanted: QuarantineWanted, turn: Turn) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await quarantine_lines(work, person, wanted, turn)
    rows = [line.model_dump(mode="json") for line in page.items]
    return await taken_away(work, person, "quarantine", COLUMNS, rows, page.next)


async def quarantine_item(
    work: Work, person: Person, item_id: UUID, why: str | None
) -> QuarantineItem:
    """One item with content; who read it is recorded, and why. Raises Refused.

    What says the same as a restricted concern is held for the same readers.
    """
    held = holdings(person.roles)
    row = await store.quarantined_item(work, person.partnerships, item_id, held)
    if row is None:
        raise not_found()
    check_reason(
        named=Handling.of(row.label, row.holders).label is Label.NAMED,
        why=why,
        clause=f"{work.policies.on(row.partnership, work.today).name} L8a",
    )
    did = "quarantine.read"
    work.audit(person.subject, did, row.id, partnership=row.partnership, why=why)
    content = (row.content or b"").decode("utf-8", "replace")
    return QuarantineItem.model_validate({**_line(row), "content": content})


def _line(row: QuarantineRow) -> dict[str, object]:
    return {**row.model_dump(), "item_id": row.id, "offset": row.log_offset}
