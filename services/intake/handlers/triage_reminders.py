"""Remind the quality team, on the morning of a working day, of what is overdue for triage (WS2)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from services.intake.domain import handling
from services.intake.domain.requests import is_working_day, working_days_after
from services.intake.handlers.policy_reviews import in_force
from services.intake.store import policy_reviews
from services.intake.store import triage_queue as store
from shared.contracts.intake import TriageOverdue
from shared.contracts.words import AgencyFunction, derived_id
from shared.platform.clocks import Due
from shared.platform.dates import london_date, start_of_day
from shared.platform.policy import Pack
from shared.platform.work import Work, Works

REMINDER = "triage_overdue"
"""The clock of a partnership's mornings: one for the whole queue, and none for each concern."""


async def await_mornings(works: Works) -> None:
    """Await the next morning of each partnership that triages; one that is awaited stays.

    But for one that is later than the next: the time of day was wrong, or the policy is another.
    """
    async with works.begin() as work:
        for partnership in await policy_reviews.at_work(work):
            pack = _that_triages(work, partnership)
            if pack is None:
                continue
            awaited = await store.awaited(work, REMINDER, reminder_id(partnership))
            if awaited is None or awaited > _next_morning(work, pack):
                _await(work, pack)


def reminder_id(partnership: str) -> UUID:
    """One reminder for each partnership."""
    return derived_id("triage_overdue", partnership, "mornings")


async def remind(work: Work, due: Due) -> None:
    """A morning has come: say how many are overdue, where any are, and await the next one."""
    pack = _that_triages(work, due.partnership)
    if pack is None:
        return
    _await(work, pack)
    # It may be late: the service did not run when it was due.
    if is_working_day(work.today, _closed(pack)):
        await _tell_overdue(work, pack)


async def _tell_overdue(work: Work, pack: Pack) -> None:
    """To the quality team, of what that team may know of: what it is not named for is not counted.

    Its handling is as strict as that of each concern that is counted.
    """
    within = pack.value("intake", "triage", "decide_within_hours")
    hours = timedelta(hours=within.number)
    held = {AgencyFunction.COUNCIL_QUALITY.value}
    count, oldest = await store.overdue(work, pack.partnership, held, work.now - hours)
    if oldest is None:
        return
    work.announce(
        TriageOverdue(
            partnership=pack.partnership,
            handling=handling.of_owner(),
            reminder_id=reminder_id(pack.partnership),
            overdue=count,
            oldest_due_on=london_date(oldest + hours),
            due_clause=within.clause,
            reminder_clause=pack.value("intake", "triage", "remind_at_hour").clause,
        )
    )


def _await(work: Work, pack: Pack) -> None:
    at, id_ = _next_morning(work, pack), reminder_id(pack.partnership)
    clause = pack.value("intake", "triage", "remind_at_hour").clause
    work.set_clock(REMINDER, id_, at, partnership=pack.partnership, clause=clause)


def _next_morning(work: Work, pack: Pack) -> datetime:
    hour = pack.value("intake", "triage", "remind_at_hour")
    day = working_days_after(work.today, 1, _closed(pack))
    return start_of_day(day) + timedelta(hours=hour.number)


def _closed(pack: Pack) -> frozenset[date]:
    if not pack.has("intake", "statutory"):
        return frozenset()
    days = pack.value("intake", "statutory", "bank_holidays").texts
    return frozenset(date.fromisoformat(day) for day in days)


def _that_triages(work: Work, partnership: str) -> Pack | None:
    pack = in_force(work, partnership)
    return pack if pack is not None and pack.has("intake", "triage") else None
