"""Bulk submissions."""

from __future__ import annotations

from sqlalchemy import func, select

from shared.platform.work import Work


async def hold(work: Work, agency_id: str) -> None:
    """Whoever uploads for the same agency at the same moment waits until this work is done."""
    name = f"{work.tables.schema}.submission:{agency_id}"
    await work.session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))
