"""Outbox, inbox and dead letters on a real database (docs/architecture.md, Delivery)."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from aiokafka import TopicPartition
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from services.intake.tables import ProviderRow
from shared.contracts.intake import ConcernRedirected
from shared.contracts.notifications import MessageFailed
from shared.contracts.words import DeliveryState, Handling, Label
from shared.platform import consumer as consuming
from shared.platform.commands_aside import release
from shared.platform.outbox import TooLarge
from shared.platform.work import Work
from tests.stage import World, kafka_record

LOCATION = uuid4()


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


def failed(message_id: UUID | None = None) -> MessageFailed:
    return MessageFailed(
        partnership="combined",
        message_id=message_id or uuid4(),
        cause_id=uuid4(),
        cause_type="x",
        location_id=None,
        state=DeliveryState.FAILED,
    )


def home() -> dict[str, Any]:
    return {
        "id": uuid4(),
        "partnership": "combined",
        "reference": "1-1",
        "cqc_registered": True,
        "name": "Larchfield Care",
        "source": "by hand",
        "source_date": date(2026, 11, 1),
    }


def handed_over() -> ConcernRedirected:
    return ConcernRedirected(
        partnership="combined",
        handling=Handling(Label.NAMED, ("council_safeguarding",)),
        location_id=LOCATION,
        concern_id=uuid4(),
        reference="CC-AAAA-BBBB",
        emergency=False,
        acknowledge_by="-",
    )


async def test_an_event_is_written_with_its_change_or_not_at_all(world: World) -> None:
    class FellError(Exception):
        pass

    with pytest.raises(FellError):
        async with world.works.begin() as work:
            work.announce(handed_over())
            raise FellError
    assert await world.said() == []
    async with world.works.begin() as work:
        work.announce(handed_over())
    assert len(await world.said()) == 1


async def test_an_event_over_the_limit_is_found_before_anything_is_written(world: World) -> None:
    with pytest.raises(TooLarge):
        async with world.works.begin() as work:
            work.announce(handed_over().model_copy(update={"reference": "x" * 2**20}))
    assert await world.said() == []


async def test_events_of_one_key_are_numbered_in_the_order_of_commits(world: World) -> None:
    async with world.works.begin() as slow:
        slow.announce(handed_over().model_copy(update={"reference": "1"}))
        await slow.session.execute(text("SELECT 1"))
    async with world.works.begin() as quick:
        quick.announce(handed_over().model_copy(update={"reference": "2"}))
    assert [event.reference for event in await world.said()] == ["1", "2"]


async def test_who_waits_for_a_row_holds_nobody_up_meanwhile(world: World) -> None:
    place = home()

    async def tell(reference: str, *, waits: bool) -> None:
        async with world.works.begin() as work:
            if waits:
                work.later(ProviderRow, place, replace_by=("id",))
            work.announce(handed_over().model_copy(update={"reference": reference}))

    async with world.works.begin() as slow:
        slow.later(ProviderRow, place, replace_by=("id",))
        await slow.catch_up()
        waiting = asyncio.create_task(tell("1", waits=True))
        await asyncio.sleep(0.3)
        await asyncio.wait_for(tell("2", waits=False), 5)
        assert not waiting.done()
    await asyncio.wait_for(waiting, 5)
    assert [event.reference for event in await world.said()] == ["2", "1"]


async def test_the_same_event_twice_takes_effect_once(world: World) -> None:
    seen: list[Any] = []
    watch(world, lambda event: seen.append(event))
    event, same = failed(), uuid4()
    await world.hear(event, id=same)
    await world.hear(event, event, id=same)
    assert len(seen) == 1


async def test_a_message_that_cannot_take_effect_is_set_aside_and_the_batch_goes_on(
    world: World,
) -> None:
    seen: list[UUID] = []
    bad, good = failed(), failed()

    def handle(event: MessageFailed) -> None:
        if event.message_id == bad.message_id:
            raise ValueError("Mrs Example")
        seen.append(event.message_id)

    watch(world, handle)
    await world.hear(bad, good, dead=True)
    assert seen == [good.message_id]
    assert await world.dead_letters() == [("dead", "handler: ValueError")]


async def test_later_messages_of_its_key_wait_behind_a_dead_letter_and_follow_in_order(
    world: World,
) -> None:
    seen: list[str] = []
    broken = True
    one = failed()

    def handle(event: MessageFailed) -> None:
        if broken and event.rule == "first":
            raise ValueError
        seen.append(str(event.rule))

    watch(world, handle)
    for rule in ("first", "second", "third"):
        await world.hear(one.model_copy(update={"rule": rule}), dead=True)
    assert [state for state, _ in await world.dead_letters()] == ["dead", "parked", "parked"]
    broken = False
    assert await release(world.runtime, await first_letter(world), "operations", "a test") == 3
    assert seen == ["first", "second", "third"]
    assert [who for who, _, _ in await world.audited()] == ["operations"] * 3
    await world.hear(one.model_copy(update={"rule": "fourth"}), dead=True)
    assert seen[-1] == "fourth"


async def test_a_dead_letter_that_is_discarded_lets_the_others_through(world: World) -> None:
    seen: list[str] = []
    one = failed()

    def handle(event: MessageFailed) -> None:
        if event.rule == "first":
            raise ValueError
        seen.append(str(event.rule))

    watch(world, handle)
    for rule in ("first", "second"):
        await world.hear(one.model_copy(update={"rule": rule}), dead=True)
    await release(world.runtime, await first_letter(world), "operations", "a test", give_up=True)
    assert seen == ["second"]
    assert [state for state, _ in await world.dead_letters()] == ["discarded", "replayed"]


async def test_a_record_that_is_no_event_is_set_aside_by_rule_and_field(world: World) -> None:
    records = [
        kafka_record("notifications.v1", 1, b"a", b"{}", [("ce_type", b"gossip.v1")]),
        kafka_record("notifications.v1", 2, b"b", b"{}", [("ce_type", b"\xff")]),
        kafka_record(
            "notifications.v1", 3, b"c", b'{"mrs_example": 1}',
            [("ce_type", b"notifications.message.failed.v1"), ("ce_id", str(uuid4()).encode()),
             ("ce_time", b"2026-11-20T12:00:00Z")],
        ),
    ]  # fmt: skip
    await world.take(records)
    reasons = [reason for _, reason in await world.dead_letters()]
    assert reasons[0] == "event.unknown-type: ce_type"
    assert reasons[1] == "door.encoding: ce_type"
    assert reasons[2].startswith("event.fields: ")
    assert "mrs_example" not in " ".join(reasons)


class Broker:
    """Stands for the client that reads: it has one partition, and is told places."""

    def __init__(self, world: World, place: TopicPartition) -> None:
        self._place = place
        self._places = world.runtime.consumers[0].places
        self.told: list[tuple[int, int | None]] = []
        """What it was told, and what the database knew when it was."""

    def assignment(self) -> set[TopicPartition]:
        return {self._place}

    async def commit(self, ends: dict[TopicPartition, int]) -> None:
        stored = await self._places.stored()
        key = (self._place.topic, self._place.partition)
        self.told.append((ends[self._place], stored.get(key)))


async def test_the_database_hears_of_records_that_are_skipped_before_the_broker_does(
    world: World,
) -> None:
    reader = world.runtime.consumers[0]
    skipped = [world.record(handed_over()) for _ in range(3)]  # intake does not hear itself
    broker = Broker(world, TopicPartition(skipped[0].topic, skipped[0].partition))
    reader.places.aiokafka = lambda: broker
    await reader.take(skipped)
    assert await reader.places.stored() == {}
    await reader._reached.tell(skipped)
    await reader.end()
    last = skipped[-1].offset + 1
    assert broker.told == [(last, last)]
    reader._reached.skip(skipped[:1])  # as a process that slept and woke does
    await reader._reached.tell(skipped[:1])
    assert broker.told[1:] == [(skipped[0].offset + 1, last)]


async def test_what_may_pass_is_tried_again_and_takes_effect_once(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "_PAUSES", (0.0, 0.0))
    tries: list[int] = []

    def handle(_: MessageFailed) -> None:
        tries.append(1)
        if len(tries) < 3:
            raise OperationalError("away", {}, Exception())

    watch(world, handle)
    await world.hear(failed())
    assert len(tries) == 3


async def test_what_does_not_pass_in_time_is_given_back_and_not_set_aside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consuming, "_PAUSES", ())

    def handle(_: MessageFailed) -> None:
        raise OperationalError("away", {}, Exception())

    watch(world, handle)
    with pytest.raises(OperationalError):
        await world.hear(failed())
    assert await world.dead_letters() == []


def watch(world: World, handle: Callable[[Any], None]) -> None:
    """Let a function of the test be what intake does with undelivered messages."""

    async def on_event(_: Work, event: Any, __: Any) -> None:
        handle(event)

    subscribers = type(world.service.subscribers)("intake")
    subscribers.on(*world.service.subscribers.by_class)(on_event)
    world.runtime.consumers[0] = subscribers.consumer(world.works)


async def first_letter(world: World) -> UUID:
    async with world.works.begin() as work:
        rows = await work.session.execute(
            text("SELECT id FROM intake.dead_letter WHERE state = 'dead'")
        )
        found: UUID = rows.scalar_one()
        return found
