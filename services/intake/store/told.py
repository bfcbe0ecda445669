"""What people tell beside concerns: drafts, what is added to a concern, feedback."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlmodel import col, select

from services.intake.domain.lists import DraftsWanted, FeedbackWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import Place, between, equal, ordered, page
from services.intake.store.search import ENGLISH, asked_for
from services.intake.tables import (
    ConcernEntryRow,
    ConcernRow,
    DraftRow,
    DuplicateRow,
    FeedbackRow,
    LocationRow,
)
from shared.platform.dates import days_after
from shared.platform.prepared import Prepared
from shared.platform.rows import made
from shared.platform.work import Work

Said = tuple[FeedbackRow, LocationRow]


async def draft(work: Work, owner: str, draft_id: UUID) -> DraftRow | None:
    """A draft of its owner's, locked for a change."""
    row = await work.session.get(DraftRow, draft_id, with_for_update=True)
    return row if row is not None and row.owner == owner else None


async def drafts(
    work: Work,
    partnerships: Collection[str],
    owner: str,
    wanted: DraftsWanted,
    place: Place,
    limit: int,
) -> Sequence[DraftRow]:
    """Somebody's drafts in the order in which they were begun, as their ids are."""
    query = select(DraftRow).where(
        DraftRow.owner == owner, col(DraftRow.partnership).in_(partnerships)
    )
    if wanted.words is not None:
        words = func.to_tsvector(ENGLISH, col(DraftRow.form))
        query = query.where(words.op("@@")(asked_for(wanted.words)))
    descending = wanted.order.descending
    rows = await work.session.scalars(
        page(query, [col(DraftRow.id)], place, limit, descending=descending)
    )
    return rows.all()


async def entries(work: Work, concern_id: UUID) -> Sequence[ConcernEntryRow]:
    """What was added to a concern that was read before, the oldest first; to read only."""
    rows = await _ENTRIES.rows(work.session, concern_id=concern_id)
    return [made(ConcernEntryRow, **row) for row in rows]


_ENTRIES = Prepared(
    lambda: (
        select(ConcernEntryRow)
        .where(col(ConcernEntryRow.concern_id) == bindparam("concern_id"))
        .order_by(col(ConcernEntryRow.at), col(ConcernEntryRow.id))
    )
)


async def feedback(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: FeedbackWanted,
    place: Place,
    limit: int,
) -> Sequence[Said]:
    """Feedback and compliments that somebody may know, with the locations they are about."""
    query = (
        select(FeedbackRow, LocationRow)
        .join(LocationRow, col(LocationRow.id) == col(FeedbackRow.location_id))
        .where(col(FeedbackRow.partnership).in_(partnerships), knowable(held, FeedbackRow))
        .where(*_filters(wanted))
    )
    rows = await work.session.execute(ordered(query, FeedbackRow, wanted.order, place, limit))
    return [(row[0], row[1]) for row in rows]


def _filters(wanted: FeedbackWanted) -> list[ColumnElement[bool]]:
    found = between(col(FeedbackRow.received_at), wanted.received_from, wanted.received_to)
    found += equal(FeedbackRow, wanted, "kind", "category", "location_id")
    if wanted.words is not None:
        words = func.to_tsvector(ENGLISH, col(FeedbackRow.text))
        found.append(words.op("@@")(asked_for(wanted.words)))
    return found


async def near(
    work: Work, one: ConcernRow, days: int, held: Collection[str], limit: int
) -> Sequence[ConcernRow]:
    """Concerns at one's place, of its category, within days; that somebody may know."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.partnership == one.partnership, ConcernRow.id != one.id)
        .where(ConcernRow.location_id == one.location_id, ConcernRow.category == one.category)
        .where(col(ConcernRow.occurred_on).between(*_window(one, days)), knowable(held))
        .order_by(col(ConcernRow.received_at).desc(), col(ConcernRow.id))
        .limit(limit)
    )
    return rows.all()


def _window(one: ConcernRow, days: int) -> tuple[date, date]:
    return days_after(one.occurred_on, -days), days_after(one.occurred_on, days)


async def decided(work: Work, concern_id: UUID) -> dict[UUID, DuplicateRow]:
    """What was decided on pairs with a concern, by the other of the two."""
    rows = await work.session.scalars(
        select(DuplicateRow).where(
            or_(
                col(DuplicateRow.concern_id) == concern_id, col(DuplicateRow.other_id) == concern_id
            )
        )
    )
    return {r.other_id if r.concern_id == concern_id else r.concern_id: r for r in rows}
