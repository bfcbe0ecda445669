"""Many rows in one statement, as arrays: for what comes in batches.

One statement over `unnest` writes thousands of rows in the time that a few of the ORM take
(docs/performance.md). Where a person waits for one row the ORM is the plainer way.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import ARRAY, Column, Row, Table, TextClause, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

_LOCKED = (
    "WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(:space, bucket) FROM "
    "(SELECT unnest(CAST(:locks AS int[])) AS bucket ORDER BY 1) AS ordered) "
)
_AFTER = "CROSS JOIN (SELECT count(*) FROM locked) AS first"
_JSON = json.JSONEncoder()
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]  # untyped in SQLAlchemy


async def insert(
    session: AsyncSession,
    table: Any,
    rows: Sequence[Mapping[str, Any]],
    *,
    skip_existing: bool = False,
    replace_by: tuple[str, ...] = (),
    returning: tuple[str, ...] = (),
    after_locks: tuple[int, Sequence[int]] | None = None,
) -> Sequence[Row[Any]]:
    """Insert rows that name the same columns, in their order; gives the columns asked for.

    `skip_existing` leaves rows alone that are there already (they are not returned); `replace_by`
    names the key by which a row that is there is replaced (each key once in a call). `after_locks`
    takes advisory locks (a space, and numbers in it) until the end of the transaction first, so
    that numbers are given to rows in the order of commits.
    """
    if not rows:
        return []
    of = table if isinstance(table, Table) else table.__table__
    names = tuple(rows[0])
    statement = _statement(of, names, skip_existing, replace_by, returning, after_locks is not None)
    arrays = {f"c{n}": _array(of.c[name], name, rows) for n, name in enumerate(names)}
    if after_locks is not None:
        arrays |= {"space": after_locks[0], "locks": list(after_locks[1])}  # type: ignore[dict-item]  # no array
    result = await session.execute(statement, arrays)
    return result.all() if returning else []


@cache
def _statement(
    table: Table,
    names: tuple[str, ...],
    skip_existing: bool,
    replace_by: tuple[str, ...],
    returning: tuple[str, ...],
    locked: bool,
) -> TextClause:
    columns = [table.c[name] for name in names]
    arrays = ", ".join(f"CAST(:c{n} AS {_sent_as(c)}[])" for n, c in enumerate(columns))
    given = ", ".join(f"c{n}" for n in range(len(columns)))
    values = ", ".join(f"CAST(c{n} AS {_type(c)})" for n, c in enumerate(columns))
    sql = (
        f"INSERT INTO {table.fullname} ({', '.join(map(_quoted, names))}) "  # noqa: S608 - names of our own tables
        f"SELECT {values} FROM unnest({arrays}) WITH ORDINALITY AS given({given}, place) "
        f"{_AFTER if locked else ''} ORDER BY place"
    )
    if locked:
        sql = _LOCKED + sql
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
    return text(sql)


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
        return [None if value is None else _JSON.encode(value) for value in values]
    if isinstance(column.type, ARRAY):
        return [None if value is None else _literal(value) for value in values]
    return values


def _literal(items: Sequence[str]) -> str:
    return "{" + ",".join(map(_in_array, items)) + "}"


def _in_array(item: str) -> str:
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
