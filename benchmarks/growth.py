"""Does a unit cost more where a million are held than where ten thousand are?

Ten thousand units go through the services for real. What that wrote is then copied, table by table,
with ids and days that lie further and further back, as a year and a half of England would have left
it: whatever table grew by the load grows with it. The same load is measured before and after.
"""

from __future__ import annotations

from statistics import median
from typing import Any

import asyncpg

from benchmarks.copies import FUNCTION, columns_of, copied
from benchmarks.ground import Say, Sql
from benchmarks.whole import Bench, back_fill
from benchmarks.year import TAKEN, UNITS
from shared.contracts.catalogue import SERVICES

ALLOWED = 1.25
"""How many times dearer a unit may become."""
_ROUNDS = 3
_DAY_MS = 24 * 3600 * 1000
_YEAR_MS = 365 * _DAY_MS
BEYOND_WINDOWS = 100
"""Days by which copies lie further back: none is in a window, as most of what is held never is.

So as many units meet triggers before and after."""
_RETENTION_DAYS = 14
"""How long sent outbox rows are kept: so many days of them are held, and not all."""
_NOT_HELD = {"clock", "consumed", "dead_letter", "ledger_seal", "audit"}
"""What is not per unit, or would act by itself."""
_TEXTS = {"reference", "client_reference", "message_id", "series", "header_id"}
"""Texts by which a row is unique."""
_OVER = {
    ("assessment", "crossing"): {"state": "'ended'"},
    ("meetings", "trigger"): {"state": "'ended'"},
    ("meetings", "consideration"): {"state": "'declined'"},
}
"""Of what is long past nothing still stands; at most one of a kind could."""
_KEPT_IDS = {"location_id", "provider_id", "person_ref", "reporter_ref"}
_TABLES = """
SELECT n.nspname AS service, c.relname AS name FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ANY($1) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
ORDER BY n.nspname, c.relname
"""
_PLAN_WIDTH = 200
_SHOWN = 24
"""Statements that became dearer."""
_PLAN_OF = """
CREATE OR REPLACE FUNCTION pg_temp.plan_of(statement text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (GENERIC_PLAN) ' || statement;
END $$
"""
Table = tuple[str, str]


