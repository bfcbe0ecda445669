"""(b) and (c): four stages without domain, the bare way and the textbook way.

Each stage is a process: it reads a topic, writes an inbox row, an effect and an outbox row in one
transaction, and publishes the outbox to the next topic. Bare: batches over arrays, many sends in
flight. Textbook: see `textbook.py`.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from uuid_utils.compat import uuid7

from benchmarks import textbook
from benchmarks.ground import Ground

STAGES = 4
BARE, TEXTBOOK = "bare", "textbook"
_PATIENCE_SECONDS = 120.0


async def measure(ground: Ground, way: str, count: int) -> float:
    """Messages per second from the first topic to the last."""
    names = [f"{way}.{stage}" for stage in range(STAGES + 1)]
    ground.topics(*names)
    for stage in range(STAGES):
        if way == TEXTBOOK:
            await textbook.make_tables(ground, f"{way}{stage}")
        else:
            await _make_tables(ground, f"{way}{stage}")
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=_run, args=(ground, way, stage), daemon=True)
        for stage in range(STAGES)
    ]
    for process in processes:
        process.start()
    try:
        await _pass_through(ground, names, 20)  # all stages have joined and are warm
        return await _pass_through(ground, names, count)
    finally:
        for process in processes:
            process.terminate()
            process.join(10)


async def _make_tables(ground: Ground, name: str) -> None:
    connection = await ground.connect()
    await connection.execute(
        f"CREATE SCHEMA {name};"
        f"CREATE TABLE {name}.inbox (id uuid PRIMARY KEY);"
        f"CREATE TABLE {name}.fact (id uuid PRIMARY KEY, body bytea);"
        f"CREATE TABLE {name}.outbox (id uuid PRIMARY KEY, body bytea, sent boolean default false)"
    )
    await connection.close()


async def _pass_through(ground: Ground, names: list[str], count: int) -> float:
    consumer = AIOKafkaConsumer(names[-1], **ground.kafka, auto_offset_reset="latest")
    await consumer.start()
    await consumer.seek_to_end()
    async with AIOKafkaProducer(**ground.kafka, linger_ms=2) as producer:
        started = time.perf_counter()
        for n in range(count):
            await producer.send(names[0], b"x" * 500, key=str(n % 100).encode(), headers=_id())
        await producer.flush()
        seen: set[bytes] = set()
        while len(seen) < count:
            batches = await consumer.getmany(timeout_ms=1_000)
            seen |= {dict(r.headers)["id"] for found in batches.values() for r in found}
            if time.perf_counter() > started + _PATIENCE_SECONDS:
                raise TimeoutError(f"{names[0]}: {len(seen)} of {count} came through")
    await consumer.stop()
    return count / (time.perf_counter() - started)


def _id() -> list[tuple[str, bytes]]:
    return [("id", str(uuid7()).encode())]


def _run(ground: Ground, way: str, stage: int) -> None:
    run = textbook.run if way == TEXTBOOK else _bare
    asyncio.run(run(ground, f"{way}.{stage}", f"{way}.{stage + 1}", f"{way}{stage}"))


async def _bare(ground: Ground, source: str, target: str, name: str) -> None:
    connection = await asyncpg.connect(ground.dsn)
    consumer = AIOKafkaConsumer(
        source,
        group_id=name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=20,
        **ground.kafka,
    )
    await consumer.start()
    async with AIOKafkaProducer(
        **ground.kafka, enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024
    ) as producer:
        while True:
            batches = await consumer.getmany(timeout_ms=500, max_records=1_000)
            records = [record for found in batches.values() for record in found]
            if not records:
                continue
            ids = [dict(record.headers)["id"].decode() for record in records]
            rows = await connection.fetch(
                f"WITH fresh AS (INSERT INTO {name}.inbox SELECT unnest($1::uuid[]) "  # noqa: S608 - our own names
                "ON CONFLICT DO NOTHING RETURNING id), "
                "given AS (SELECT * FROM unnest($1::uuid[], $2::bytea[]) AS g(id, body)), "
                f"fact AS (INSERT INTO {name}.fact SELECT g.* FROM given g JOIN fresh USING (id)) "
                f"INSERT INTO {name}.outbox (id, body) "
                "SELECT g.id, g.body FROM given g JOIN fresh USING (id) RETURNING id",
                ids,
                [record.value for record in records],
            )
            sends = [
                await producer.send(target, r.value, key=r.key, headers=list(r.headers))
                for r in records
            ]
            for send in sends:
                await send
            await connection.execute(
                f"UPDATE {name}.outbox SET sent = true WHERE id = ANY($1)",  # noqa: S608 - our own names
                [row["id"] for row in rows],
            )
            await consumer.commit()
