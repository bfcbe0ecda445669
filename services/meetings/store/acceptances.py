"""Who accepted which version of the procedures on confidentiality."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlmodel import col, select

from services.meetings.tables import AcceptanceRow
from shared.platform.work import Work


async def keep(work: Work, row: AcceptanceRow) -> None:
    """Keep an acceptance."""
    await work.session.merge(row)


async def versions(work: Work, partnership: str, person_ref: UUID) -> Collection[str]:
    """The versions that somebody accepted."""
    rows = await work.session.scalars(
        select(col(AcceptanceRow.version))
        .where(AcceptanceRow.partnership == partnership)
        .where(AcceptanceRow.person_ref == person_ref)
    )
    return frozenset(rows)
