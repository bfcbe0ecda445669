"""(a) The raw limits: what the client libraries do on these servers without anything of ours."""

from __future__ import annotations

import time
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from uuid_utils.compat import uuid7

from benchmarks.ground import Ground

BODY = b"x" * 500
BATCH = 1_000


async def produce(ground: Ground, count: int) -> float:
    """Records per second of an idempotent producer."""
    ground.topics("raw")
    async with AIOKafkaProducer(
        **ground.kafka, enable_idempotence=True, linger_ms=2, max_batch_size=256 * 1024
    ) as producer:
        started = time.perf_counter()
        sends = [
            await producer.send("raw", BODY, key=str(n % 1_000).encode()) for n in range(count)
        ]
        for send in sends:
            await send
        return count / (time.perf_counter() - started)


async def consume(ground: Ground, count: int) -> float:
    """Records per second of a consumer that reads what `produce` wrote."""
    consumer = AIOKafkaConsumer("raw", **ground.kafka, auto_offset_reset="earliest")
    await consumer.start()
    try:
        seen, started = 0, time.perf_counter()
        while seen < count:
            batches = await consumer.getmany(timeout_ms=1_000)
            seen += sum(map(len, batches.values()))
        return count / (time.perf_counter() - started)
    finally:
        await consumer.stop()


async def insert(ground: Ground, count: int) -> float:
    """Pairs of a domain row and an outbox row per second, in batches over arrays."""
    connection = await ground.connect()
    await connection.execute(
        "CREATE TABLE fact (id uuid PRIMARY KEY, body bytea);"
        "CREATE TABLE outbox (seq bigserial PRIMARY KEY, id uuid, body bytea)"
    )
    started = time.perf_counter()
    for first in range(0, count, BATCH):
        ids: list[UUID] = [uuid7() for _ in range(min(BATCH, count - first))]
        await connection.execute(
            "WITH f AS (INSERT INTO fact SELECT i, $2 FROM unnest($1::uuid[]) i) "
            "INSERT INTO outbox (id, body) SELECT i, $2 FROM unnest($1::uuid[]) i",
            ids,
            BODY,
        )
    pairs = count / (time.perf_counter() - started)
    await connection.execute("DROP TABLE fact, outbox")
    await connection.close()
    return pairs
