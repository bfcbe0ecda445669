"""Many rows in one statement, as arrays: for what comes in batches.

One statement over `unnest`, or a COPY, writes thousands of rows in the time that a few of the ORM
take (docs/performance.md). Where a person waits for one row the ORM is the plainer way.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import asyncpg
import orjson
from sqlalchemy import ARRAY, Column, ColumnElement, Table, any_, literal
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from shared.platform.database import Driver, driver_of

_ENOUGH_TO_COPY = 20
"""COPY spares the driver a look at every element of an array, at the price of a round trip.

Where the two meet was not measured."""


Lock = tuple[int, int]
"""An advisory lock: the space that it is in, and its number there."""

_AFTER = "CROSS JOIN (SELECT count(*) FROM locked) AS first"
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


def one_of(column: Any, values: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column has one of these values, as one parameter for any number of them.

    `IN` is another statement for each number, and takes no more than 32,767.
    """
    found: ColumnElement[bool] = column == any_(literal(list(values), ARRAY(column.type)))
    return found


async def insert(
    session: AsyncSession,
    table: Any,
    rows: Sequence[Mapping[str, Any]],
    *,
    skip_existing: bool = False,
    replace_by: tuple[str, ...] = (),
    returning: tuple[str, ...] = (),
) -> Sequence[asyncpg.Record]:
    """Insert rows that name the same columns, in their order; gives the columns asked for.

    `skip_existing` leaves rows alone that are there already (they are not returned); `replace_by`
    names the key by which a row that is there is replaced (each key once in a call). Raises the
    driver's errors.
    """
    if not rows:
        return []
    driver = await driver_of(session)
    of = _table(table)
    names = tuple(rows[0])
    if len(rows) >= _ENOUGH_TO_COPY and not (skip_existing or replace_by or returning):
        await _copy(driver, of, names, rows)
        return []
    statement = _statement(
        of,
        names,
        skip_existing=skip_existing,
        replace_by=replace_by,
        returning=returning,
    )
    arrays = [_array(of.c[name], name, rows) for name in names]
    found: Sequence[asyncpg.Record] = await driver.fetch(statement, *arrays)
    return found


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of one table that name the same columns; `replace_by` as in `insert`.

    `locks` are held from before these rows are written to the end of the transaction, so that
    numbers are given to rows in the order of commits.
    """

    table: Any
    rows: Sequence[Mapping[str, Any]]
    replace_by: tuple[str, ...] = ()
    locks: Sequence[Lock] = ()

    @property
    def many(self) -> bool:
        """Whether they go by themselves, and by COPY."""
        return len(self.rows) >= _ENOUGH_TO_COPY


def one_statement(given: Sequence[Rows]) -> bool:
    """Whether `insert_all` writes these as one statement."""
    return not any(each.many for each in given) and len({id(e.table) for e in given}) == len(given)


async def insert_all(session: AsyncSession, given: Iterable[Rows]) -> None:
    """Insert rows of several tables, as one statement as far as they are few.

    Tables are written in their order: one that is referred to comes first, and those behind locks
    come last. No table comes twice in one statement. Raises the driver's errors.
    """
    few: list[Rows] = []
    for each in given:
        if each.many or any(each.table is other.table for other in few):
            await _insert_few(session, few)
            few = []
        if each.many:
            await _lock(session, each.locks)
            await insert(session, each.table, each.rows, replace_by=each.replace_by)
        elif each.rows:
            few.append(each)
    await _insert_few(session, few)


async def _lock(session: AsyncSession, locks: Sequence[Lock]) -> None:
    if locks:
        driver = await driver_of(session)
        await driver.execute(_locking(1), *_in_arrays(locks))


def _locking(first: int, condition: str = "true") -> str:
    """Takes locks in the order given; the numbers of two parameters begin with `first`."""
    return (
        "SELECT pg_advisory_xact_lock(space, number) FROM (SELECT space, number "  # noqa: S608 - numbers of parameters
        f"FROM unnest(CAST(${first} AS int[]), CAST(${first + 1} AS int[])) "
        f"WITH ORDINALITY AS wanted(space, number, place) WHERE {condition} ORDER BY place"
        ") AS ordered"
    )


def _in_arrays(locks: Sequence[Lock]) -> tuple[list[int], list[int]]:
    return [space for space, _ in locks], [number for _, number in locks]


@dataclass(frozen=True, slots=True)
class _Shape:
    """What rows have in common that are written by the same statement."""

    table: Table
    names: tuple[str, ...]
    replace_by: tuple[str, ...]
    locked: bool


async def _insert_few(session: AsyncSession, given: Sequence[Rows]) -> None:
    if not given:
        return
    shapes = tuple(
        _Shape(_table(one.table), tuple(one.rows[0]), one.replace_by, bool(one.locks))
        for one in given
    )
    arrays: list[list[Any]] = [
        _array(shape.table.c[name], name, one.rows)
        for one, shape in zip(given, shapes, strict=True)
        for name in shape.names
    ]
    if locks := [lock for one in given for lock in one.locks]:
        arrays += _in_arrays(locks)
    driver = await driver_of(session)
    await driver.execute(_statement_of_all(shapes), *arrays)


def _table(table: Any) -> Table:
    found: Table = table if isinstance(table, Table) else table.__table__
    return found


@cache
def _statement_of_all(shapes: tuple[_Shape, ...]) -> str:
    """Each insert but the last is an expression beside it; references are checked at the end.

    Locks are taken when everything is written that needs none: who waits for a row holds none.
    """
    parts: list[tuple[str, str]] = []
    free: list[str] = []
    first = 1
    locks = 1 + sum(len(shape.names) for shape in shapes)
    for n, shape in enumerate(shapes):
        part = _statement(
            shape.table,
            shape.names,
            replace_by=shape.replace_by,
            locked=shape.locked,
            first=first,
        )
        first += len(shape.names)
        if not shape.locked:
            free.append(f"(SELECT count(*) FROM i{n}) >= 0")  # noqa: S608 - numbers of our own
        elif not any(name == "locked" for name, _ in parts):
            parts.append(("locked", _locking(locks, " AND ".join(free) or "true")))
        parts.append((f"i{n}", part))
    *beside, (_, last) = parts
    if not beside:
        return last
    return f"WITH {', '.join(_beside(name, part) for name, part in beside)} {last}"


def _beside(name: str, part: str) -> str:
    return f"{name} AS MATERIALIZED ({part}{'' if name == 'locked' else ' RETURNING 1'})"


async def _copy(
    driver: Driver, table: Table, names: tuple[str, ...], rows: Sequence[Mapping[str, Any]]
) -> None:
    columns = [
        _json(name, rows) if isinstance(table.c[name].type, JSONB) else [row[name] for row in rows]
        for name in names
    ]
    await driver.copy_records_to_table(
        table.name,
        schema_name=table.schema,
        columns=names,
        records=zip(*columns, strict=True),
    )


@cache
def _statement(
    table: Table,
    names: tuple[str, ...],
    *,
    skip_existing: bool = False,
    replace_by: tuple[str, ...] = (),
    returning: tuple[str, ...] = (),
    locked: bool = False,
    first: int = 1,
) -> str:
    """The statement that inserts arrays; `first` is the number of its first parameter."""
    columns = [table.c[name] for name in names]
    arrays = ", ".join(f"CAST(${n} AS {_sent_as(c)}[])" for n, c in enumerate(columns, first))
    given = ", ".join(f"c{n}" for n in range(len(columns)))
    values = ", ".join(f"CAST(c{n} AS {_type(c)})" for n, c in enumerate(columns))
    sql = (
        f"INSERT INTO {table.fullname} ({', '.join(map(_quoted, names))}) "  # noqa: S608 - names of our own tables
        f"SELECT {values} FROM unnest({arrays}) WITH ORDINALITY AS given({given}, place) "
        f"{_AFTER if locked else ''} ORDER BY place"
    )
    if skip_existing:
        sql += " ON CONFLICT DO NOTHING"
    if replace_by:
        changes = ", ".join(
            f"{_quoted(name)} = excluded.{_quoted(name)}"
            for name in names
            if name not in replace_by
        )
        sql += f" ON CONFLICT ({', '.join(map(_quoted, replace_by))}) DO UPDATE SET {changes}"
    if returning:
        sql += f" RETURNING {', '.join(map(_quoted, returning))}"
    return sql


def _quoted(name: str) -> str:
    return f'"{name}"'


def _type(column: Column[Any]) -> str:
    return str(column.type.compile(_DIALECT))


def _sent_as(column: Column[Any]) -> str:
    """JSON and arrays travel as text: an array of arrays would have to be rectangular."""
    return "text" if isinstance(column.type, (JSONB, ARRAY)) else _type(column)


def _array(column: Column[Any], name: str, rows: Sequence[Mapping[str, Any]]) -> list[Any]:
    values = [row[name] for row in rows]
    if isinstance(column.type, JSONB):
        return _json(name, rows)
    if isinstance(column.type, ARRAY):
        return [None if value is None else _literal(value) for value in values]
    return values


def _json(name: str, rows: Sequence[Mapping[str, Any]]) -> list[str | None]:
    values = (row[name] for row in rows)
    return [None if value is None else orjson.dumps(value).decode() for value in values]


def _literal(items: Sequence[str]) -> str:
    return "{" + ",".join(map(_in_array, items)) + "}"


def _in_array(item: str) -> str:
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
