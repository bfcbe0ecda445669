"""The watchdog finds a consumer or a relay that stands still before work, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import cast

import pytest
from faststream.kafka import KafkaMessage

from shared.contracts.event import Event
from shared.contracts.intake import IntakeRequestRefused
from shared.platform.app import Runtime
from shared.platform.consumer import Consumer
from shared.platform.identifiers import new_id
from shared.platform.pauses import Pause
from shared.platform.relay import Relay
from shared.platform.watchdog import Watchdog
from tests.platform.conftest import Cluster
from tests.stage import World

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


async def test_work_that_came_just_now_is_no_reason_to_end(
    start_intake: Start, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime, ended = await start_intake(), list[str]()
    watchdog, consumer = watching(runtime, ended)
    await has_taken_all(watchdog, consumer)
    await watchdog.look(consumer)
    await asyncio.sleep(0.7)

    async def just_came(_: Consumer) -> int:
        return 1

    monkeypatch.setattr(watchdog, "_waiting", just_came)
    await watchdog.look(consumer)
    assert ended == []


@dataclass
class StandingRelay:
    """A relay with events before it, that publishes none until it is told to."""

    holding: bool = True
    published: int = 7
    unsent: int = 3

    async def waiting(self, _: object) -> int:
        return self.unsent


async def ended_by_a_relay(runtime: Runtime, relay: StandingRelay, *, moves: int = 0) -> bool:
    ended = list[str]()
    settings = runtime.settings.model_copy(update={"consumer_stuck_seconds": 0.5})
    watchdog = Watchdog(
        [],
        settings,
        lambda: ended.append("ended"),
        relay=cast("Relay", relay),
        database=runtime.database,
    )
    watchdog._every = 5.0
    for _ in range(4):
        await watchdog.look_at_relay()
        await asyncio.sleep(0.3)
        relay.published += moves
    return bool(ended)


async def test_a_relay_that_publishes_nothing_though_events_wait_ends_its_process(
    intake_at_rest: Runtime,
) -> None:
    assert await ended_by_a_relay(intake_at_rest, StandingRelay())


async def test_a_relay_that_moves_has_nothing_to_do_or_does_not_hold_the_lock_goes_on(
    intake_at_rest: Runtime,
) -> None:
    assert not await ended_by_a_relay(intake_at_rest, StandingRelay(), moves=1)
    assert not await ended_by_a_relay(intake_at_rest, StandingRelay(unsent=0))
    assert not await ended_by_a_relay(intake_at_rest, StandingRelay(holding=False))


async def test_what_a_refused_topic_holds_back_is_not_for_a_new_process(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("intake")
    async with world.works.begin() as work:
        work.announce(failed_request())
    relay = world.runtime.relay
    async with world.runtime.database.engine.connect() as connection:
        assert await relay.waiting(connection) == 1
        relay._paused["intake.v1"] = Pause()
        assert await relay.waiting(connection) == 0


def failed_request() -> Event:
    return IntakeRequestRefused(
        partnership="combined", request_id=new_id(), rule="L1.3", clause="L1.3"
    )


@pytest.fixture
async def intake_at_rest(stage_for: Callable[[str], Awaitable[World]]) -> Runtime:
    """Intake's parts on a database, none of them started."""
    return (await stage_for("intake")).runtime


async def test_while_the_broker_is_away_nobody_is_called_stuck(start_intake: Start) -> None:
    runtime, ended = await start_intake(), list[str]()
    watchdog, consumer = watching(runtime, ended)
    away = runtime.settings.model_copy(
        update={"kafka_bootstrap": "127.0.0.1:1", "consumer_stuck_seconds": 0.5}
    )
    watchdog._settings = away
    await looked_twice(watchdog, consumer)
    assert ended == []
