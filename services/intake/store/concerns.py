"""Concerns, handovers, signals, and what came in."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.intake.tables import (
    ConcernRow,
    HandoverRow,
    InboundRow,
    QuarantineRow,
)
from shared.platform.work import Work


async def concern_by_client_reference(
    work: Work, partnership: str, source: str, client_reference: str
) -> ConcernRow | None:
    """A concern by the reference that its submitter gave it."""
    rows = await work.session.scalars(
        select(ConcernRow).where(
            ConcernRow.partnership == partnership,
            ConcernRow.source == source,
            ConcernRow.client_reference == client_reference,
        )
    )
    return rows.one_or_none()


async def concern_by_reference(
    work: Work, partnerships: Collection[str], reference: str
) -> ConcernRow | None:
    """A concern by the reference that we gave it."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.reference == reference)
        .where(col(ConcernRow.partnership).in_(partnerships))
    )
    return rows.one_or_none()


async def concern(work: Work, partnerships: Collection[str], concern_id: UUID) -> ConcernRow | None:
    """A concern by our own id, locked for a change."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.id == concern_id)
        .where(col(ConcernRow.partnership).in_(partnerships))
        .with_for_update()
    )
    return rows.one_or_none()


async def concerns(
    work: Work, partnerships: Collection[str], state: str, limit: int
) -> Sequence[ConcernRow]:
    """Concerns of a state, the oldest first."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.state == state, col(ConcernRow.partnership).in_(partnerships))
        .order_by(col(ConcernRow.received_at), col(ConcernRow.id))
        .limit(limit)
    )
    return rows.all()


async def handover(
    work: Work, partnerships: Collection[str] | None, concern_id: UUID
) -> HandoverRow | None:
    """A handover, locked for a change; clocks ask without a reader's partnerships."""
    row = await work.session.get(HandoverRow, concern_id, with_for_update=True)
    if row is None or (partnerships is not None and row.partnership not in partnerships):
        return None
    return row


async def open_handovers(
    work: Work, partnerships: Collection[str]
) -> Sequence[tuple[HandoverRow, ConcernRow]]:
    """Handovers that nobody has acknowledged, the oldest first."""
    rows = await work.session.execute(
        select(HandoverRow, ConcernRow)
        .where(col(HandoverRow.concern_id) == col(ConcernRow.id))
        .where(col(HandoverRow.acknowledged_at).is_(None))
        .where(col(HandoverRow.partnership).in_(partnerships))
        .order_by(col(HandoverRow.handed_over_at))
    )
    return [(row[0], row[1]) for row in rows]


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
