"""Meetings, the plans for them, and what became of the messages about them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.meetings.tables import DeliveryRow, MeetingRow, PlanRow
from shared.platform.work import Work


async def meeting(
    work: Work, partnerships: Collection[str], meeting_id: UUID, *, lock: bool = False
) -> MeetingRow | None:
    """A meeting by id; locked, it is read afresh."""
    query = select(MeetingRow).where(
        MeetingRow.id == meeting_id, col(MeetingRow.partnership).in_(partnerships)
    )
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    rows = await work.session.scalars(query)
    return rows.one_or_none()


async def meetings_of(work: Work, partnership: str, qip_id: UUID) -> Sequence[MeetingRow]:
    """The meetings of a QIP in order of time."""
    rows = await work.session.scalars(
        select(MeetingRow)
        .where(MeetingRow.qip_id == qip_id, MeetingRow.partnership == partnership)
        .order_by(col(MeetingRow.starts_at))
    )
    return rows.all()


async def meeting_at(
    work: Work, partnership: str, qip_id: UUID, starts_at: datetime
) -> MeetingRow | None:
    """The meeting of a QIP that starts at an instant."""
    rows = await work.session.scalars(
        select(MeetingRow)
        .where(MeetingRow.qip_id == qip_id, MeetingRow.partnership == partnership)
        .where(MeetingRow.starts_at == starts_at)
    )
    return rows.one_or_none()


async def plans_of(work: Work, partnership: str, qip_id: UUID) -> Sequence[PlanRow]:
    """All versions of a QIP's improvement plan, the first one first."""
    rows = await work.session.scalars(
        select(PlanRow)
        .where(PlanRow.qip_id == qip_id, PlanRow.partnership == partnership)
        .order_by(col(PlanRow.version))
    )
    return rows.all()


async def save_delivery(work: Work, row: DeliveryRow) -> None:
    """Record what became of a message; a later word on it replaces the earlier."""
    await work.session.merge(row)


async def deliveries_of(
    work: Work, partnership: str, cause_ids: Collection[UUID]
) -> Sequence[DeliveryRow]:
    """What became of the messages that these events of ours caused."""
    rows = await work.session.scalars(
        select(DeliveryRow)
        .where(col(DeliveryRow.cause_id).in_(cause_ids))
        .where(DeliveryRow.partnership == partnership)
    )
    return rows.all()
