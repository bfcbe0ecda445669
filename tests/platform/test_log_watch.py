"""A broker that lost the end of a log: noticed while the service runs, and read from its start."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from aiokafka import ConsumerRecord, TopicPartition
from sqlalchemy import text

from shared.platform.app import Runtime
from shared.platform.log_watch import LogWatch, before
from shared.platform.places import ANOTHER_LOG
from tests.platform.conftest import Cluster
from tests.platform.test_running_service import message, register
from tests.platform.test_watchdog import joined
from tests.stage import kafka_record

Start = Callable[[], Awaitable[Runtime]]
PLACE = TopicPartition("a", 0)


def records(first: int, last: int, epoch: int | None) -> list[ConsumerRecord]:
    found = [kafka_record("a", offset, b"k", b"v") for offset in range(first, last)]
    for record in found:
        record.checksum = epoch
    return found


def test_records_that_follow_each_other_raise_no_doubt() -> None:
    watch = LogWatch()
    watch.note(records(0, 5, 1), watch.generation)
    assert watch.stepped_back(records(5, 9, 1)) == set()
    assert watch.unsure(records(5, 9, 1)) == {}


def test_a_client_that_went_back_by_itself_is_noticed_once() -> None:
    watch = LogWatch()
    watch.note(records(0, 5, 1), watch.generation)
    assert watch.stepped_back(records(0, 2, 2)) == {PLACE}
    watch.forget([PLACE])
    assert watch.stepped_back(records(0, 2, 2)) == set()


def test_what_was_in_hand_while_places_were_gone_to_anew_tells_nothing() -> None:
    watch = LogWatch()
    generation = watch.generation
    watch.forget([PLACE])
    watch.note(records(0, 5, 1), generation)
    assert watch.stepped_back(records(0, 2, 1)) == set()


def test_a_new_epoch_raises_a_doubt_from_its_first_record_on() -> None:
    watch = LogWatch()
    watch.note(records(0, 5, 1), watch.generation)
    batch = records(5, 7, 1) + records(7, 9, 2)
    unsure = watch.unsure(batch)
    assert unsure == {PLACE: 7}
    assert [record.offset for record in before(batch, unsure)] == [5, 6]


def test_the_beginning_of_a_log_and_records_without_an_epoch_raise_no_doubt() -> None:
    assert LogWatch().unsure(records(0, 3, 4)) == {}
    assert LogWatch().unsure(records(7, 9, None)) == {}


async def test_records_carry_the_epoch_of_the_leader_that_wrote_them(
    start_intake: Start, cluster: Cluster
) -> None:
    await start_intake()  # which makes reading tolerant
    await cluster.publish("cqc", message(1, "cqc"))
    found = await cluster.read("intake", "partner.cqc.in.v1", 1)
    assert isinstance(found[0].checksum, int)


async def taken(runtime: Runtime, topic: str, offset: int) -> None:
    for _ in range(150):
        if (await runtime.consumers[1].places.stored()).get((topic, 0), 0) >= offset:
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the records were not taken")


async def end_of(runtime: Runtime, topic: str) -> int:
    """Where the log ends: other tests have written to it before."""
    place = TopicPartition(topic, 0)
    ends: dict[TopicPartition, int] = (
        await runtime.consumers[1].places.aiokafka().end_offsets([place])
    )
    return ends[place]


async def another_epoch(runtime: Runtime, place: TopicPartition) -> None:
    """As after a broker's start. What was read is noted a moment after it was taken."""
    epochs = runtime.consumers[1].places.log._epochs
    for _ in range(150):
        if place in epochs:
            epochs[place] -= 1
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the epoch was not noted")


async def test_a_log_that_was_cut_short_and_has_grown_again_is_read_from_its_beginning(
    start_intake: Start, cluster: Cluster
) -> None:
    """Nothing but the epoch tells it: the offsets go on as if nothing had happened."""
    topic = "partner.council-quality.in.v1"
    runtime = await start_intake()
    await joined(runtime.consumers[1])
    await register(runtime, "council-quality")
    begin = await end_of(runtime, topic)
    await cluster.publish("council-quality", *(message(n, "council-quality") for n in range(5)))
    await taken(runtime, topic, begin + 5)
    consumer = runtime.consumers[1]
    place = TopicPartition(topic, 0)
    await forget_effects(runtime, topic)
    await another_epoch(runtime, place)
    await cluster.publish("council-quality", message(5, "council-quality"))
    await taken(runtime, topic, begin + 6)
    async with runtime.works.begin() as work:
        rows = (await work.session.execute(work.tables.inbox.select())).all()
    assert len([row for row in rows if row.source == topic]) == begin + 6
    assert consumer.places.alarms[place] == f"{topic}/0 {ANOTHER_LOG}"


async def test_a_new_epoch_of_the_same_log_is_no_alarm(
    start_intake: Start, cluster: Cluster
) -> None:
    topic = "partner.mental-health-trust.in.v1"
    runtime = await start_intake()
    await joined(runtime.consumers[1])
    await register(runtime, "mental-health-trust")
    begin = await end_of(runtime, topic)
    publish = [message(n, "mental-health-trust") for n in range(6)]
    await cluster.publish("mental-health-trust", *publish[:5])
    await taken(runtime, topic, begin + 5)
    await another_epoch(runtime, TopicPartition(topic, 0))
    await cluster.publish("mental-health-trust", publish[5])
    await taken(runtime, topic, begin + 6)
    assert TopicPartition(topic, 0) not in runtime.consumers[1].places.alarms


async def forget_effects(runtime: Runtime, topic: str) -> None:
    """What lies before our place has never taken effect here: it is another log's."""
    async with runtime.works.begin() as work:
        for statement in (
            "DELETE FROM intake.inbox WHERE source = :topic",
            "DELETE FROM intake.quarantine WHERE topic = :topic",
        ):
            await work.session.execute(text(statement), {"topic": topic})
        await work.session.execute(text("DELETE FROM intake.clock"))
