"""Queries that are asked often: their SQL is made once, and the driver itself runs them.

The ORM's layers cost several times what the driver does for a query of a few rows
(docs/performance.md). Each batch asks some, and so does a page that people open all day; what is
asked now and then is plainer by the ORM.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, TypeAlias, TypeVarTuple

import asyncpg
from sqlalchemy import (
    ARRAY,
    BindParameter,
    ColumnElement,
    and_,
    any_,
    bindparam,
    func,
    literal,
    literal_column,
)
from sqlalchemy.dialects.postgresql.asyncpg import dialect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql import CompoundSelect, Select
from sqlalchemy.sql.compiler import SQLCompiler

from shared.platform.database import driver_of

Ts = TypeVarTuple("Ts")
Row: TypeAlias = asyncpg.Record
"""A row as the driver gives it, by the names of the columns that were asked for."""
_DIALECT = dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def given(name: str, column: Any) -> BindParameter[Any]:
    """A list of values of a column, as one parameter for any number of them."""
    return bindparam(name, type_=ARRAY(column.type))


def among(column: Any, name: str) -> ColumnElement[bool]:
    """Whether a column has one of the values given by this name (`bulk.one_of` in a query)."""
    found: ColumnElement[bool] = column == any_(given(name, column))
    return found


def listed(query: Select[*Ts], **columns: Any) -> Select[*Ts]:
    """The rows whose columns have together the values at one place of the lists of these names.

    Each place is looked for once: with a condition for each column, every value of one would be
    looked for with every value of the others. No place may come twice.
    """
    arrays = [given(name, column) for name, column in columns.items()]
    wanted = func.unnest(*arrays).table_valued(*columns, name="wanted").render_derived()
    each = (column == wanted.c[name] for name, column in columns.items())
    return query.join(wanted, and_(*each))


def fixed(value: Any) -> ColumnElement[Any]:
    """A value that stands in the SQL itself: so partial indexes are found whatever is given."""
    shown = literal(value).compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True})
    return literal_column(str(shown), literal(value).type)


class Prepared:
    """A query with named parameters. Rows are the driver's, by the names of their columns.

    JSON in them has been read. It sees what this transaction has written by statements; `flush`
    comes before it where the ORM holds changes back.
    """

    def __init__(
        self, make: Callable[[], Select[*tuple[Any, ...]] | CompoundSelect[*tuple[Any, ...]]]
    ) -> None:
        self._make = make

    async def rows(self, session: AsyncSession, **values: Any) -> Sequence[Row]:
        """Run it. Raises the driver's errors."""
        sql, names = self._compiled
        driver = await driver_of(session)
        found: Sequence[Row] = await driver.fetch(sql, *(values[n] for n in names))
        return found

    @cached_property
    def _compiled(self) -> tuple[str, tuple[str, ...]]:
        compiled = self._make().compile(dialect=_DIALECT)
        return str(compiled), tuple(compiled.positiontup or ())


async def rows_of(session: AsyncSession, query: Select[*tuple[Any, ...]]) -> Sequence[Row]:
    """The rows of a query that somebody's filters shape: its SQL is made once for each shape.

    As for `Prepared`, a list of values is one parameter (`bulk.one_of`, and not `IN`).
    """
    key = query._generate_cache_key()
    if key is None:
        raise TypeError("the shape of this query cannot be told")
    shape = _SHAPES.get(key.key)
    if shape is None:
        shape = _SHAPES[key.key] = query.compile(dialect=_DIALECT, cache_key=key)
    values = shape.construct_params(extracted_parameters=key.bindparams)
    driver = await driver_of(session)
    found: Sequence[Row] = await driver.fetch(
        str(shape), *(values[n] for n in shape.positiontup or ())
    )
    return found


_SHAPES: dict[Any, SQLCompiler] = {}
"""As many as the code has ways to ask."""
