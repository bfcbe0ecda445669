"""Signals as people look for them and read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from services.intake.domain.lists import SignalsWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import Place, between, page
from services.intake.tables import SignalRow
from shared.platform.work import Work


async def signals(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: SignalsWanted,
    place: Place,
    limit: int,
) -> Sequence[SignalRow]:
    """Signals that somebody with these holdings may know."""
    query = (
        select(SignalRow)
        .where(col(SignalRow.partnership).in_(partnerships), knowable(held, SignalRow))
        .where(*_filters(wanted))
    )
    keys = col(getattr(SignalRow, wanted.order.column)), col(SignalRow.id)
    descending = wanted.order.descending
    rows = await work.session.scalars(page(query, keys, place, limit, descending=descending))
    return rows.all()


def _filters(wanted: SignalsWanted) -> list[ColumnElement[bool]]:
    found = between(col(SignalRow.received_at), wanted.received_from, wanted.received_to)
    if wanted.kind is not None:
        found.append(col(SignalRow.kind) == wanted.kind)
    if wanted.location_id is not None:
        found.append(col(SignalRow.location_id) == wanted.location_id)
    if wanted.agency_id is not None:
        found.append(col(SignalRow.agency_id) == wanted.agency_id)
    return found


async def signal(
    work: Work, partnerships: Collection[str], signal_id: UUID, held: Collection[str]
) -> SignalRow | None:
    """A signal that somebody with these holdings may know."""
    rows = await work.session.scalars(
        select(SignalRow)
        .where(col(SignalRow.id) == signal_id, col(SignalRow.partnership).in_(partnerships))
        .where(knowable(held, SignalRow))
    )
    return rows.one_or_none()
