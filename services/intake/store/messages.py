"""Partners' messages: what became of them, and those that were refused."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.intake.tables import InboundRow, QuarantineRow
from shared.platform.work import Work


async def inbound(work: Work, agency_id: str, message_id: str) -> InboundRow | None:
    """What became of an agency's earlier message with this id."""
    return await work.session.get(InboundRow, (agency_id, message_id))


async def quarantined(
    work: Work, partnerships: Collection[str], limit: int
) -> Sequence[QuarantineRow]:
    """What lies in quarantine, the newest first."""
    rows = await work.session.scalars(
        select(QuarantineRow)
        .where(col(QuarantineRow.partnership).in_(partnerships))
        .order_by(col(QuarantineRow.received_at).desc())
        .limit(limit)
    )
    return rows.all()


async def quarantined_item(
    work: Work, partnerships: Collection[str], item_id: UUID
) -> QuarantineRow | None:
    """One item of the quarantine."""
    row = await work.session.get(QuarantineRow, item_id)
    return row if row is not None and row.partnership in partnerships else None
