"""The watchdog: finds what is stuck while it looks alive, and ends its process.

It does not ask consumers and relay. It asks the broker, over a connection of its own, where the log
ends, and the database, where our facts end and what waits to be published. Ending is safe at any
moment: what was not committed is read again, and what was not marked is sent again, by whoever is
started next. An event loop that is blocked is found by a thread (`heartbeat.py`).
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial

from aiokafka import AIOKafkaConsumer, TopicPartition

from shared.platform.broker import connection_options
from shared.platform.consumer import Consumer
from shared.platform.database import Database
from shared.platform.heartbeat import Heartbeat
from shared.platform.relay import Relay
from shared.platform.settings import Settings
from shared.platform.telemetry import log

EXIT_STUCK = 75
"""The exit code of a process that ended itself: start it again."""


def _end() -> None:
    os._exit(EXIT_STUCK)


@dataclass
class _Seen:
    """How far something was when it last moved, and since when (monotonic) that is so."""

    progress: int
    since: float
    waits_since: float | None = None
    """Since when there is something to do for it: what came just now is no reason to end."""


_RELAY = "relay"


class Watchdog:
    """Looks at the consumers and the relay of a service until cancelled."""

    def __init__(
        self,
        consumers: Sequence[Consumer],
        settings: Settings,
        end: Callable[[], None] = _end,
        *,
        relay: Relay | None = None,
        database: Database | None = None,
    ) -> None:
        self._consumers = consumers
        self._relay = relay
        self._database = database
        self._settings = settings
        self._end = end
        self._every = settings.consumer_stuck_seconds / 6
        self._heartbeat = Heartbeat(settings.consumer_stuck_seconds, end)
        self._seen: dict[str, _Seen] = {}

    async def run(self) -> None:
        beating = asyncio.create_task(self._heartbeat.run())
        try:
            await self._look_on()
        finally:
            beating.cancel()

    async def _look_on(self) -> None:
        looked_at = time.monotonic()
        while True:
            await asyncio.sleep(self._every)
            if time.monotonic() - looked_at > 3 * self._every:
                self._begin_anew()  # we slept, not they
            looked_at = time.monotonic()
            for consumer in self._consumers:
                await self.look(consumer)
            await self.look_at_relay()

    async def look(self, consumer: Consumer) -> None:
        """End the process if a consumer has had work for too long and has done none."""
        await self._judge(consumer.group, consumer.progress, partial(self._waiting, consumer))

    async def look_at_relay(self) -> None:
        """End the process if our relay has had events to publish for too long and published none.

        Another process may hold the lock: then it is for that one's watchdog. Topics that the
        broker refuses are paused, which no new process would mend.
        """
        relay = self._relay
        if relay is None or not relay.holding:
            self._seen.pop(_RELAY, None)
        else:
            await self._judge(_RELAY, relay.published, partial(self._unsent, relay))

    async def _judge(self, name: str, progress: int, ask: Callable[[], Awaitable[int]]) -> None:
        now = time.monotonic()
        seen = self._seen.setdefault(name, _Seen(progress, now))
        if progress != seen.progress:
            self._seen[name] = _Seen(progress, now)
            return
        half = self._settings.consumer_stuck_seconds / 2
        if now - seen.since < half:
            return
        waiting = await self._asked(name, ask)
        if not waiting:
            self._seen[name] = _Seen(progress, time.monotonic())
        elif seen.waits_since is None:
            seen.waits_since = now
        elif now - seen.waits_since >= half:
            log.critical(
                "watchdog.stuck", group=name, waiting=waiting, seconds=round(now - seen.since)
            )
            self._end()

    async def _asked(self, name: str, ask: Callable[[], Awaitable[int]]) -> int:
        try:
            async with asyncio.timeout(self._every):
                return await ask()
        except Exception as error:
            # Broker or database are away: that is nothing that a new process would mend.
            log.info("watchdog.cannot_tell", group=name, exc_info=error)
            return 0

    async def _unsent(self, relay: Relay) -> int:
        """How many events wait that nothing holds back."""
        if self._database is None:
            return 0
        async with self._database.engine.connect() as connection:
            return await relay.waiting(connection)

    async def _waiting(self, consumer: Consumer) -> int:
        """How many records lie on the broker that have not taken effect here."""
        stored = await consumer.places.stored()
        # One that is in no group at all answers for everything that it has ever read.
        known = {TopicPartition(topic, partition) for topic, partition in stored}
        places = list(consumer.places.assigned if consumer.places.joined else known)
        if not places:
            return 0
        probe = AIOKafkaConsumer(**connection_options(self._settings))
        try:
            await probe.start()
            ends = await probe.end_offsets(places)
            begins = await probe.beginning_offsets(places)
        finally:
            await probe.stop()
        return sum(
            max(0, ends[place] - max(begins[place], stored.get((place.topic, place.partition), 0)))
            for place in places
        )

    def _begin_anew(self) -> None:
        self._seen.clear()
