"""The QIPs that cases have come to, and their members."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.notifications.tables import MemberRow, QipRow
from shared.platform.work import Work


async def open_qip(work: Work, row: QipRow) -> None:
    """From this fact on the location's case is that of the QIP's members."""
    statement = insert(QipRow).values(row.model_dump())
    await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["location_id"],
            set_={"qip_id": statement.excluded.qip_id, "since": statement.excluded.since},
        )
    )


async def join(work: Work, row: MemberRow) -> None:
    """An agency is a member from now on (also where it had left)."""
    statement = insert(MemberRow).values(row.model_dump())
    await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["qip_id", "agency_id"],
            set_={
                "function": statement.excluded.function,
                "joined_at": statement.excluded.joined_at,
                "left_at": None,
            },
        )
    )


async def leave(
    work: Work, partnership: str, qip_id: UUID, agency_id: str, left_at: datetime
) -> None:
    """An agency is a member no more."""
    await work.session.execute(
        update(MemberRow)
        .where(col(MemberRow.partnership) == partnership)
        .where(col(MemberRow.qip_id) == qip_id, col(MemberRow.agency_id) == agency_id)
        .values(left_at=left_at)
    )
