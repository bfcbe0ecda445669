"""What was handed to safeguarding."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from services.intake.domain.lists import HandoversWanted
from services.intake.store.pages import Place, between, equal, named, page
from services.intake.tables import ConcernRow, HandoverRow, LocationRow
from shared.platform.work import Work

Handed = tuple[HandoverRow, ConcernRow, LocationRow]


async def handover(
    work: Work, partnerships: Collection[str], concern_id: UUID
) -> HandoverRow | None:
    """A handover, locked for a change."""
    row = await work.session.get(HandoverRow, concern_id, with_for_update=True)
    return row if row is not None and row.partnership in partnerships else None


async def handovers(
    work: Work, partnerships: Collection[str], wanted: HandoversWanted, place: Place, limit: int
) -> Sequence[Handed]:
    """What was handed over, with the concern and its location."""
    query = (
        select(HandoverRow, ConcernRow, LocationRow)
        .where(col(HandoverRow.concern_id) == col(ConcernRow.id))
        .where(col(LocationRow.id) == col(ConcernRow.location_id))
        .where(col(HandoverRow.partnership).in_(partnerships), *_filters(wanted))
    )
    keys = col(HandoverRow.handed_over_at), col(HandoverRow.concern_id)
    descending = wanted.order.descending
    rows = await work.session.execute(page(query, keys, place, limit, descending=descending))
    return [(row[0], row[1], row[2]) for row in rows]


def _filters(wanted: HandoversWanted) -> list[ColumnElement[bool]]:
    found = between(col(HandoverRow.handed_over_at), wanted.received_from, wanted.received_to)
    found += equal(HandoverRow, wanted, "emergency")
    found += equal(ConcernRow, wanted, "location_id")
    found += named(wanted.words, col(LocationRow.name), col(ConcernRow.reference))
    acknowledged = col(HandoverRow.acknowledged_at)
    if wanted.state == "open":
        found.append(acknowledged.is_(None))
    elif wanted.state == "acknowledged":
        found.append(acknowledged.is_not(None))
    return found


async def handovers_at(work: Work, location_id: UUID) -> Sequence[HandoverRow]:
    """Handovers of a location that nobody has acknowledged, locked for a change."""
    rows = await work.session.scalars(
        select(HandoverRow)
        .where(col(HandoverRow.concern_id) == col(ConcernRow.id))
        .where(ConcernRow.location_id == location_id)
        .where(col(HandoverRow.acknowledged_at).is_(None))
        .with_for_update()
    )
    return rows.all()
