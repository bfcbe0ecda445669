"""What people decided or found, with their reasons."""

from __future__ import annotations

from services.assessment.tables import DecisionRow
from shared.platform.work import Work


async def keep(work: Work, row: DecisionRow) -> None:
    """Add a decision."""
    work.session.add(row)
    await work.session.flush()
