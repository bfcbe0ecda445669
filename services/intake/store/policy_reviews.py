"""Which partnerships are at work here, and which reviews of their policies are awaited."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select as select_columns
from sqlmodel import select

from services.intake.tables import LocationRow
from shared.platform.work import Work


async def at_work(work: Work) -> Sequence[str]:
    """The partnerships that have anything in the register."""
    found = await work.session.scalars(select(LocationRow.partnership).distinct())
    return found.all()


async def is_awaited(work: Work, rule: str, review_id: UUID) -> bool:
    """Whether a clock was ever set for a review: then it goes on by itself."""
    clock = work.tables.clock
    found = await work.session.scalar(
        select_columns(clock.c.id)
        .where(clock.c.rule == rule, clock.c.subject_id == review_id)
        .limit(1)
    )
    return found is not None
