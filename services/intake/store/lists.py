"""Concerns as people look for them: filtered, ordered, searched, page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select, tuple_
from sqlmodel import col

from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import Order, Wanted
from services.intake.store.handlings import knowable
from services.intake.tables import ConcernRow, ConcernWordsRow, LocationRow
from shared.contracts.words import Label
from shared.platform.work import Work

KINDS: dict[Order, tuple[type, ...]] = {
    Order.OLDEST: (datetime, UUID),
    Order.NEWEST: (datetime, UUID),
    Order.OCCURRED: (date, UUID),
    Order.LAST_OCCURRED: (date, UUID),
    Order.CATEGORY: (str, UUID),
    Order.REFERENCE: (str, UUID),
}
"""The types of what a cursor of each order holds."""
_Query = Select[ConcernRow, LocationRow]
_LONDON = ZoneInfo("Europe/London")


async def concerns(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: Wanted,
    states: Collection[ConcernState],
    after: tuple[Any, ...] | None,
    limit: int,
    *,
    search_named: bool,
) -> Sequence[tuple[ConcernRow, LocationRow]]:
    """Concerns that somebody with these holdings may know, with their locations.

    One more than `limit`, where there is more. A search does not look into what is for named
    readers, unless `search_named`: to find a word there is to read it.
    """
    query = (
        select(ConcernRow, LocationRow)
        .join(LocationRow, col(LocationRow.id) == col(ConcernRow.location_id))
        .where(col(ConcernRow.partnership).in_(partnerships), knowable(held))
        .where(col(ConcernRow.state).in_([state.value for state in states]))
        .where(*_filters(wanted, search_named=search_named))
    )
    rows = await work.session.execute(_page(query, wanted.order, after).limit(limit + 1))
    return [(row[0], row[1]) for row in rows]


def _filters(wanted: Wanted, *, search_named: bool) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.category is not None:
        found.append(col(ConcernRow.category) == wanted.category)
    if wanted.location_id is not None:
        found.append(col(ConcernRow.location_id) == wanted.location_id)
    if wanted.received_from is not None:
        found.append(col(ConcernRow.received_at) >= _begin(wanted.received_from))
    if wanted.received_to is not None:
        found.append(col(ConcernRow.received_at) < _begin(wanted.received_to + timedelta(days=1)))
    if wanted.words is not None:
        query = func.websearch_to_tsquery("english", wanted.words)
        hits = select(col(ConcernWordsRow.concern_id)).where(
            col(ConcernWordsRow.words).op("@@")(query),
            col(ConcernWordsRow.partnership) == col(ConcernRow.partnership),
        )
        found.append(col(ConcernRow.id).in_(hits))
        if not search_named:
            found.append(col(ConcernRow.label).is_distinct_from(Label.NAMED.value))
    return found


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), _LONDON)


def _page(query: _Query, order: Order, after: tuple[Any, ...] | None) -> _Query:
    by, id_ = col(getattr(ConcernRow, order.column)), col(ConcernRow.id)
    if after is not None:
        place = tuple_(by, id_)
        query = query.where(place < after if order.descending else place > after)
    if order.descending:
        return query.order_by(by.desc(), id_.desc())
    return query.order_by(by, id_)
