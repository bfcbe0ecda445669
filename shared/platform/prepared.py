"""Queries that each batch asks: their SQL is made once, and the driver itself runs them.

The ORM's layers cost several times what the driver does for a query of a few rows
(docs/performance.md). Where a person waits for one answer the ORM is the plainer way.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ARRAY, BindParameter, bindparam
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import Select

from shared.platform.database import driver_of

_DIALECT = dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def given(name: str, column: Any) -> BindParameter[Any]:
    """A list of values of a column, as one parameter for any number of them."""
    return bindparam(name, type_=ARRAY(column.type))


class Prepared:
    """A query with named parameters. Rows are the driver's, by the names of their columns.

    It sees what this transaction has written by statements; `flush` comes before it where the
    ORM holds changes back.
    """

    def __init__(self, make: Callable[[], Select[*tuple[Any, ...]]]) -> None:
        self._make = make

    async def rows(self, session: AsyncSession, **values: Any) -> Sequence[asyncpg.Record]:
        """Run it. Raises the driver's errors."""
        sql, names, _ = self._compiled
        driver = await driver_of(session)
        found: Sequence[asyncpg.Record] = await driver.fetch(sql, *(values[n] for n in names))
        return found

    async def dicts(self, session: AsyncSession, **values: Any) -> list[dict[str, Any]]:
        """The same, with columns of JSON read."""
        _, _, json = self._compiled
        found = [dict(row) for row in await self.rows(session, **values)]
        for row in found:
            for name in json:
                row[name] = None if row[name] is None else orjson.loads(row[name])
        return found

    @cached_property
    def _compiled(self) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
        statement = self._make()
        compiled = statement.compile(dialect=_DIALECT)
        columns = statement.selected_columns
        json = tuple(column.key or "" for column in columns if isinstance(column.type, JSONB))
        return str(compiled), tuple(compiled.positiontup or ()), json
