"""The disclosure ledger and the seals over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, BigInteger, any_, cast, update
from sqlmodel import col, select

from services.notifications.tables import LedgerRow, SealRow
from shared.platform import bulk
from shared.platform.work import Work

_COLUMNS = LedgerRow.__table__.columns  # type: ignore[attr-defined]  # SQLModel makes it
"""Rows to be sealed come as they are, without objects: there are many of them."""


async def add(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Enter rows; they are never changed but by the seal."""
    await bulk.insert(work.session, LedgerRow, rows)


async def page(
    work: Work,
    partnerships: frozenset[str],
    *,
    after: int,
    limit: int,
    event_id: UUID | None = None,
) -> Sequence[LedgerRow]:
    """Rows of these partnerships in order, of one fact where one is named."""
    statement = (
        select(LedgerRow)
        .where(col(LedgerRow.partnership).in_(partnerships), LedgerRow.seq > after)
        .order_by(col(LedgerRow.seq))
        .limit(limit)
    )
    if event_id is not None:
        statement = statement.where(LedgerRow.event_id == event_id)
    return (await work.session.scalars(statement)).all()


async def unsealed(work: Work, limit: int) -> Sequence[Any]:
    """The next committed rows without a seal, of all partnerships: there is one chain.

    Nobody else changes them: whoever seals holds the seal's lock.
    """
    rows = await work.session.execute(
        select(*_COLUMNS)
        .where(col(LedgerRow.seal).is_(None))
        .order_by(col(LedgerRow.seq))
        .limit(limit)
    )
    return rows.all()


async def last_seal(work: Work) -> SealRow | None:
    """The newest seal."""
    rows = await work.session.scalars(select(SealRow).order_by(col(SealRow.number).desc()).limit(1))
    return rows.first()


async def add_seal(work: Work, seal: SealRow, rows: Sequence[Any]) -> None:
    """Put a seal on rows."""
    work.session.add(seal)
    await work.session.flush()
    await work.session.execute(
        update(LedgerRow)
        .where(col(LedgerRow.seq) == any_(cast([row.seq for row in rows], ARRAY(BigInteger))))
        .values(seal=seal.number)
        .execution_options(synchronize_session=False)
    )


async def seals(work: Work, after: int, limit: int) -> Sequence[SealRow]:
    """Seals in order."""
    rows = await work.session.scalars(
        select(SealRow).where(SealRow.number > after).order_by(col(SealRow.number)).limit(limit)
    )
    return rows.all()


async def seal_numbered(work: Work, number: int) -> SealRow | None:
    """A seal by its number."""
    return await work.session.get(SealRow, number)


async def sealed_by(work: Work, number: int) -> Sequence[Any]:
    """The rows under a seal, in order."""
    rows = await work.session.execute(
        select(*_COLUMNS).where(LedgerRow.seal == number).order_by(col(LedgerRow.seq))
    )
    return rows.all()
