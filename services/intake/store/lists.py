"""Concerns as people look for them: filtered, ordered, searched, page by page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from services.intake.domain.concerns import ConcernState
from services.intake.domain.lists import Wanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import between, equal, ordered, within
from services.intake.store.search import asked_for
from services.intake.tables import ConcernRow, ConcernWordsRow, LocationRow
from shared.contracts.words import Label
from shared.platform.bulk import one_of
from shared.platform.prepared import Row, rows_of
from shared.platform.work import Work


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
) -> Sequence[Row]:
    """What is listed of concerns that somebody with these holdings may know; no narrative.

    One more than `limit`, where there is more. A search does not look into what is for named
    readers, unless `search_named`: to find a word there is to read it.
    """
    query = (
        select(*_LISTED)
        .join(LocationRow, col(LocationRow.id) == col(ConcernRow.location_id))
        .where(within(ConcernRow, partnerships), knowable(held))
        .where(one_of(ConcernRow.state, [state.value for state in states]))
        .where(*_filters(wanted, search_named=search_named))
    )
    return await rows_of(work.session, ordered(query, ConcernRow, wanted.order, after, limit))


_LISTED: tuple[Any, ...] = (
    *(col(ConcernRow.id), col(ConcernRow.reference), col(ConcernRow.state)),
    *(col(ConcernRow.category), col(ConcernRow.occurred_on), col(ConcernRow.received_at)),
    *(col(ConcernRow.location_id), col(LocationRow.name).label("location")),
    col(LocationRow.reference).label("location_reference"),
)


def _filters(wanted: Wanted, *, search_named: bool) -> list[ColumnElement[bool]]:
    found = equal(ConcernRow, wanted, "category", "location_id")
    found += between(col(ConcernRow.received_at), wanted.received_from, wanted.received_to)
    if wanted.words is not None:
        query = asked_for(wanted.words)
        hits = select(col(ConcernWordsRow.concern_id)).where(
            col(ConcernWordsRow.words).op("@@")(query),
            col(ConcernWordsRow.partnership) == col(ConcernRow.partnership),
        )
        found.append(col(ConcernRow.id).in_(hits))
        if not search_named:
            found.append(col(ConcernRow.label).is_distinct_from(Label.NAMED.value))
    return found
