"""Notices that the database was restored from a backup while the broker went on.

A consumer tells the broker its place only after the database holds it. So a broker that knows a
place further on than the database shows that the database went back. What was done in between is
done again, and has the ids that it had before. What cannot be undone (a mail) must not leave
before all of it has been heard again, and is then marked: it has perhaps been sent already.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterable, Sequence

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
"""Behind the name of a group: how far it was before the database went back."""
_LOOK_SECONDS = 0.5
_LONGEST_SECONDS = 900.0
"""After which it goes on: the log may have been cut short before what was heard again."""


async def note(consumers: Sequence[Consumer], works: Works, settings: Settings) -> None:
    """Look before anything is read; what is found stays in the database until it is caught up."""
    for consumer in consumers:
        stored = await consumer.places.stored()
        ahead = {
            place: offset
            for place, offset in (await _told(consumer, settings)).items()
            if offset > stored.get((place.topic, place.partition), 0)
        }
        if not ahead:
            continue
        for place in ahead:
            consumer.places.raise_alarm(place, RESTORED)
        async with works.begin() as work:
            await _keep(work, consumer.group + _MARK, ahead)


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
    await work.audit("service", "database.caught_up", work.tables.schema, partnership="-")
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


async def _told(consumer: Consumer, settings: Settings) -> dict[TopicPartition, int]:
    """What the broker was told of a group's places, and still has."""
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
        ends = await probe.end_offsets(places) if places else {}
        told = {place: await probe.committed(place) or 0 for place in places}
        return {place: offset for place, offset in told.items() if 0 < offset <= ends[place]}
    finally:
        await probe.stop()


async def _keep(work: Work, group: str, places: dict[TopicPartition, int]) -> None:
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
    await work.audit("service", "database.restored", work.tables.schema, partnership="-")


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
