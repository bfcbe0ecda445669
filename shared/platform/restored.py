"""Notices that the database was restored from a backup while the broker went on.

A consumer tells the broker its place only after the database holds it. So a broker that knows a
place further on than the database shows that the database went back. What was done in between is
done again, and has the ids that it had before. What cannot be undone (a mail) must not leave
before all of it has been heard again, and is then marked: it has perhaps been sent already.

How far a process had come is not known: it tells the broker a little later, and one that was killed
never. So all that the logs hold when the restore is noticed counts as heard before.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from shared.platform.broker import connection_options
from shared.platform.consumer import Consumer
from shared.platform.places import RESTORED
from shared.platform.settings import Settings
from shared.platform.telemetry import log
from shared.platform.work import Work, Works

_MARK = ":restored"
"""Behind the name of a group: how far it may have been before the database went back."""
_LOOK_SECONDS = 0.5
_LONGEST_SECONDS = 900.0
"""After which it goes on: the log may have been cut short before what was heard again."""


@dataclass(frozen=True, slots=True)
class _Log:
    """A partition as the broker has it: how far it was told that we are, and where records lie."""

    told: int
    begins: int
    ends: int


async def note(consumers: Sequence[Consumer], works: Works, settings: Settings) -> None:
    """Look before anything is read; what is found stays in the database until it is caught up."""
    logs = {consumer: await _logs(consumer, settings) for consumer in consumers}
    went_back = False
    for consumer, places in logs.items():
        stored = await consumer.places.stored()
        for place, log_ in places.items():
            if stored.get((place.topic, place.partition), 0) < log_.told <= log_.ends:
                consumer.places.raise_alarm(place, RESTORED)
                went_back = True
    if went_back:
        async with works.begin() as work:
            for consumer, places in logs.items():
                ends = {place: one.ends for place, one in places.items() if one.begins < one.ends}
                await _keep(work, consumer.group + _MARK, ends)
            work.audit("service", "database.restored", work.tables.schema, partnership="-")


async def catch_up(consumers: Sequence[Consumer], works: Works) -> None:
    """Wait until all has been heard again that was heard before."""
    latest = time.monotonic() + _LONGEST_SECONDS
    while await _behind(consumers, works):
        if time.monotonic() > latest:
            log.error("database.not_caught_up")
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def done(consumers: Sequence[Consumer], work: Work) -> None:
    """What had to be done after a restored backup is done, in this transaction."""
    table = work.tables.consumed
    groups = [consumer.group + _MARK for consumer in consumers]
    await work.session.execute(delete(table).where(table.c.consumer_group.in_(groups)))
    work.audit("service", "database.caught_up", work.tables.schema, partnership="-")
    log.warning("database.caught_up")


async def noted(consumers: Sequence[Consumer], works: Works) -> bool:
    """Whether a restored backup was noticed, by this process or one before it."""
    async with works.begin() as work:
        table = work.tables.consumed
        groups = [consumer.group + _MARK for consumer in consumers]
        found = await work.session.execute(
            select(table.c.topic).where(table.c.consumer_group.in_(groups)).limit(1)
        )
        return found.first() is not None


async def _logs(consumer: Consumer, settings: Settings) -> dict[TopicPartition, _Log]:
    """The partitions that a consumer reads; those that it was never told of as told 0."""
    probe = AIOKafkaConsumer(
        **connection_options(settings), group_id=consumer.group, enable_auto_commit=False
    )
    try:
        await probe.start()
        cluster = await probe._client.fetch_all_metadata()
        known: set[str] = cluster.topics()
        heard = consumer.pattern
        names = {t for t in known if re.match(heard, t)} if heard else known & set(consumer.topics)
        places = [
            TopicPartition(topic, partition)
            for topic in sorted(names)
            for partition in cluster.partitions_for_topic(topic) or ()
        ]
        begins = await probe.beginning_offsets(places) if places else {}
        ends = await probe.end_offsets(places) if places else {}
        return {
            place: _Log(await probe.committed(place) or 0, begins[place], ends[place])
            for place in places
        }
    finally:
        await probe.stop()


async def _keep(work: Work, group: str, places: dict[TopicPartition, int]) -> None:
    if not places:
        return
    statement = insert(work.tables.consumed)
    await work.session.execute(
        statement.on_conflict_do_update(
            index_elements=["consumer_group", "topic", "partition"],
            set_={"next_offset": statement.excluded.next_offset},
        ),
        [
            {
                "consumer_group": group,
                "topic": place.topic,
                "partition": place.partition,
                "next_offset": offset,
            }
            for place, offset in places.items()
        ],
    )


async def _behind(consumers: Iterable[Consumer], works: Works) -> bool:
    groups = [consumer.group for consumer in consumers]
    async with works.begin() as work:
        table = work.tables.consumed
        rows = (await work.session.execute(select(table))).all()
    reached = {(r.consumer_group, r.topic, r.partition): r.next_offset for r in rows}
    return any(
        reached.get((group, r.topic, r.partition), 0) < r.next_offset
        for r in rows
        for group in groups
        if r.consumer_group == group + _MARK
    )
