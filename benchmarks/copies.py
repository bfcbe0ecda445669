"""Copies of rows, with ids that follow from the first one's: what belongs together still does."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.ground import Sql

FUNCTION = """
CREATE OR REPLACE FUNCTION pg_temp.copied(id uuid, copy int, back_ms bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN substr(id::text, 15, 1) = '7' THEN (
        lpad(to_hex(
            ('x' || lpad(left(replace(id::text, '-', ''), 12), 16, '0'))::bit(64)::bigint - back_ms
        ), 12, '0')
        || '7' || substr(md5(id::text || copy), 1, 3) || '8' || substr(md5(id::text || copy), 4, 15)
    )::uuid ELSE md5(id::text || copy)::uuid END
$$
"""
"""An id that is ordered by time (UUIDv7) stays so, and lies earlier; any other stays random."""


@dataclass(frozen=True)
class ColumnOf:
    """A column of a table that can be written."""

    name: str
    type: str


def columns_of(sql: Sql, schema: str, table: str) -> list[ColumnOf]:
    """The columns of a table but for those that the database fills; none without the table."""
    found = sql.rows(
        "SELECT quote_ident(column_name) AS name, udt_name AS type "
        "FROM information_schema.columns WHERE table_schema = $1 AND table_name = $2 "
        "AND is_identity = 'NO' AND is_generated = 'NEVER' ORDER BY ordinal_position",
        schema,
        table,
    )
    return [ColumnOf(row["name"], row["type"]) for row in found]


def copied(column: str, back_ms: str) -> str:
    """The SQL of the id that a copy has in place of this one."""
    return f"pg_temp.copied({column}, copy, {back_ms})"
