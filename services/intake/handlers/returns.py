"""Notice a quarterly quality return that does not come (L1.2g).

Who has sent one for a service is expected to send the next. A return stops the clock of its
quarter, whichever agency sends it: functions move on to successors.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain import handling
from services.intake.domain import signals as rules
from services.intake.handlers import variations
from services.intake.store import register
from services.intake.store import requests as request_store
from services.intake.store import returns as store
from services.intake.tables import ExpectedReturnRow, LocationRow
from services.intake.views.signals import OverdueReturn
from shared.contracts.intake import QualityReturnOverdue
from shared.contracts.words import derived_id
from shared.platform import paging
from shared.platform.clocks import Due
from shared.platform.dates import start_of_day
from shared.platform.paging import Page, Turn
from shared.platform.policy import Cited
from shared.platform.security import Person
from shared.platform.work import Work

MISSING = "quality_return_missing"
"""The clock that tells of a return that has not come by the end of its window."""

RETURN_DAYS = "quality_returns.due_days"


def window(work: Work, location: LocationRow, quarter: str) -> tuple[date, Cited]:
    """The last day on which a quarter's return is in time, and where that comes from."""
    days = variations.cited(work, location.partnership, location.provider_id, RETURN_DAYS)
    return rules.return_due_on(quarter, days.number), days


async def note(work: Work, location: LocationRow, agency_id: str, quarter: str) -> None:
    """A return came: its quarter is settled, and the next is awaited."""
    row = _row(work, location, agency_id, quarter, "received")
    await store.came(work, row)
    work.cancel_clock(MISSING, row["id"])
    await _await_next(work, location, agency_id, quarter)


async def _await_next(work: Work, location: LocationRow, agency_id: str, quarter: str) -> None:
    """Await the next quarter whose window is not over: nobody mends the past by being told."""
    upcoming = rules.quarter_after(quarter)
    while window(work, location, upcoming)[0] < work.today:
        upcoming = rules.quarter_after(upcoming)
    row = _row(work, location, agency_id, upcoming, "awaited")
    if await store.awaited(work, row):
        due = start_of_day(row["due_on"] + timedelta(days=1))
        clause = row["due_clause"]
        work.set_clock(MISSING, row["id"], due, partnership=location.partnership, clause=clause)


def _row(
    work: Work, location: LocationRow, agency_id: str, quarter: str, state: str
) -> dict[str, Any]:
    due_on, days = window(work, location, quarter)
    return {
        "id": return_id(location.id, quarter),
        "partnership": location.partnership,
        "location_id": location.id,
        "agency_id": agency_id,
        "quarter": quarter,
        "due_on": due_on,
        "due_clause": days.clause,
        "state": state,
    }


def return_id(location_id: UUID, quarter: str) -> UUID:
    """One return of a service for a quarter."""
    return derived_id("quality_return", location_id, quarter)


async def tell_missing(work: Work, due: Due) -> None:
    """The window is over, nothing came: say so and await the next. Closed services are let be."""
    row = await store.expected(work, [due.partnership], due.subject_id)
    if row is None or row.state != "awaited":
        return
    location = await register.location(work, [due.partnership], row.location_id)
    if location is None or not location.active:
        row.state = "ended"
        return
    row.state = "overdue"
    work.announce(
        QualityReturnOverdue(
            partnership=row.partnership,
            handling=handling.of_missing_return(row.agency_id),
            location_id=row.location_id,
            agency_id=row.agency_id,
            quarter=row.quarter,
            due_on=row.due_on,
            due_clause=row.due_clause,
        )
    )
    await request_store.read_ahead(work, {location.provider_id})
    await _await_next(work, location, row.agency_id, row.quarter)


async def overdue(
    work: Work, person: Person, agency_id: str | None, location_id: UUID | None, turn: Turn
) -> Page[OverdueReturn]:
    """Who owes which return since when; who may read it is told of each (its event's handling)."""
    page = await paging.turned(
        turn,
        store.BY_DUE_DATE,
        {"list": "returns", "agency": agency_id, "location": location_id},
        lambda place, limit: store.overdue(
            work, person.partnerships, agency_id, location_id, place, limit
        ),
        lambda one: (one[0].due_on, one[0].id),
    )
    return Page([_overdue(row, location) for row, location in page.items], page.next)


def _overdue(row: ExpectedReturnRow, location: LocationRow) -> OverdueReturn:
    place = {"location_reference": location.reference, "location": location.name}
    return OverdueReturn.model_validate({**row.model_dump(), **place})
