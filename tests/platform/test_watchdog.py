"""The watchdog finds a consumer that stands still before work, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from faststream.kafka import KafkaMessage

from shared.platform.app import Runtime
from shared.platform.consumer import Consumer
from shared.platform.watchdog import Watchdog
from tests.platform.conftest import Cluster

Start = Callable[[], Awaitable[Runtime]]


def watching(runtime: Runtime, ended: list[str]) -> tuple[Watchdog, Consumer]:
    """A watchdog that is patient for half a second and only notes that it would end us."""
    settings = runtime.settings.model_copy(update={"consumer_stuck_seconds": 0.5})
    watchdog = Watchdog(runtime.consumers, settings, lambda: ended.append("ended"))
    watchdog._every = 5.0  # the time it gives the broker to answer
    return watchdog, runtime.consumers[1]


async def looked_twice(watchdog: Watchdog, consumer: Consumer) -> None:
    await watchdog.look(consumer)
    await asyncio.sleep(0.7)
    await watchdog.look(consumer)


async def looked_until(watchdog: Watchdog, consumer: Consumer, ended: list[str]) -> None:
    """A busy machine may keep the broker's answer from a look; one of the next gets it."""
    for _ in range(8):
        await looked_twice(watchdog, consumer)
        if ended:
            return


async def joined(consumer: Consumer) -> None:
    for _ in range(100):
        if consumer.places.joined and consumer.places.assigned:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the consumer did not join")


async def has_taken_all(watchdog: Watchdog, consumer: Consumer) -> None:
    """What earlier tests left on the topics is read again, and takes its time."""
    await joined(consumer)
    for _ in range(200):
        if await watchdog._waiting(consumer) == 0:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the consumer did not come to the end of its topics")


async def test_a_consumer_that_stands_still_before_work_ends_its_process(
    start_intake: Start, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, ended = await start_intake(), list[str]()
    watchdog, consumer = watching(runtime, ended)
    await has_taken_all(watchdog, consumer)

    async def asleep(_: KafkaMessage) -> None:
        await asyncio.sleep(30)

    monkeypatch.setattr(consumer, "_receive", asleep)
    await cluster.publish("police", (b"{}", []))
    await looked_until(watchdog, consumer, ended)
    assert ended


async def test_a_consumer_without_work_may_stand_still(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime, ended = await start_intake(), list[str]()
    watchdog, consumer = watching(runtime, ended)
    await has_taken_all(watchdog, consumer)
    await looked_twice(watchdog, consumer)
    assert ended == []


async def test_a_consumer_that_is_in_no_group_though_work_waits_ends_its_process(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime, ended = await start_intake(), list[str]()
    watchdog, consumer = watching(runtime, ended)
    await cluster.publish("police", (b"{}", []))
    await has_taken_all(watchdog, consumer)
    await runtime.broker.stop()
    consumer.places.joined = False
    await cluster.publish("police", (b"{}", []))
    await looked_until(watchdog, consumer, ended)
    assert ended


async def test_while_the_broker_is_away_nobody_is_called_stuck(start_intake: Start) -> None:
    runtime, ended = await start_intake(), list[str]()
    watchdog, consumer = watching(runtime, ended)
    away = runtime.settings.model_copy(
        update={"kafka_bootstrap": "127.0.0.1:1", "consumer_stuck_seconds": 0.5}
    )
    watchdog._settings = away
    await looked_twice(watchdog, consumer)
    assert ended == []
