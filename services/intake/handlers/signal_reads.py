"""Signals as the desk reads them: what agencies told by reference, with its facts (W2.7)."""

from __future__ import annotations

from uuid import UUID

from services.intake.domain.lists import SignalsWanted, check_reason
from services.intake.handlers.sheets import placed, taken_away
from services.intake.store import signals as store
from services.intake.store.pages import kinds_of
from services.intake.store.signals import Found
from services.intake.tables import SignalRow
from services.intake.views.signals import SignalLine, SignalView
from shared.contracts.holdings import holdings
from shared.contracts.words import Handling, Label
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("reference", "kind", "agency_id", "occurred_on", "received_at"),
    *("location_reference", "location"),
)
"""Of the spreadsheet; no facts, which are read one by one and on record."""


async def signal_page(
    work: Work, person: Person, wanted: SignalsWanted, turn: Turn
) -> Page[SignalLine]:
    """A page of signals that the reader may know of, without their facts."""
    page = await _rows(work, person, wanted, turn)
    return Page([SignalLine.model_validate(_shown(row)) for row, _ in page.items], page.next)


async def sheet(work: Work, person: Person, wanted: SignalsWanted, turn: Turn) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await _rows(work, person, wanted, turn)
    rows = [placed(row, location, COLUMNS) for row, location in page.items]
    return await taken_away(work, person, "signals", COLUMNS, rows, page.next)


async def _rows(work: Work, person: Person, wanted: SignalsWanted, turn: Turn) -> Page[Found]:
    held = holdings(person.roles)
    return await paging.turned(
        turn,
        kinds_of(wanted.order),
        wanted.told(),
        lambda place, limit: store.signals(work, person.partnerships, held, wanted, place, limit),
        lambda one: (getattr(one[0], wanted.order.column), one[0].id),
    )


async def signal(work: Work, person: Person, signal_id: UUID, why: str | None) -> SignalView:
    """A signal with its facts; who read it is recorded, and why. Raises Refused.

    What is for named readers is read with a reason only.
    """
    row = await store.signal(work, person.partnerships, signal_id, holdings(person.roles))
    if row is None:
        raise not_found()
    pack = work.policies.on(row.partnership, work.today)
    named = Handling.of(row.label, row.holders).label is Label.NAMED
    check_reason(named=named, why=why, clause=f"{pack.name} L8a")
    work.audit(person.subject, "signal.read", row.id, partnership=row.partnership, why=why)
    return SignalView.model_validate(_shown(row))


def _shown(row: SignalRow) -> dict[str, object]:
    return {**row.model_dump(), "signal_id": row.id}
