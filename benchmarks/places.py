"""A register of England's size: the demo's borough, many times over.

Each copy of a place has ids of its own that follow from the first one's, so that all services know
it alike; nothing is announced, as all of them hold it already.
"""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.copies import FUNCTION, columns_of, copied
from benchmarks.ground import Sql
from shared.contracts.catalogue import SERVICES

_TABLES = ("provider", "location", "contact")
_PLACES = """
SELECT reference FROM intake.location
WHERE active AND cqc_registered AND local_authority LIKE 'Combined Borough%' ORDER BY md5(id::text)
"""
HOT_PLACES, HOT_SHARE = 0.1, 0.9
_KEPT_APART = 0.02


@dataclass(frozen=True)
class Places:
    """Locations by reference; life is skewed: a tenth of them has nine tenths of the units."""

    hot: tuple[str, ...]
    others: tuple[str, ...]
    apart: tuple[str, ...]
    """No load goes here: what people decide about them is theirs alone."""

    @property
    def count(self) -> int:
        return len(self.hot) + len(self.others) + len(self.apart)


def widen(sql: Sql, wanted: int) -> Places:
    """Copy places until there are about as many as wanted; gives those that load may be about."""
    sql.run(FUNCTION)
    there = len(sql.rows(_PLACES))
    copies = max(0, round(wanted / there) - 1)
    if copies:
        sql.run("SET session_replication_role = replica")  # rows that refer to others come anyhow
        for service in SERVICES:
            for table in _TABLES:
                _copy(sql, service, table, copies)
        sql.run("RESET session_replication_role")
        sql.run("ANALYZE")
    references = tuple(row["reference"] for row in sql.rows(_PLACES))
    apart, loaded = references[: _part(references)], references[_part(references) :]
    hot = max(1, round(len(loaded) * HOT_PLACES))
    return Places(loaded[:hot], loaded[hot:], apart)


def _part(references: tuple[str, ...]) -> int:
    return max(4, round(len(references) * _KEPT_APART))


def _copy(sql: Sql, service: str, table: str, copies: int) -> None:
    columns = columns_of(sql, service, table)
    values = {column.name: column.name for column in columns}
    for column in columns:
        if column.type == "uuid":
            values[column.name] = copied(column.name, "0")
        elif column.name in ("reference", "provider_reference"):
            values[column.name] = f"{column.name} || '-' || copy"
    if not columns:
        return
    sql.run(
        f"INSERT INTO {service}.{table} ({', '.join(values)}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(values.values())} "
        f"FROM {service}.{table}, generate_series(1, {copies}) AS copy ON CONFLICT DO NOTHING"
    )
