"""What the broker refuses for good: visible, with a way out, and no other topic waits for it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from deploy.kafka.cluster import connect, write_settings
from shared.contracts.catalogue import topics
from shared.contracts.envelope import Unreadable, body_of
from shared.contracts.intake import ContactRemoved
from shared.platform import held_back
from shared.platform.app import Runtime
from tests.platform.conftest import Cluster
from tests.platform.test_delivery import handed_over
from tests.servers import Kafka
from tests.stage import World

Start = Callable[[], Awaitable[Runtime]]


[_INTAKES] = [topic for topic in topics(()) if topic.name == "intake.v1"]


@pytest.fixture
def narrow_topic(kafka_server: Kafka, cluster: Cluster) -> Iterator[None]:
    """The broker takes only small records on intake's topic."""
    admin = connect(
        kafka_server.bootstrap_servers, kafka_server.admin_username, kafka_server.admin_password
    )
    write_settings(admin, {"intake.v1": {"max.message.bytes": "4000"}})
    yield
    write_settings(admin, {"intake.v1": dict(_INTAKES.config)})


async def unsent(runtime: Runtime) -> list[Any]:
    async with runtime.works.begin() as work:
        return list(await held_back.waiting(work, "somebody"))


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    for _ in range(200):
        if await condition():
            return
        await asyncio.sleep(0.1)
    raise AssertionError("it did not come true")


async def test_an_event_that_the_broker_refuses_is_named_and_holds_no_other_topic(
    start_intake: Start, narrow_topic: None
) -> None:
    runtime = await start_intake()
    too_large = handed_over().model_copy(update={"reference": "x" * 10_000})
    async with runtime.works.begin() as work:
        work.announce(handed_over())
        work.announce(too_large)
        work.announce(handed_over())
        work.announce(ContactRemoved(partnership="combined", person_ref=uuid4()))

    async def named() -> bool:
        return any("event" in alarm for alarm in runtime.alarms())

    await until(named)
    waiting = await unsent(runtime)
    assert [(row.topic, row.waiting) for row in waiting] == [("intake.v1", 2)]
    seq = waiting[0].seq
    assert runtime.relay.alarms() == [
        f"intake.v1 takes nothing: MessageSizeTooLargeError, event {seq} of the outbox"
    ]
    async with runtime.works.begin() as work:
        await held_back.discard(work, seq, "operations", "the broker takes 4 kB")

    async def all_sent() -> bool:
        return await unsent(runtime) == [] and runtime.relay.alarms() == []

    await until(all_sent)


async def test_a_row_that_no_client_can_send_holds_only_its_own_topic(
    start_intake: Start,
) -> None:
    """Headers that are no text would have ended the whole relay, again and again."""
    runtime = await start_intake()
    async with runtime.works.begin() as work:
        work.announce(handed_over())
        row = {"headers": [["ce_id", None]], "topic": "intake.v1", "key": "k", "value": b"{}"}
        more = {"event_id": uuid4(), "event_type": "x", "recorded_at": work.now}
        work.outgoing.append({**row, **more, "day": work.now.date()})
        work.announce(ContactRemoved(partnership="combined", person_ref=uuid4()))

    async def others_sent() -> bool:
        return [row.topic for row in await unsent(runtime)] == ["intake.v1"] and bool(
            runtime.relay.alarms()
        )

    await until(others_sent)
    waiting = await unsent(runtime)
    async with runtime.works.begin() as work:
        await work.session.execute(
            work.tables.outbox.delete().where(work.tables.outbox.c.seq == waiting[0].seq)
        )


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def said(world: World) -> int:
    async with world.works.begin() as work:
        work.announce(handed_over())
    async with world.works.begin() as work:
        return int((await held_back.waiting(work, "somebody"))[0].seq)


async def test_what_is_discarded_is_kept_aside_and_audited(world: World) -> None:
    seq = await said(world)
    async with world.works.begin() as work:
        await held_back.discard(work, seq, "operations", "nobody needs it")
    assert await world.outbox() == []
    async with world.works.begin() as work:
        kept = (await work.session.execute(select(work.tables.dead_letter))).one()
    assert (kept.consumer_group, kept.state, kept.log_offset) == ("outbox", "discarded", seq)
    assert kept.value is not None
    assert "outbox.discarded" in [did for _, did, _ in await world.audited()]


async def test_what_is_repaired_leaves_under_its_own_id_and_the_original_is_kept(
    world: World,
) -> None:
    seq = await said(world)
    before = (await world.outbox())[0]
    body = body_of(handed_over()) or b""
    async with world.works.begin() as work:
        await held_back.repair(work, seq, body, "operations", "a shorter text")
    after = (await world.outbox())[0]
    assert (after.event_id, after.value) == (before.event_id, body)
    async with world.works.begin() as work:
        kept = (await work.session.execute(select(work.tables.dead_letter))).one()
    assert (kept.state, kept.value) == ("repaired", before.value)
    assert "outbox.repaired" in [did for _, did, _ in await world.audited()]


async def test_a_body_that_is_no_such_event_is_not_taken(world: World) -> None:
    seq = await said(world)
    with pytest.raises(Unreadable):
        async with world.works.begin() as work:
            await held_back.repair(work, seq, b'{"partnership": 1}', "operations", "a test")
    assert [did for _, did, _ in await world.audited()] == ["outbox.listed"]  # by this test


async def test_what_has_left_cannot_be_taken_out(world: World) -> None:
    seq = await said(world)
    async with world.works.begin() as work:
        await work.session.execute(work.tables.outbox.update().values(sent_at=work.now))
    with pytest.raises(LookupError):
        async with world.works.begin() as work:
            await held_back.discard(work, seq, "operations", "a test")
