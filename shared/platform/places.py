"""Where a consumer goes on: its places lie in the database, and a log may not be as it was left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from aiokafka import TopicPartition
from aiokafka.abc import ConsumerRebalanceListener
from sqlalchemy import delete, select

from shared.platform.log_watch import LogWatch
from shared.platform.telemetry import log, meter
from shared.platform.work import Works

_alarms = meter.create_counter("consumer.alarms", description="Logs that are not as we left them")

ENDS_BEFORE = "ends before our offset"
BEGINS_AFTER = "begins after our offset: records were deleted before they were read"
ANOTHER_LOG = "is not the log that we have read: it was cut short and has grown again"
RESTORED = "was read further than our database knows: it was restored from a backup"
"""What an alarm says of a partition; see docs/running.md."""


class Places(ConsumerRebalanceListener):  # type: ignore[misc]  # aiokafka is untyped
    """The places of a consumer group in the partitions that this process reads."""

    def __init__(self, group: str, works: Works) -> None:
        self._group = group
        self._works = works
        self.aiokafka: Callable[[], Any] = lambda: None
        """The client that reads; it gives None until it is started."""
        self.log = LogWatch()
        self.alarms: dict[TopicPartition, str] = {}
        """What somebody has to look at, though the consumer goes on."""
        self.joined = False
        """True while this process is in the group and has gone to its places (perhaps none)."""
        self.unresumed: set[TopicPartition] = set()
        """Partitions assigned whose place the database has not told yet."""

    @property
    def assigned(self) -> set[TopicPartition]:
        """The partitions that this process reads."""
        client = self.aiokafka()
        return set(client.assignment()) if client is not None else set()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """The broker takes partitions away, to give them out anew."""
        self.joined = False
        self.unresumed = set()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """The broker gives partitions to this process."""
        self.unresumed = set(assigned)
        try:
            await self.resume_assigned()
        except Exception as error:
            # What arrives meanwhile is not taken: the next batch tries this again first.
            log.warning("consumer.resume_failed", group=self._group, exc_info=error)

    async def resume_assigned(self) -> bool:
        """Go to the places of newly assigned partitions; False where that was done before."""
        places = self.unresumed
        pending = bool(places) or not self.joined
        if pending:
            await self.resume(places)
            if self.unresumed is places:  # else others were assigned meanwhile
                self.unresumed = set()
                self.joined = True
        return pending

    async def resume(self, assigned: set[TopicPartition]) -> None:
        """Go on where the facts in the database end; an offset past the log's end is an alarm."""
        client = self.aiokafka()
        if client is None or not assigned:
            return
        places = await self.stored()
        begins = await client.beginning_offsets(list(assigned))
        ends = await client.end_offsets(list(assigned))
        for place in assigned:
            offset = places.get((place.topic, place.partition), 0)
            if offset > ends[place]:
                self.raise_alarm(place, ENDS_BEFORE)
                await self._forget(place)
                offset = 0
            elif 0 < offset < begins[place]:
                self.raise_alarm(place, BEGINS_AFTER)
            client.seek(place, offset)
        self.log.forget(assigned)

    async def start_over(self, places: set[TopicPartition]) -> None:
        """Read logs again from their beginning; the inbox drops what has taken effect."""
        for place in places:
            self.raise_alarm(place, ANOTHER_LOG)
            await self._forget(place)
            if place in self.assigned:
                self.aiokafka().seek(place, 0)

    def raise_alarm(self, place: TopicPartition, what: str) -> None:
        """Say that somebody has to look, though the consumer goes on."""
        self.alarms[place] = f"{place.topic}/{place.partition} {what}"
        _alarms.add(1, {"group": self._group})
        log.error("consumer.log_alarm", topic=place.topic, partition=place.partition, what=what)

    async def stored(self) -> dict[tuple[str, int], int]:
        """Where the facts of each partition end in the database."""
        async with self._works.begin() as work:
            table = work.tables.consumed
            rows = await work.session.execute(
                select(table).where(table.c.consumer_group == self._group)
            )
            return {(row.topic, row.partition): row.next_offset for row in rows}

    async def _forget(self, place: TopicPartition) -> None:
        async with self._works.begin() as work:
            table = work.tables.consumed
            await work.session.execute(
                delete(table)
                .where(table.c.consumer_group == self._group)
                .where(table.c.topic == place.topic, table.c.partition == place.partition)
            )
