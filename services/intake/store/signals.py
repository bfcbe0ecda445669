"""Signals as people look for them and read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlmodel import col

from services.intake.domain.lists import SignalsWanted
from services.intake.store.handlings import knowable
from services.intake.store.pages import Place, between, equal, named, ordered
from services.intake.tables import LocationRow, SignalRow
from shared.platform.work import Work

Found = tuple[SignalRow, LocationRow]


async def signals(
    work: Work,
    partnerships: Collection[str],
    held: Collection[str],
    wanted: SignalsWanted,
    place: Place,
    limit: int,
) -> Sequence[Found]:
    """Signals that somebody with these holdings may know, with their locations."""
    query = (
        select(SignalRow, LocationRow)
        .join(LocationRow, col(LocationRow.id) == col(SignalRow.location_id))
        .where(col(SignalRow.partnership).in_(partnerships), knowable(held, SignalRow))
        .where(*_filters(wanted))
    )
    rows = await work.session.execute(ordered(query, SignalRow, wanted.order, place, limit))
    return [(row[0], row[1]) for row in rows]


def _filters(wanted: SignalsWanted) -> list[ColumnElement[bool]]:
    found = between(col(SignalRow.received_at), wanted.received_from, wanted.received_to)
    found += named(wanted.words, col(LocationRow.name), col(SignalRow.reference))
    return found + equal(SignalRow, wanted, "kind", "location_id", "agency_id")


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
