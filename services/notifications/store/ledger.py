"""The disclosure ledger and the seals over it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import BigInteger, bindparam
from sqlmodel import col, select

from services.notifications.tables import LedgerRow, SealRow
from shared.platform.prepared import Prepared
from shared.platform.work import Work

_COLUMNS = LedgerRow.__table__.columns  # type: ignore[attr-defined]  # SQLModel makes it
"""Rows to be sealed come as they are, without objects: there are many of them."""


def add(work: Work, rows: Sequence[dict[str, Any]]) -> None:
    """Enter rows; they are never changed. Their numbers follow the order of commits."""
    work.numbered(LedgerRow, rows)


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


async def unsealed(work: Work, behind: int, limit: int) -> Sequence[asyncpg.Record]:
    """The next rows behind a number, of all partnerships: there is one chain.

    Numbers follow the order of commits, so none comes later with a lower one.
    """
    return await _UNSEALED.rows(work.session, behind=behind, limit=limit)


_UNSEALED = Prepared(
    lambda: (
        select(*_COLUMNS)
        .where(col(LedgerRow.seq) > bindparam("behind"))
        .order_by(col(LedgerRow.seq))
        .limit(bindparam("limit", type_=BigInteger))
    )
)


async def last_seal(work: Work) -> SealRow | None:
    """The newest seal."""
    rows = await work.session.scalars(select(SealRow).order_by(col(SealRow.number).desc()).limit(1))
    return rows.first()


def add_seal(work: Work, seal: SealRow) -> None:
    """Put a seal on the rows up to its last."""
    work.session.add(seal)


async def seals_over(work: Work, first: int, last: int) -> Sequence[SealRow]:
    """The seals over rows with these numbers, in order."""
    rows = await work.session.scalars(
        select(SealRow)
        .where(SealRow.last_seq >= first, SealRow.first_seq <= last)
        .order_by(col(SealRow.number))
    )
    return rows.all()


async def seals(work: Work, after: int, limit: int) -> Sequence[SealRow]:
    """Seals in order."""
    rows = await work.session.scalars(
        select(SealRow).where(SealRow.number > after).order_by(col(SealRow.number)).limit(limit)
    )
    return rows.all()


async def seal_numbered(work: Work, number: int) -> SealRow | None:
    """A seal by its number."""
    return await work.session.get(SealRow, number)


async def rows_between(work: Work, behind: int, last: int) -> Sequence[asyncpg.Record]:
    """The rows behind a number and up to another, in order."""
    return await _BETWEEN.rows(work.session, behind=behind, last=last)


_BETWEEN = Prepared(
    lambda: (
        select(*_COLUMNS)
        .where(col(LedgerRow.seq) > bindparam("behind"), col(LedgerRow.seq) <= bindparam("last"))
        .order_by(col(LedgerRow.seq))
    )
)
