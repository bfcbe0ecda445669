"""The inbox: each record takes effect once, and a partition goes on where its effects end.

All that a batch has to know and to note before it takes effect is one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from shared.platform import bulk
from shared.platform.database import driver_of
from shared.platform.dead_letters import OPEN
from shared.platform.work import Incoming, Work

Place = tuple[str, str]
"""Topic and key: what is held back behind a dead letter."""


@dataclass(frozen=True, slots=True)
class Entered:
    """What is new, in its order, and which keys have a dead letter in front of them."""

    fresh: list[Incoming[Any]]
    held: set[Place]


async def enter(
    work: Work,
    group: str,
    given: Sequence[tuple[Place, Incoming[Any]]],
    ends: Mapping[tuple[str, int], int],
) -> Entered:
    """Enter records into the inbox, but for those that are held back; note where to go on.

    `ends` are the next offsets by topic and partition. They may go back: a log became shorter, or
    a process slept and woke.
    """
    driver = await driver_of(work.session)
    rows = await driver.fetch(
        _statement(work.tables.schema),
        group,
        work.now,
        list(OPEN),
        [topic for topic, _ in ends],
        [partition for _, partition in ends],
        list(ends.values()),
        [one.source for _, one in given],
        [one.event_id for _, one in given],
        [topic for (topic, _), _ in given],
        [key for (_, key), _ in given],
    )
    new: set[tuple[str, UUID]] = set()
    held: set[Place] = set()
    for name, event_id, key in rows:
        if event_id is None:
            held.add((name, key))
        else:
            new.add((name, event_id))
    return Entered(_in_order([one for _, one in given], new), held)


async def pass_over(work: Work, group: str, ends: Mapping[tuple[str, int], int]) -> None:
    """Note where to go on behind records that nothing follows from; never goes back."""
    driver = await driver_of(work.session)
    topics, partitions = [topic for topic, _ in ends], [partition for _, partition in ends]
    await driver.execute(
        f"""
        INSERT INTO {work.tables.schema}.consumed AS c
        (consumer_group, topic, partition, next_offset)
        SELECT CAST($1 AS text), topic, partition, next_offset FROM unnest(
            CAST($2 AS text[]), CAST($3 AS int[]), CAST($4 AS bigint[])
        ) AS places(topic, partition, next_offset) ORDER BY topic, partition
        ON CONFLICT (consumer_group, topic, partition)
        DO UPDATE SET next_offset = greatest(c.next_offset, excluded.next_offset)
        """,  # noqa: S608 - our own schema name
        group,
        topics,
        partitions,
        list(ends.values()),
    )


async def enter_again(work: Work, one: Incoming[Any]) -> bool:
    """Enter a record that was set aside; False where it has taken effect."""
    row = {"source": one.source, "event_id": one.event_id, "received_at": work.now}
    found = await bulk.insert(
        work.session, work.tables.inbox, [row], skip_existing=True, returning=("event_id",)
    )
    return bool(found)


def _in_order(given: Sequence[Incoming[Any]], new: set[tuple[str, UUID]]) -> list[Incoming[Any]]:
    fresh = []
    for one in given:
        if (one.source, one.event_id) in new:
            new.discard((one.source, one.event_id))  # the same record twice in one batch
            fresh.append(one)
    return fresh


@cache
def _statement(schema: str) -> str:
    return f"""
        WITH ended AS (
            INSERT INTO {schema}.consumed (consumer_group, topic, partition, next_offset)
            SELECT CAST($1 AS text), topic, partition, next_offset FROM unnest(
                CAST($4 AS text[]), CAST($5 AS int[]), CAST($6 AS bigint[])
            ) AS places(topic, partition, next_offset) ORDER BY topic, partition
            ON CONFLICT (consumer_group, topic, partition)
            DO UPDATE SET next_offset = excluded.next_offset
        ), given AS (
            SELECT * FROM unnest(
                CAST($7 AS text[]), CAST($8 AS uuid[]),
                CAST($9 AS text[]), CAST($10 AS text[])
            ) AS records(source, event_id, topic, key)
        ), held AS (
            SELECT DISTINCT topic, key FROM given JOIN {schema}.dead_letter USING (topic, key)
            WHERE state = ANY(CAST($3 AS text[]))
        ), fresh AS (
            INSERT INTO {schema}.inbox (source, event_id, received_at)
            SELECT source, event_id, CAST($2 AS timestamptz) FROM given
            WHERE (topic, key) NOT IN (SELECT topic, key FROM held) ORDER BY source, event_id
            ON CONFLICT DO NOTHING RETURNING source, event_id
        )
        SELECT source AS name, event_id, NULL AS key FROM fresh
        UNION ALL SELECT topic, NULL, key FROM held
        """  # noqa: S608 - our own schema name
