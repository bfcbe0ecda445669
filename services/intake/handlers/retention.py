"""Retention: what would go and why, legal holds, and the run that erases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID

from services.intake.domain.retention import (
    Expired,
    HoldKind,
    RecordClass,
    Verdict,
    check_approval,
)
from services.intake.handlers import personal_data
from services.intake.store import retention as store
from services.intake.tables import LegalHoldRow
from services.intake.views.retention import HoldView
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
        after: UUID | None = None
        while True:
            async with works.begin() as work:
                found = await _expired(work, partnership, of, after)
            for one in found:
                yield one
            if len(found) < _AT_ONCE:
                break
            after = found[-1].id


async def erase(
    works: Works, partnership: str, who: str, approved_by: str, why: str
) -> AsyncIterator[Expired]:
    """Erase what goes, in steps of one transaction each; gives what went. Raises Refused."""
    check_approval(who, approved_by, why)
    for of in RecordClass:
        after: UUID | None = None
        while True:
            async with works.begin() as work:
                found = await _expired(work, partnership, of, after)
                going = [one for one in found if one.verdict is Verdict.GOES]
                if going:
                    await _erase(work, partnership, going, who, f"{approved_by}: {why}")
            for one in going:
                yield one
            if len(found) < _AT_ONCE:
                break
            after = found[-1].id


async def _erase(
    work: Work, partnership: str, going: list[Expired], who: str, approved: str
) -> None:
    of, clause = going[0].record_class, going[0].clause
    await store.erase(work, of, [one.id for one in going])
    subjects = [f"{of.value} {one.id}" for one in going]
    why = f"{clause}; approved by {approved}"[:400]
    await store.note_erased(work, partnership, who, why, subjects)


async def _expired(
    work: Work, partnership: str, of: RecordClass, after: UUID | None
) -> list[Expired]:
    last_day, cited = _last_day(work, partnership, of)
    rows = await store.expired(work, partnership, of, last_day, after, _AT_ONCE)
    return [
        Expired(of, row.id, london_date(row.since), cited.clause, row.is_open, row.is_held)
        for row in rows
    ]


def _last_day(work: Work, partnership: str, of: RecordClass) -> tuple[date, Cited]:
    """Records from this day or before have lain for the policy's time."""
    pack = work.policies.on(partnership, work.today)
    if of is RecordClass.DRAFT:
        days = pack.value("intake", "retention", "draft_days")
        return work.today - timedelta(days=days.number), days
    months = pack.value("intake", "retention", f"{of.value}_months")
    return months_after(work.today, -months.number), months


async def set_hold(
    work: Work, person: Person, kind: HoldKind, subject_id: UUID, reason: str
) -> HoldView:
    """Keep something from being erased; where a hold stands already, that one is given."""
    personal_data.check_staff(work, reason=reason)
    partnership = await store.partnership_of(work, person.partnerships, kind, subject_id)
    if partnership is None:
        raise not_found()
    row = await store.standing_on(work, kind, subject_id)
    if row is None:
        row = LegalHoldRow(
            id=work.new_id(),
            partnership=partnership,
            subject_kind=kind.value,
            subject_id=subject_id,
            reason=reason,
            set_by=person.subject,
            set_at=work.now,
        )
        store.keep(work, row)
        await work.audit(
            person.subject, "hold.set", f"{kind} {subject_id}", partnership=partnership, why=reason
        )
    return _view(row)


async def lift_hold(work: Work, person: Person, hold_id: UUID, reason: str) -> HoldView:
    """Let a hold go; doing it twice changes nothing."""
    personal_data.check_staff(work, reason=reason)
    row = await store.hold(work, person.partnerships, hold_id)
    if row is None:
        raise not_found()
    if row.lifted_at is None:
        row.lifted_at = work.now
        row.lifted_by = person.subject
        row.lift_reason = reason
        subject = f"{row.subject_kind} {row.subject_id}"
        await work.audit(
            person.subject, "hold.lifted", subject, partnership=row.partnership, why=reason
        )
    return _view(row)


async def hold_page(
    work: Work, person: Person, cursor: str | None, limit: int, *, standing: bool
) -> Page[HoldView]:
    """A page of legal holds, the oldest first."""
    told = {"standing": standing}
    after = paging.after(cursor, (UUID,), told)
    rows = await store.holds(work, person.partnerships, after, limit, standing=standing)
    page = paging.page_of(rows, limit, lambda row: (row.id,), told)
    return Page([_view(row) for row in page.items], page.next)


def _view(row: LegalHoldRow) -> HoldView:
    return HoldView.model_validate({**row.model_dump(), "hold_id": row.id})
