"""Retention: what would go and why, and the run that erases what two people agreed on."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from services.intake.domain.retention import (
    Expired,
    RecordClass,
    Verdict,
    check_approver,
    check_run,
    not_approved,
)
from services.intake.handlers import personal_data
from services.intake.store import retention as store
from services.intake.store import retention_runs as run_store
from services.intake.tables import RetentionRunRow
from services.intake.views.retention import RunView
from shared.platform import paging
from shared.platform.dates import london_date, months_after
from shared.platform.paging import Page
from shared.platform.policy import Cited
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work, Works

_AT_ONCE = 500


async def expired(works: Works, partnership: str) -> AsyncIterator[Expired]:
    """Every record whose time is over, class by class, with what becomes of it."""
    for of in RecordClass:
        after: tuple[Any, ...] | None = None
        while True:
            async with works.begin() as work:
                found = await _expired(work, partnership, of, work.today, after)
            for one in found:
                yield one
            if len(found) < _AT_ONCE:
                break
            after = found[-1].key


async def erase(works: Works, partnership: str, run_id: UUID, who: str) -> AsyncIterator[Expired]:
    """Erase what an approved run may, in steps of one transaction each; gives what went.

    Stopped half-way it is run again under the same id. Raises Refused where it is not approved.
    """
    for of in RecordClass:
        after: tuple[Any, ...] | None = None
        while True:
            async with works.begin() as work:
                run = await _approved(work, partnership, run_id)
                found = await _expired(work, partnership, of, run.as_of, after)
                going = [one for one in found if one.verdict is Verdict.GOES]
                if going:
                    await _erase(work, run, going, who)
            for one in going:
                yield one
            if len(found) < _AT_ONCE:
                break
            after = found[-1].key
    async with works.begin() as work:
        (await _approved(work, partnership, run_id)).finished_at = work.now


async def _approved(work: Work, partnership: str, run_id: UUID) -> RetentionRunRow:
    row = await run_store.run(work, [partnership], run_id)
    if row is None:
        raise not_approved()
    check_run(approved=row.approved_by is not None, finished=row.finished_at is not None)
    return row


async def _erase(work: Work, run: RetentionRunRow, going: list[Expired], who: str) -> None:
    of, clause = going[0].record_class, going[0].clause
    await store.erase(work, of, [one.key for one in going])
    subjects = [f"{of.value} {one.id}" for one in going]
    why = f"{clause}; run {run.id}, approved by {run.approved_by}: {run.reason}"[:400]
    await store.note_erased(work, run.partnership, who, why, subjects)
    run.erased = {**run.erased, of.value: run.erased.get(of.value, 0) + len(going)}


async def _expired(
    work: Work, partnership: str, of: RecordClass, day: date, after: tuple[Any, ...] | None
) -> list[Expired]:
    last_day, cited = _last_day(work, partnership, of, day)
    rows = await store.expired(work, partnership, of, last_day, after, _AT_ONCE)
    return [
        Expired(of, row.key, london_date(row.since), cited.clause, row.is_open, row.is_held)
        for row in rows
    ]


def _last_day(work: Work, partnership: str, of: RecordClass, day: date) -> tuple[date, Cited]:
    """Records from this day or before have lain for the policy's time on `day`."""
    pack = work.policies.on(partnership, day)
    if of is RecordClass.DRAFT:
        days = pack.value("intake", "retention", "draft_days")
        return day - timedelta(days=days.number), days
    months = pack.value("intake", "retention", f"{of.value}_months")
    return months_after(day, -months.number), months


async def ask(work: Work, person: Person, partnership: str, reason: str) -> RunView:
    """Ask for a run over what has come to its time by today. Raises not-found."""
    personal_data.check_staff(work, reason=reason)
    if partnership not in person.partnerships:
        raise not_found()
    planned: dict[str, int] = {}
    for of in RecordClass:
        last_day, _ = _last_day(work, partnership, of, work.today)
        planned[of.value] = await store.count_going(work, partnership, of, last_day)
    row = RetentionRunRow(
        id=work.new_id(),
        partnership=partnership,
        as_of=work.today,
        reason=reason,
        planned=planned,
        asked_by=person.subject,
        asked_at=work.now,
    )
    work.session.add(row)
    did = "retention.asked"
    work.audit(person.subject, did, row.id, partnership=partnership, why=reason)
    return _view(row)


async def approve(work: Work, person: Person, run_id: UUID) -> RunView:
    """Approve somebody else's run; doing it twice changes nothing. Raises not-found, Refused."""
    row = await run_store.run(work, person.partnerships, run_id)
    if row is None:
        raise not_found()
    check_approver(row.asked_by, person.subject)
    if row.approved_by is None:
        row.approved_by, row.approved_at = person.subject, work.now
        did = "retention.approved"
        work.audit(person.subject, did, row.id, partnership=row.partnership, why=row.reason)
    return _view(row)


async def run_page(work: Work, person: Person, cursor: str | None, limit: int) -> Page[RunView]:
    """A page of runs, the newest first."""
    after = paging.after(cursor, (UUID,), {})
    rows = await run_store.runs(work, person.partnerships, after, limit)
    page = paging.page_of(rows, limit, lambda row: (row.id,), {})
    return Page([_view(row) for row in page.items], page.next)


def _view(row: RetentionRunRow) -> RunView:
    return RunView.model_validate({**row.model_dump(), "run_id": row.id})
