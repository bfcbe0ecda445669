"""Who accepted which version of the procedures on confidentiality."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col

from services.intake.tables import AcceptanceRow
from shared.platform.work import Work


async def acceptance(
    work: Work, partnership: str, person_ref: UUID, version: str
) -> AcceptanceRow | None:
    """The acceptance of a version by somebody."""
    return await work.session.get(AcceptanceRow, (partnership, person_ref, version))


async def keep(work: Work, row: AcceptanceRow) -> bool:
    """Keep an acceptance; False where there is one already, however near in time."""
    adding = (
        insert(AcceptanceRow)
        .values(**row.model_dump())
        .on_conflict_do_nothing()
        .returning(col(AcceptanceRow.version))
    )
    return await work.session.scalar(adding) is not None