def growth(
    bench: Bench, held: int, template: int, units: int, back_days: int, say: Say
) -> dict[str, Any]:
    """Cost per unit with the template held, and with `held` units held."""
    empty = _counts(bench.sql)
    say(f"letting {template:,} units through")
    back_fill(bench, template)
    _settle(bench.sql)
    back_fill(bench, max(200, units // 10))  # what was just analysed is planned anew here
    say(f"measuring {units:,} units")
    before, slow_before = _measured(bench, units)
    grown = {t: n for t, n in _counts(bench.sql).items() if n - empty.get(t, 0) > template // 20}
    through = bench.sql.value(TAKEN)
    copies = max(1, round(held / through) - 1)
    say(f"copying what {through:,} units left {copies} times, in {len(grown)} tables")
    rows = _fill(bench.sql, [*grown], through, copies, back_days, say)
    held_after = bench.sql.value(TAKEN)
    _settle(bench.sql)
    back_fill(bench, max(200, units // 10))
    say(f"measuring {units:,} units")
    after, slow_after = _measured(bench, units)
    return {
        "held_before": through,
        "held_after": held_after,
        "rows_copied": rows,
        "before": before,
        "after": after,
        "ratios": _ratios(before, after),
        "dearer_statements": _dearer(bench, slow_before, slow_after, units),
    }


def _measured(bench: Bench, units: int) -> tuple[dict[str, Any], dict[int, dict[str, Any]]]:
    """The middle of some rounds, and the statements of the last."""
    rounds = [back_fill(bench, units) for _ in range(_ROUNDS)]
    return _middle(rounds), bench.meter.statements()


def _middle(rounds: list[Any]) -> Any:
    if isinstance(rounds[0], dict):
        return {name: _middle([each[name] for each in rounds]) for name in rounds[0]}
    return median(rounds)


def _ratios(before: dict[str, Any], after: dict[str, Any]) -> dict[str, float]:
    """How many times dearer a unit is, by stage; `pace` is that of the whole."""
    spent, now = before["cpu_ms_per_unit"], after["cpu_ms_per_unit"]
    stages = {name: now[name] / spent[name] for name in (*SERVICES, "PostgreSQL") if spent[name]}
    asked, asks = before["database_ms_per_unit"], after["database_ms_per_unit"]
    both = asked.keys() & asks.keys()
    stages |= {f"database time of {name}": asks[name] / asked[name] for name in sorted(both)}
    return stages | {"pace": before["per_second"] / after["per_second"]}


def _counts(sql: Sql) -> dict[Table, int]:
    tables = [(r["service"], r["name"]) for r in sql.rows(_TABLES, list(SERVICES))]
    return {
        (service, name): sql.value(f"SELECT count(*) FROM {service}.{name}")  # noqa: S608 - our own names
        for service, name in tables
        if name not in _NOT_HELD
    }


def _fill(
    sql: Sql, tables: list[Table], units: int, copies: int, back_days: int, say: Say
) -> dict[str, int]:
    """Copy what the tables hold, the oldest copies first, so that time-ordered ids are in order."""
    sql.run(f"{FUNCTION}; SET session_replication_role = replica; SET synchronous_commit = off")
    step_ms = int(_YEAR_MS * units / UNITS)
    rows: dict[str, int] = {}
    for service, name in tables:
        before = sql.value(f"SELECT count(*) FROM {service}.{name}")  # noqa: S608 - our own names
        sql.run(f"CREATE TEMP TABLE template AS SELECT * FROM {service}.{name}")  # noqa: S608 - our own names
        most = copies
        if name == "outbox":
            most = min(copies, round(_RETENTION_DAYS * _DAY_MS / step_ms))
        for copy in range(most, 0, -1):
            back_ms = back_days * _DAY_MS + copy * step_ms
            sql.run(_copy(sql, service, name, copy, 0 if name == "outbox" else back_ms))
        sql.run("DROP TABLE template")
        after = sql.value(f"SELECT count(*) FROM {service}.{name}")  # noqa: S608 - our own names
        rows[f"{service}.{name}"] = after - before
        say(f"{service}.{name}: {after:,} rows")
    sql.run("RESET session_replication_role; RESET synchronous_commit")
    return rows


def _copy(sql: Sql, service: str, name: str, copy: int, back_ms: int) -> str:
    values: dict[str, str] = {}
    for column in columns_of(sql, service, name):
        value = column.name
        if column.type == "uuid" and column.name not in _KEPT_IDS:
            value = copied(column.name, str(back_ms))
        elif column.name in _TEXTS and column.type != "uuid":
            value = f"{column.name} || '~{copy}'"
        elif column.type == "timestamptz":
            value = f"{column.name} - interval '{back_ms} milliseconds'"
        elif column.type == "date":
            value = f"{column.name} - {back_ms // _DAY_MS}"
        values[column.name] = _OVER.get((service, name), {}).get(column.name, value)
    return (
        f"INSERT INTO {service}.{name} ({', '.join(values)}) "  # noqa: S608 - our own names
        f"SELECT {', '.join(values.values())} FROM template, (SELECT {copy} AS copy) AS c "
        "ON CONFLICT DO NOTHING"
    )


def _settle(sql: Sql) -> None:
    """What the server would do by itself in a year and a half."""
    sql.run("VACUUM (ANALYZE)")
    sql.run("CHECKPOINT")


def _dearer(
    bench: Bench,
    before: dict[int, dict[str, Any]],
    after: dict[int, dict[str, Any]],
    units: int,
) -> list[dict[str, Any]]:
    """The statements that became dearer by most, with the plan that they now have."""
    added = {
        id_: (row["ms"] - before.get(id_, {"ms": 0.0})["ms"]) / units for id_, row in after.items()
    }
    worst = sorted(added, key=lambda id_: added[id_], reverse=True)[:_SHOWN]
    return [
        {
            "service": after[id_]["role"],
            "statement": after[id_]["query"],
            "calls_before": before.get(id_, {"calls": 0})["calls"],
            "calls_after": after[id_]["calls"],
            "ms_per_unit_before": before.get(id_, {"ms": 0.0})["ms"] / units,
            "ms_per_unit_after": after[id_]["ms"] / units,
            "plan": _plan(bench.sql, after[id_]["query"]),
        }
        for id_ in worst
        if added[id_] > 0.001
    ]


def _plan(sql: Sql, statement: str) -> list[str]:
    """How the server would execute it, without the values; nothing for what has no plan."""
    if not statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE", "WITH")):
        return []
    try:
        sql.run(_PLAN_OF)
        return [row[0][:_PLAN_WIDTH] for row in sql.rows("SELECT pg_temp.plan_of($1)", statement)]
    except asyncpg.PostgresError as error:  # a plan is a help, and not a figure
        return [type(error).__name__]
