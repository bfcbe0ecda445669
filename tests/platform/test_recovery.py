"""What broker and database do when they fail, and that the plumbing goes on afterwards."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import asyncpg
import pytest
from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, OutOfOrderSequenceNumber
from sqlalchemy import select
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError

from shared.platform.app import Runtime
from shared.platform.broker import answers
from shared.platform.consumer import _FEWEST, MAX_RECORDS
from shared.platform.database import may_pass
from shared.platform.outbox import publish_again
from shared.platform.relay import Relay, _producer
from tests.platform.conftest import Cluster
from tests.platform.test_delivery import failed
from tests.stage import World

Start = Callable[[], Awaitable[Runtime]]


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


@pytest.mark.parametrize(
    "error",
    [
        asyncpg.CannotConnectNowError("the database system is starting up"),
        asyncpg.ConnectionDoesNotExistError("closed in the middle of an operation"),
        asyncpg.InterfaceError("the connection is closed"),
        asyncpg.InternalClientError("cannot switch to state 12"),
        asyncpg.InvalidPasswordError("replaced while this process has still the old one"),
    ],
)
def test_what_the_driver_says_of_a_server_or_login_that_is_gone_may_pass(error: Exception) -> None:
    assert all(map(may_pass, [error, *_as_the_orm_tells(error)]))


def test_what_a_row_is_refused_for_does_not_pass() -> None:
    error = asyncpg.UniqueViolationError("duplicate key")
    assert not any(map(may_pass, [error, *_as_the_orm_tells(error)]))


def _as_the_orm_tells(error: Exception) -> list[Exception]:
    """As its dialect translates it, where we begin a transaction, and as a statement raises it."""
    make: Callable[..., Exception] = AsyncAdapt_asyncpg_dbapi.InternalError
    translated = make("told", error)
    translated.__cause__ = error
    return [translated, DBAPIError("SELECT 1", None, translated)]


async def test_a_log_that_became_shorter_is_read_again_from_its_beginning(
    start_intake: Start,
) -> None:
    runtime = await start_intake()
    consumer, place = runtime.consumers[0], TopicPartition("notifications.v1", 0)
    async with runtime.works.begin() as work:
        await work.session.execute(
            work.tables.consumed.insert().values(
                consumer_group=consumer.group,
                topic=place.topic,
                partition=place.partition,
                next_offset=1_000_000,
            )
        )
    await consumer.places.resume({place})
    assert (place.topic, place.partition) not in await consumer.places.stored()


async def test_partitions_assigned_while_others_were_resumed_are_resumed_too(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    places = world.runtime.consumers[0].places
    early, late = {TopicPartition("a", 0)}, {TopicPartition("a", 1)}
    places.unresumed = early

    async def resume(asked: set[TopicPartition]) -> None:
        if asked is early:
            places.unresumed = late

    monkeypatch.setattr(places, "resume", resume)
    assert await places.resume_assigned()
    assert places.unresumed is late
    assert not places.joined
    assert await places.resume_assigned()
    assert places.joined


async def test_slow_transactions_become_smaller_and_quick_ones_larger(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    consumer = world.runtime.consumers[0]
    sizes: list[int] = []

    async def count(records: list[Any]) -> None:
        sizes.append(len(records))

    monkeypatch.setattr(consumer, "_take_chunk", count)
    await consumer.take([object()] * 1_000)
    assert sizes == [100, 200, 400, 300]
    monkeypatch.setattr("shared.platform.consumer._LONGEST_SECONDS", -1.0)
    await consumer.take([object()] * 2_000)
    assert sizes[4] == MAX_RECORDS
    assert sizes[-2] == _FEWEST


async def test_a_producer_that_the_broker_has_forgotten_is_replaced(
    stage_for: Callable[[str], Awaitable[World]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = await stage_for("intake")
    relay = Relay("intake", world.runtime.settings)

    async def refuse(*_: object) -> None:
        raise OutOfOrderSequenceNumber

    monkeypatch.setattr("shared.platform.relay._send_row", refuse)
    producer = _producer(world.runtime.settings)
    assert await relay._send(producer, "intake.v1", [object()]) == []  # type: ignore[list-item]  # refused unseen
    await producer.stop()
    assert isinstance(relay._spent, OutOfOrderSequenceNumber)


async def test_a_refusal_of_one_topic_keeps_the_producer(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Relay("intake", world.runtime.settings)

    async def refuse(*_: object) -> None:
        raise KafkaConnectionError

    monkeypatch.setattr("shared.platform.relay._send_row", refuse)
    producer = _producer(world.runtime.settings)
    assert await relay._send(producer, "intake.v1", [object()]) == []  # type: ignore[list-item]  # refused unseen
    await producer.stop()
    assert relay._spent is None


async def test_a_batch_that_waits_for_the_broker_is_never_passed_by_the_next(world: World) -> None:
    producer = _producer(world.runtime.settings)
    assert producer._message_accumulator._batch_ttl == float("inf")
    await producer.stop()


async def test_a_relay_that_meets_the_unforeseen_goes_on(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay = Relay("intake", world.runtime.settings)
    rounds: list[int] = []

    async def hold() -> None:
        rounds.append(1)
        if len(rounds) == 1:
            raise RuntimeError
        relay._stopping = True

    monkeypatch.setattr(relay, "_hold", hold)
    await relay._run()
    assert len(rounds) == 2


async def test_readiness_names_a_broker_that_does_not_answer(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime = await start_intake()
    assert await answers(runtime.settings)
    runtime.settings = runtime.settings.model_copy(update={"kafka_bootstrap": "127.0.0.1:1"})
    assert "broker" in await runtime.missing()


async def test_what_left_in_a_span_can_leave_again_and_nothing_else(world: World) -> None:
    ids = []
    for _ in range(3):
        async with world.works.begin() as work:
            ids.append(work.announce(failed()))
        async with world.works.begin() as work:
            table = work.tables.outbox
            left = table.update().where(table.c.event_id == ids[-1]).values(sent_at=work.now)
            await work.session.execute(left)
        world.clock.forward(minutes=10)
    async with world.works.begin() as work:
        table, now = work.tables.outbox, work.now
        span = (now - timedelta(minutes=25), now - timedelta(minutes=15))
        assert await publish_again(work.session, table, *span, topic="intake.v1") == 0
        assert await publish_again(work.session, table, *span, topic=None) == 1
    async with world.works.begin() as work:
        rows = await work.session.execute(select(table.c.event_id).where(table.c.sent_at.is_(None)))
        assert rows.scalars().all() == [ids[1]]
