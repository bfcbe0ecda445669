"""(b) and (c): four stages without domain, the bare way and the textbook way.

Each stage is a process: it reads a topic, writes an inbox row, an effect and an outbox row in one
transaction, and publishes the outbox to the next topic. Bare: batches over arrays, many sends in
flight. Textbook: one message, one ORM session and one send at a time. The textbook stage publishes
after its commit without reading an outbox back, so it is faster than one that does.
"""

from __future__ import annotations

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Coroutine
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from sqlalchemy import LargeBinary
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel
from uuid_utils.compat import uuid7

from benchmarks.ground import Ground

STAGES = 4


class _Row(SQLModel, registry=registry()):
    """The tables of the textbook's stages: found by the search path of the stage's schema."""


class Inbox(_Row, table=True):
    id: UUID = Field(primary_key=True)


class Fact(_Row, table=True):
    id: UUID = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


class Outbox(_Row, table=True):
    id: UUID = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


async def measure(ground: Ground, way: str, count: int) -> float:
    """Messages per second from the first topic to the last."""
    names = [f"{way}.{stage}" for stage in range(STAGES + 1)]
    ground.topics(*names)
    connection = await ground.connect()
    for stage in range(STAGES):
        await connection.execute(_tables(f"{way}{stage}"))
    await connection.close()
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


def _tables(name: str) -> str:
    return (
        f"CREATE SCHEMA {name};"
        f"CREATE TABLE {name}.inbox (id uuid PRIMARY KEY);"
        f"CREATE TABLE {name}.fact (id uuid PRIMARY KEY, body bytea);"
        f"CREATE TABLE {name}.outbox (id uuid PRIMARY KEY, body bytea, sent boolean default false)"
    )


async def _pass_through(ground: Ground, names: list[str], count: int) -> float:
    consumer = AIOKafkaConsumer(names[-1], **ground.kafka, auto_offset_reset="latest")
    await consumer.start()
    await consumer.seek_to_end()
    async with AIOKafkaProducer(**ground.kafka, linger_ms=2) as producer:
        started = time.perf_counter()
        for n in range(count):
            await producer.send(names[0], b"x" * 500, key=str(n % 100).encode(), headers=_id())
        await producer.flush()
        seen = 0
        while seen < count:
            batches = await consumer.getmany(timeout_ms=1_000)
            seen += sum(map(len, batches.values()))
    await consumer.stop()
    return count / (time.perf_counter() - started)


def _id() -> list[tuple[str, bytes]]:
    return [("id", uuid7().bytes)]


def _run(ground: Ground, way: str, stage: int) -> None:
    run: Callable[[Ground, str, int], Coroutine[Any, Any, None]] = (
        _bare if way == "bare" else _textbook
    )
    asyncio.run(run(ground, way, stage))


async def _bare(ground: Ground, way: str, stage: int) -> None:
    source, target, name = f"{way}.{stage}", f"{way}.{stage + 1}", f"{way}{stage}"
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
            ids = [UUID(bytes=record.headers[0][1]) for record in records]
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


async def _textbook(ground: Ground, way: str, stage: int) -> None:
    source, target, name = f"{way}.{stage}", f"{way}.{stage + 1}", f"{way}{stage}"
    engine = create_async_engine(
        ground.dsn.replace("postgresql", "postgresql+asyncpg"),
        connect_args={"server_settings": {"search_path": name}},
    )
    consumer = AIOKafkaConsumer(
        source,
        group_id=name,
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        **ground.kafka,
    )
    await consumer.start()
    async with AIOKafkaProducer(**ground.kafka, enable_idempotence=True) as producer:
        async for record in consumer:
            id_ = UUID(bytes=record.headers[0][1])
            async with AsyncSession(engine) as session:
                if await session.get(Inbox, id_) is None:
                    session.add(Inbox(id=id_))
                    session.add(Fact(id=id_, body=record.value))
                    session.add(Outbox(id=id_, body=record.value))
                    await session.commit()
            await producer.send_and_wait(
                target, record.value, key=record.key, headers=list(record.headers)
            )
            await consumer.commit()
