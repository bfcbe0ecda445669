"""Files that are attached to concerns."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, exists, or_
from sqlmodel import col, select

from services.intake.tables import ConcernRow, FileRow
from shared.platform.work import Work

ARRIVED = ("held", "clean", "infected", "lost")


async def of_concern(work: Work, concern_id: UUID) -> Sequence[FileRow]:
    """The files of a concern that have arrived, in the order of their arrival."""
    rows = await work.session.scalars(
        select(FileRow)
        .where(FileRow.concern_id == concern_id, col(FileRow.state).in_(ARRIVED))
        .order_by(col(FileRow.attached_at), col(FileRow.id))
    )
    return rows.all()


async def file(work: Work, concern_id: UUID, client_id: UUID) -> FileRow | None:
    """A file that has arrived, by the id that its sender gave it."""
    rows = await work.session.scalars(
        select(FileRow)
        .where(FileRow.concern_id == concern_id, FileRow.client_id == client_id)
        .where(col(FileRow.state).in_(ARRIVED))
    )
    return rows.one_or_none()


async def arriving(work: Work, file_id: UUID) -> FileRow | None:
    """A file under way, locked; None where it was given up."""
    return await work.session.get(FileRow, file_id, with_for_update=True)


async def next_held(work: Work) -> FileRow | None:
    """The file that has waited longest for the scanner."""
    rows = await work.session.scalars(
        select(FileRow)
        .where(FileRow.state == "held")
        .where(or_(col(FileRow.next_try_at).is_(None), col(FileRow.next_try_at) <= work.now))
        .order_by(col(FileRow.attached_at))
        .limit(1)
    )
    return rows.one_or_none()


async def to_remove(work: Work, longest: timedelta) -> Sequence[UUID]:
    """Files whose concern is erased, and those that never finished arriving."""
    gone = ~exists().where(col(ConcernRow.id) == col(FileRow.concern_id))
    given_up = (col(FileRow.state) == "arriving") & (col(FileRow.attached_at) < work.now - longest)
    rows = await work.session.scalars(select(FileRow.id).where(or_(gone, given_up)).limit(100))
    return rows.all()


async def forget(work: Work, file_id: UUID) -> None:
    """Drop the row of a file that is removed."""
    await work.session.execute(delete(FileRow).where(col(FileRow.id) == file_id))
