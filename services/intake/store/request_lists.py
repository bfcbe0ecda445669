"""Requests as people look for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, func
from sqlmodel import col, select

from services.intake.domain.lists import DueWanted, RequestsWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import Place, between, equal, ordered
from services.intake.store.search import ENGLISH, asked_for
from services.intake.tables import RequestRow
from shared.contracts.words import Label
from shared.platform.work import Work


async def statutory(
    work: Work, partnerships: Collection[str], wanted: DueWanted, place: Place, limit: int
) -> Sequence[RequestRow]:
    """Statutory requests that nobody has settled."""
    query = (
        select(RequestRow)
        .where(col(RequestRow.partnership).in_(partnerships))
        .where(RequestRow.state == "handed_over", col(RequestRow.due_on).is_not(None))
        .where(*equal(RequestRow, wanted, "location_id", "type", "agency_id"))
    )
    rows = await work.session.scalars(ordered(query, RequestRow, wanted.order, place, limit))
    return rows.all()


async def requests(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: RequestsWanted,
    place: Place,
    limit: int,
    *,
    search_named: bool,
) -> Sequence[RequestRow]:
    """Requests that somebody with these holdings may know, but for statutory ones.

    A search looks into what is for named readers only where it is to be read, too.
    """
    query = (
        select(RequestRow)
        .where(col(RequestRow.partnership).in_(partnerships), knowable(held, RequestRow))
        .where(col(RequestRow.statutory).is_(False))
        .where(*_filters(wanted, search_named=search_named))
    )
    rows = await work.session.scalars(ordered(query, RequestRow, wanted.order, place, limit))
    return rows.all()


def _filters(wanted: RequestsWanted, *, search_named: bool) -> list[ColumnElement[bool]]:
    found = between(col(RequestRow.received_at), wanted.received_from, wanted.received_to)
    found += equal(RequestRow, wanted, "state", "type", "rule", "location_id", "agency_id")
    if wanted.words is not None:
        words = func.to_tsvector(ENGLISH, col(RequestRow.text))
        found.append(words.op("@@")(asked_for(wanted.words)))
        if not search_named:
            found.append(col(RequestRow.label).is_distinct_from(Label.NAMED.value))
    return found
