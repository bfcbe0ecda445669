"""Locations, as intake tells of them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.assessment.domain.circles import Circle
from services.assessment.store.handlings import circle_of, text_of
from services.assessment.tables import LocationRow
from shared.platform.prepared import Prepared, among
from shared.platform.rows import made
from shared.platform.work import Work

_LOCKED = Prepared(
    lambda: (
        select(LocationRow)
        .where(among(col(LocationRow.id), "ids"))
        .order_by(col(LocationRow.id))
        .with_for_update()
    )
)


async def save_location(work: Work, row: LocationRow) -> bool:
    """Save a location as it is from now on; False where the id belongs to another partnership."""
    work.ahead.pop((LocationRow, row.id), None)
    statement = insert(LocationRow).values(row.model_dump())
    told = row.model_dump(exclude={"id", "circles"})
    changed = {name: statement.excluded[name] for name in told}
    found = await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_=changed,
            where=col(LocationRow.partnership) == row.partnership,
        ).returning(col(LocationRow.id))
    )
    return found.one_or_none() is not None


async def lock_ahead(work: Work, location_ids: Collection[UUID]) -> None:
    """Lock locations, in one order for all: whoever changes a picture goes one at a time."""
    unread = [id_ for id_ in location_ids if (LocationRow, id_) not in work.ahead]
    if not unread:
        return
    rows = await _LOCKED.rows(work.session, ids=unread)
    work.ahead |= {(LocationRow, id_): None for id_ in unread}
    work.ahead |= {(LocationRow, row["id"]): made(LocationRow, **row) for row in rows}


def known_location(work: Work, location_id: UUID) -> LocationRow | None:
    """A location that was locked; None where there is none."""
    row: LocationRow | None = work.ahead.get((LocationRow, location_id))
    return row


async def locked_location(
    work: Work, partnerships: Collection[str], location_id: UUID
) -> LocationRow | None:
    """A location, locked: whoever changes its picture goes one at a time."""
    await lock_ahead(work, [location_id])
    row: LocationRow | None = work.ahead[LocationRow, location_id]
    return row if row is not None and row.partnership in partnerships else None


async def location(
    work: Work, partnerships: Collection[str], location_id: UUID
) -> LocationRow | None:
    """A location, to read."""
    rows = await work.session.scalars(
        select(LocationRow).where(
            LocationRow.id == location_id, col(LocationRow.partnership).in_(partnerships)
        )
    )
    return rows.one_or_none()


async def page_of_locations(
    work: Work, partnership: str, after: UUID, limit: int
) -> Sequence[LocationRow]:
    """A page of a partnership's locations in the order of their ids."""
    rows = await work.session.scalars(
        select(LocationRow)
        .where(LocationRow.partnership == partnership, col(LocationRow.id) > after)
        .order_by(col(LocationRow.id))
        .limit(limit)
    )
    return rows.all()


def circles(location: LocationRow) -> list[Circle]:
    """The circles of a location's NAMED facts, widest first."""
    return [circle_of(text) for text in location.circles]


async def keep_circles(work: Work, location: LocationRow, circles: Iterable[Circle]) -> None:
    """Enter the circles that a locked location has from now on."""
    location.circles = [text_of(circle) for circle in circles]
    await work.session.execute(
        update(LocationRow)
        .where(col(LocationRow.id) == location.id)
        .values(circles=location.circles)
    )
