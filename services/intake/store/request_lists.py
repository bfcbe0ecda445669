"""Requests as people look for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.lists import RequestsWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import Place, between, page
from services.intake.tables import RequestRow
from shared.platform.work import Work

BY_ARRIVAL = (datetime, UUID)
BY_DUE_DATE = (date, datetime, UUID)
"""The types of what cursors of these orders hold."""


async def statutory(
    work: Work, partnerships: Collection[str], place: Place, limit: int
) -> Sequence[RequestRow]:
    """Statutory requests that nobody has settled, the first due first."""
    query = select(RequestRow).where(
        col(RequestRow.partnership).in_(partnerships),
        RequestRow.state == "handed_over",
        col(RequestRow.due_on).is_not(None),
    )
    keys = col(RequestRow.due_on), col(RequestRow.received_at), col(RequestRow.id)
    return (await work.session.scalars(page(query, keys, place, limit))).all()


async def requests(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: RequestsWanted,
    place: Place,
    limit: int,
) -> Sequence[RequestRow]:
    """Requests that somebody with these holdings may know, but for statutory ones; newest first."""
    query = (
        select(RequestRow)
        .where(col(RequestRow.partnership).in_(partnerships), knowable(held, RequestRow))
        .where(col(RequestRow.statutory).is_(False))
        .where(*between(col(RequestRow.received_at), wanted.received_from, wanted.received_to))
    )
    for name in ("state", "type", "rule"):
        value = getattr(wanted, name)
        if value is not None:
            query = query.where(col(getattr(RequestRow, name)) == value)
    keys = col(RequestRow.received_at), col(RequestRow.id)
    rows = await work.session.scalars(page(query, keys, place, limit, descending=True))
    return rows.all()
