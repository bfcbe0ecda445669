"""However records come together, what becomes of them is the same: a batch is only faster.

Each service that takes batches is held to this by its own `test_batches.py`.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import text

from tests.stage import World

Rows = dict[str, list[str]]


@dataclass(frozen=True)
class Outcome:
    """All rows that a service has, and what it says by key in its order."""

    rows: Rows
    said: dict[tuple[str, str], list[Any]]


async def outcome(world: World, register: Sequence[str]) -> Outcome:
    """What has become of the records; numbers of rows and ids of ledger rows tell nothing."""
    schema = world.service.name
    rows: Rows = {}
    async with world.works.begin() as work:
        for table in await _tables(work, schema, register):
            found = await work.session.execute(text(f"SELECT * FROM {schema}.{table}"))
            kept = [dict(row._mapping) for row in found]
            for row in kept:
                row.pop("seq", None)
                row.pop("since", None)
                if table == "ledger":
                    row.pop("id")
            rows[table] = sorted(repr(row) for row in kept if row.get("state") != "cancelled")
    said: dict[tuple[str, str], list[Any]] = defaultdict(list)
    for row in await world.outbox():
        said[row.topic, row.key].append((row.event_id, row.headers, row.value))
    rows.pop("outbox")
    return Outcome({name: kept for name, kept in rows.items() if "outbox" not in name}, said)


async def forget(world: World, register: Sequence[str]) -> None:
    """Everything but the register is gone."""
    schema = world.service.name
    async with world.works.begin() as work:
        for table in await _tables(work, schema, register):
            await work.session.execute(text(f"DELETE FROM {schema}.{table}"))


async def _tables(work: Any, schema: str, register: Sequence[str]) -> list[str]:
    """What is left, those that others refer to last."""
    found = await work.session.scalars(
        text(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = :schema AND c.relkind IN ('r', 'p') AND NOT c.relispartition "
            "ORDER BY (SELECT count(*) FROM pg_constraint f WHERE f.confrelid = c.oid)"
        ),
        {"schema": schema},
    )
    return [name for name in found if name not in {*register, "alembic_version"}]


async def alone_and_together(
    world: World,
    records: Sequence[Any],
    seed: int,
    *,
    register: Sequence[str] = (),
    before: Sequence[Any] = (),
    consumer: int = 0,
) -> tuple[Outcome, Outcome]:
    """The same records one at a time, and in batches of all sizes.

    Tables of the register stay as they are; records `before` come first, each time.
    """
    taker = world.runtime.consumers[consumer]
    chance = random.Random(seed)  # noqa: S311 - a test's
    await forget(world, register)
    await taker.take(before)
    for record in records:
        await taker.take([record])
    alone = await outcome(world, register)
    await forget(world, register)
    await taker.take(before)
    rest = list(records)
    while rest:
        size = chance.randint(1, len(rest))
        await taker.take(rest[:size])
        rest = rest[size:]
    return alone, await outcome(world, register)
