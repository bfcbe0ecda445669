"""Consumption: one transaction per batch, in which inbox, effects, events and offsets go together.

When a batch fails it is taken again one record at a time. What may pass (database away) is tried
again with back-off; what cannot becomes a dead letter, and later records of its key wait behind it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from shared.contracts.envelope import Unreadable
from shared.platform import dead_letters, inbox, log_watch
from shared.platform.broker import tolerant_parser, undecoded
from shared.platform.database import may_pass
from shared.platform.dead_letters import key_of
from shared.platform.inbox import Place
from shared.platform.places import ENDS_BEFORE, Places
from shared.platform.reached import Reached, ends_of
from shared.platform.settings import Settings
from shared.platform.telemetry import log, meter, span
from shared.platform.work import Incoming, Work, Works

Record: TypeAlias = ConsumerRecord

MAX_RECORDS = 500
_LONGEST_SECONDS = 2.0
"""After a longer transaction the next ones are smaller: so much is done again on a failure."""
_FEWEST = 100
"""Smaller ones would take longer for each record: on a busy machine that begins to spiral."""
_LONGEST_REST = 0.05
"""Seconds that a record waits at most for a consumer that rests longer than its pace."""
_FETCH_WAIT_MS = 50
"""How long the broker keeps a question without an answer. While records of one partition wait here
the client asks for the others only, and again for all when that is answered: a longer wait makes
the back-fill slower (docs/performance.md)."""
_PARTITION_BYTES = 256 * 1024
"""What lies here of a partition beside the batch in hand; as records it takes eight times as much.
A record or a batch that is larger comes all the same (KIP-74)."""
_NEVER_MS = 365 * 24 * 60 * 60 * 1000
"""When nothing has come for so long FastStream sleeps as long, whatever comes meanwhile."""
_PAUSES = (0.2, 0.5, *[1.0] * 15)
"""Seconds between tries of what may pass; then the records are read again from the broker."""

_consumed = meter.create_counter("consumer.records", description="Records by outcome")
_lag = meter.create_gauge("consumer.lag", description="Records that wait on the broker")


_Reading: TypeAlias = tuple[Record, Incoming[Any] | Unreadable | None]
_Given: TypeAlias = tuple[Record, Place, Incoming[Any]]

Read = Callable[[Record], Incoming[Any] | None]
"""Reads a record; None for one that this service knowingly skips. Raises Unreadable."""

Handle = Callable[[Work, Sequence[Incoming[Any]]], Awaitable[None]]
"""Lets records take effect in their order, each in `with work.on(incoming)`."""

OnDead = Callable[[Work, Record], Awaitable[None]]


def rest_after(records: int, took: float, pace: float) -> float:
    """Seconds until the next batch, after one of so many records that took so many seconds.

    As long as it took: where the machine is busy batches become fewer and larger, and cost little
    more for it, and people's requests come in between. A large one is followed at once.
    """
    if records >= _FEWEST:
        return 0.0
    return max(pace - took, min(took, _LONGEST_REST))


class Consumer:
    """One consumer group of a service."""

    def __init__(
        self,
        group: str,
        works: Works,
        read: Read,
        handle: Handle,
        *,
        topics: Sequence[str] = (),
        pattern: str | None = None,
        on_dead: OnDead | None = None,
        key_of: Callable[[Record], str] = key_of,
    ) -> None:
        self.group = group
        self._on_dead = on_dead
        self._key_of = key_of
        self.topics = tuple(topics)
        self.pattern = pattern
        self._works = works
        self._read = read
        self._handle = handle
        self.places = Places(group, works)
        self._settings: Settings | None = None
        self.progress = 0
        """Transactions that have taken effect."""
        self._at_once = 100
        """How many records the next transaction takes."""
        self.waiting_since: float | None = None
        """Monotonic time since which a batch has been in hand; None between batches."""
        self._reached = Reached(group, works, self.places)

    def subscribe(self, broker: KafkaBroker, settings: Settings) -> None:
        """Register with the broker. Offsets come from the database, not from the group."""
        self._settings = settings
        subscriber = broker.subscriber(
            *self.topics,
            pattern=self.pattern,
            batch=True,
            group_id=self.group,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            fetch_max_wait_ms=_FETCH_WAIT_MS,
            batch_timeout_ms=_NEVER_MS,
            max_records=MAX_RECORDS,
            max_partition_fetch_bytes=_PARTITION_BYTES,
            session_timeout_ms=settings.consumer_session_timeout_ms,
            heartbeat_interval_ms=settings.consumer_session_timeout_ms // 5,
            parser=tolerant_parser,
            decoder=undecoded,
            listener=self.places,
            no_reply=True,
        )

        @subscriber
        async def consume(message: KafkaMessage) -> None:
            await self._receive(message, settings.consumer_pace_seconds)

        self.places.aiokafka = lambda: subscriber.consumer

    async def _receive(self, message: KafkaMessage, pace: float) -> None:
        records: tuple[Record, ...] = message.raw_message
        began = self.waiting_since = time.monotonic()
        try:
            if await self.places.resume_assigned():
                return  # read from before the places were known: they come again
            if replaced := await self._take_watching(records):
                await self._put_back(message)
                await self.places.start_over(replaced)
                return
        except Exception as error:
            if not may_pass(error) and not isinstance(error, KafkaError):
                raise
            log.error("consumer.put_back", group=self.group, exc_info=error)
            await self._put_back(message)
            return
        finally:
            self.waiting_since = None
        await self._reached.tell(records)
        self._measure(records)
        await asyncio.sleep(rest_after(len(records), time.monotonic() - began, pace))

    async def end(self) -> None:
        """Return when the broker knows how far we are; a batch in hand waits for that as well."""
        await self._reached.end()

    async def _take_watching(self, records: Sequence[Record]) -> set[TopicPartition]:
        """Take records; where the log is not the one that we have read, stop and name it."""
        for place in self.places.log.stepped_back(records):
            self.places.raise_alarm(place, ENDS_BEFORE)
            self.places.log.forget([place])
        generation = self.places.log.generation
        unsure = self.places.log.unsure(records)
        if unsure:
            early = log_watch.before(records, unsure)
            await self.take(early)
            self.places.log.note(early, generation)
            if replaced := await self._replaced(unsure):
                return replaced
            taken = {(r.topic, r.partition, r.offset) for r in early}
            records = [r for r in records if (r.topic, r.partition, r.offset) not in taken]
        await self.take(records)
        self.places.log.note(records, generation)
        return set()

    async def _replaced(self, places: dict[TopicPartition, int]) -> set[TopicPartition]:
        """Partitions in which something before these offsets has never taken effect here."""
        if self._settings is None:
            return set()
        records = await log_watch.read_before(self._settings, places)
        async with self._works.begin() as work:
            readings = [(record, self._try_read(record)) for record in records]
            return await log_watch.untaken(work, readings)

    async def _put_back(self, message: KafkaMessage) -> None:
        """Read the records again, after a while; what went to somebody else is theirs."""
        self.places.log.forget()
        try:
            await message.nack()
        except KafkaError as error:
            log.info("consumer.not_put_back", group=self.group, exc_info=error)
            self.places.joined = False  # go to the places of what is left
        await asyncio.sleep(_PAUSES[0])

    async def take(self, records: Sequence[Record]) -> None:
        """Let records take effect, each exactly once; as many at once as two seconds allow."""
        start = 0
        while start < len(records):
            chunk = records[start : start + self._at_once]
            self.waiting_since = began = time.monotonic()
            await self._take_chunk(chunk)
            self.progress += 1
            start += len(chunk)
            slow = time.monotonic() - began > _LONGEST_SECONDS
            changed = self._at_once // 2 if slow else self._at_once * 2
            self._at_once = min(MAX_RECORDS, max(_FEWEST, changed))

    async def _take_chunk(self, records: Sequence[Record]) -> None:
        readings = [(record, self._try_read(record)) for record in records]
        if all(reading is None for _, reading in readings):
            self._reached.skip(records)  # a transaction for each batch would be for nothing
            return
        try:
            await self._patiently(readings)
        except Exception as error:
            if may_pass(error):
                raise
            for one in readings:
                await self._take_one(one)

    async def _take_one(self, one: _Reading) -> None:
        try:
            await self._patiently([one])
        except Exception as error:
            if may_pass(error) or one[1] is None:
                raise
            log.error("consumer.dead_letter", group=self.group, exc_info=error)
            dead = Unreadable(f"handler: {type(error).__name__}", "The handler failed.")
            await self._patiently([(one[0], dead)])

    async def _patiently(self, readings: Sequence[_Reading]) -> None:
        for pause in (*_PAUSES, None):
            try:
                async with self._works.begin() as work:
                    await self._batch(work, readings)
                return
            except Exception as error:
                if pause is None or not may_pass(error):
                    raise
                log.warning("consumer.try_again", group=self.group, exc_info=error)
                await asyncio.sleep(pause)

    async def _batch(self, work: Work, readings: Sequence[_Reading]) -> None:
        behind: set[Place] = set()
        given: list[_Given] = []
        parked: list[_Given] = []
        for record, reading in readings:
            place = (record.topic, self._key_of(record))
            if reading is None:
                continue
            if isinstance(reading, Unreadable):
                await dead_letters.bury(work, self.group, record, place[1], reading)
                behind.add(place)
                if self._on_dead is not None:
                    await self._on_dead(work, record)
            else:
                (parked if place in behind else given).append((record, place, reading))
        entries = [(place, incoming) for _, place, incoming in given]
        ends = ends_of([record for record, _ in readings])
        entered = await inbox.enter(work, self.group, entries, ends)
        parked += [one for one in given if one[1] in entered.held]
        for record, (_, key), incoming in parked:
            await dead_letters.park(work, self.group, record, key, incoming.event_id)
        await self._handle_fresh(work, entered.fresh)

    def _try_read(self, record: Record) -> Incoming[Any] | Unreadable | None:
        try:
            return self._read(record)
        except Unreadable as error:
            return error

    async def _handle_fresh(self, work: Work, fresh: Sequence[Incoming[Any]]) -> None:
        if fresh:
            with span(f"take {self.group}", attributes={"batch.size": len(fresh)}):
                await self._handle(work, fresh)
            _consumed.add(len(fresh), {"group": self.group, "outcome": "handled"})

    async def replay(self, work: Work, record: Record) -> None:
        """Let a record that was set aside take effect now. Raises what the handler raises."""
        incoming = self._read(record)
        if incoming is not None and await inbox.enter_again(work, incoming):
            await self._handle_fresh(work, [incoming])

    def _measure(self, records: Sequence[Record]) -> None:
        consumer = self.places.aiokafka()
        if consumer is None:
            return
        for place in {TopicPartition(r.topic, r.partition) for r in records}:
            end = consumer.highwater(place)
            if end is not None:
                last = max(r.offset for r in records if r.partition == place.partition)
                _lag.set(end - last - 1, {"group": self.group, "topic": place.topic})
