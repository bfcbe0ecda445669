"""Watches a campaign from outside: receipts as they come, offsets as they move, readiness."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from bisect import bisect_left
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise

import asyncpg
from confluent_kafka import Consumer, Message, TopicPartition

from shared.contracts.catalogue import SERVICES, outbound_topic
from tests.chaos.installation import Installation
from tests.chaos.traffic import AGENCIES

_EVERY = 0.2
_LOOK_EVERY = 0.5
_RECEIPT = b"feed.receipt.v1"
FEEDS = "feeds"


@dataclass
class Pulse:
    """The moments at which something moved, in order."""

    moments: list[float] = field(default_factory=list)

    def note(self, moment: float) -> None:
        """It moved. What is read again is no movement."""
        if not self.moments or moment >= self.moments[-1]:
            self.moments.append(moment)

    def first_after(self, moment: float) -> float | None:
        """When it first moved at or after a moment; None where it has not yet."""
        place = bisect_left(self.moments, moment)
        return self.moments[place] if place < len(self.moments) else None

    def longest_gap(self, start: float, end: float) -> float:
        """The longest time without a movement in a span."""
        inside = [m for m in self.moments if start <= m <= end]
        marks = [start, *inside, end]
        return max(later - earlier for earlier, later in pairwise(marks))


@dataclass(frozen=True)
class Look:
    """What readiness of one service answered at a time; None where nobody answered."""

    at: float
    service: str
    status: int | None


class Watch:
    """Threads that look on until closed. Times are seconds since 1970."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.pulses = {name: Pulse() for name in (FEEDS, *SERVICES)}
        self._receipts: set[tuple[str, str]] = set()
        self.looks: list[Look] = []
        self._ending = threading.Event()
        targets = [self._watch_feeds, self._watch_offsets]
        targets += [partial(self._watch_readiness, service) for service in SERVICES]
        self._threads = [threading.Thread(target=target, name="watch") for target in targets]

    @property
    def receipts(self) -> int:
        """Distinct receipts seen so far, on all feeds."""
        return len(self._receipts)

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        self._ending.set()
        for thread in self._threads:
            thread.join()

    def _watch_feeds(self) -> None:
        login = self._installation.broker_login
        more = {"group.id": "chaos-watch", "enable.auto.commit": "false"}
        # A feed that lost its end is read again: what comes once more is counted once.
        consumer = Consumer(login | more | {"auto.offset.reset": "earliest"})
        consumer.assign([TopicPartition(outbound_topic(agency), 0, 0) for agency in AGENCIES])
        try:
            while not self._ending.is_set():
                for message in consumer.consume(1000, timeout=_EVERY):
                    if message.error() is not None:
                        continue
                    self.pulses[FEEDS].note(message.timestamp()[1] / 1000)
                    headers = dict(message.headers() or ())
                    if headers.get("ce_type") == _RECEIPT:
                        self._note_receipt(message, str(headers["ce_id"]))
        finally:
            consumer.close()

    def _note_receipt(self, message: Message, id_: str) -> None:
        topic = message.topic() or ""
        self._receipts.add((topic, id_))
        said = json.loads(message.value() or b"{}")
        if said["status"] == "accepted":
            agency = topic.split(".")[1]
            self._installation.traffic.answered(agency, said["message_id"], said["reference"])

    def _watch_offsets(self) -> None:
        asyncio.run(self._poll_offsets())

    async def _poll_offsets(self) -> None:
        before: dict[str, int] = {}
        connection: asyncpg.Connection[asyncpg.Record] | None = None
        while not self._ending.is_set():
            await asyncio.sleep(_EVERY)
            try:
                if connection is None:
                    connection = await asyncpg.connect(self._installation.dsn, timeout=2)
                for service in SERVICES:
                    moved = await connection.fetchval(
                        f"SELECT coalesce(sum(next_offset), 0) FROM {service}.consumed", timeout=3
                    )
                    if before.get(service) not in (None, moved):
                        self.pulses[service].note(time.time())
                    before[service] = moved
            except Exception:  # whatever a driver says while its server is being killed
                if connection is not None:
                    connection.terminate()
                connection = None
        if connection is not None:
            await connection.close()

    def _watch_readiness(self, service: str) -> None:
        """One thread each: a service that answers late keeps nobody from looking at the others."""
        while not self._ending.wait(_LOOK_EVERY):
            at = time.time()
            status = self._installation.readiness(service)
            self.looks.append(Look(at, service, status))
