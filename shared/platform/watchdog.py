"""The watchdog: finds a consumer that is stuck while it looks alive, and ends its process.

It does not ask the consumer. It asks the broker, over a connection of its own, where the log ends,
and the database, where our facts end. Ending is safe at any moment: what was not committed is read
again by whoever is started next.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.platform.broker import connection_options
from shared.platform.consumer import Consumer
from shared.platform.settings import Settings
from shared.platform.telemetry import log

EXIT_STUCK = 75
"""The exit code of a process that ended itself: start it again."""


def _end() -> None:
    os._exit(EXIT_STUCK)


@dataclass
class _Seen:
    """How far a consumer was when it last moved, and when that was (monotonic)."""

    progress: int
    since: float


class Watchdog:
    """Looks at the consumers of a service until cancelled."""

    def __init__(
        self, consumers: Sequence[Consumer], settings: Settings, end: Callable[[], None] = _end
    ) -> None:
        self._consumers = consumers
        self._settings = settings
        self._end = end
        self._every = settings.consumer_stuck_seconds / 6
        self._seen = {consumer.group: _Seen(-1, time.monotonic()) for consumer in consumers}

    async def run(self) -> None:
        looked_at = time.monotonic()
        while True:
            await asyncio.sleep(self._every)
            if time.monotonic() - looked_at > 3 * self._every:
                self._begin_anew()  # we slept, not they
            looked_at = time.monotonic()
            for consumer in self._consumers:
                await self.look(consumer)

    async def look(self, consumer: Consumer) -> None:
        """End the process if a consumer has had work for too long and has done none."""
        seen, now = self._seen[consumer.group], time.monotonic()
        if consumer.progress != seen.progress:
            self._seen[consumer.group] = _Seen(consumer.progress, now)
            return
        seconds = now - seen.since
        if seconds < self._settings.consumer_stuck_seconds:
            return
        try:
            async with asyncio.timeout(self._every):
                waiting = await self._waiting(consumer)
        except Exception as error:
            # Broker or database are away: that is nothing that a new process would mend.
            log.info("watchdog.cannot_tell", group=consumer.group, exc_info=error)
            waiting = 0
        if waiting:
            log.critical(
                "watchdog.stuck", group=consumer.group, waiting=waiting, seconds=round(seconds)
            )
            self._end()
        seen.since = time.monotonic()

    async def _waiting(self, consumer: Consumer) -> int:
        """How many records lie on the broker that have not taken effect here."""
        stored = await consumer.places.stored()
        # One that is in no group at all answers for everything that it has ever read.
        known = {TopicPartition(topic, partition) for topic, partition in stored}
        places = list(consumer.places.assigned if consumer.places.joined else known)
        if not places:
            return 0
        probe = AIOKafkaConsumer(**connection_options(self._settings))
        await probe.start()
        try:
            ends = await probe.end_offsets(places)
            begins = await probe.beginning_offsets(places)
        finally:
            await probe.stop()
        return sum(
            max(0, ends[place] - max(begins[place], stored.get((place.topic, place.partition), 0)))
            for place in places
        )

    def _begin_anew(self) -> None:
        for seen in self._seen.values():
            seen.since = time.monotonic()
