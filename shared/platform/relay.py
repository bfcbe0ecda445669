"""The relay: publishes a service's outbox to Kafka, in order, many sends in flight.

One relay per service holds an advisory lock on its own session. A failure stops that topic only;
nothing passes an unacknowledged send of its partition. A topic that fails is tried again record by
record, so that the one that is refused is known by its number and can be taken out by a person
(`held_back.py`). A record may be published twice after a crash, always with the same `ce_id`.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import defaultdict
from typing import Any

import asyncpg
import orjson
from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from shared.platform.broker import connection_options
from shared.platform.database import ssl_of
from shared.platform.pauses import SPENT, Pause
from shared.platform.settings import Settings
from shared.platform.telemetry import log, meter

ROUND = 2_000
"""Rows fetched at once."""
_SEND_TIMEOUT = 8.0
_ONE_BY_ONE = 200
"""Rows of a topic that failed, tried one at a time."""
_POLL_SECONDS = 1.0
_MARK_SECONDS = 0.05
"""So long what was sent waits for a read to be marked with: one statement where there were two."""
_COMMAND_TIMEOUT = 15.0
"""A server that vanished without a word is noticed after so many seconds."""
_published = meter.create_counter("outbox.published", description="Events published")
_depth = meter.create_gauge("outbox.depth", description="Events that wait to be published")
_age = meter.create_gauge("outbox.age", unit="s", description="Age of the oldest waiting event")
_held = meter.create_gauge("outbox.held", unit="s", description="How long a topic takes nothing")


class Relay:
    """Runs until stopped; `wake` tells it that a transaction with events has committed."""

    def __init__(self, service: str, settings: Settings) -> None:
        self._service = service
        self._settings = settings
        self._channel = f"{service}_outbox"
        self._woken = asyncio.Event()
        self._sending: dict[str, asyncio.Task[list[asyncpg.Record]]] = {}
        self._sent: list[asyncpg.Record] = []
        """What the broker has acknowledged and is not marked yet."""
        self._paused: dict[str, Pause] = {}
        self._measured: set[str] = set()
        self._task: asyncio.Task[None] | None = None
        self._notifying: asyncio.Task[None] | None = None
        self._prepared_on = ""
        self._spent: KafkaError | None = None
        self._stopping = False
        self._read_all = True
        """False where more may wait than was read last: a topic was left out, or is left."""
        self.holding = False
        self.last_progress = time.monotonic()
        self.published = 0
        """Events that the broker has acknowledged and that are marked so."""

    def wake(self) -> None:
        """Events wait. Another process may hold the lock, so it is told through the database."""
        self._woken.set()
        if not self.holding and (self._notifying is None or self._notifying.done()):
            self._notifying = asyncio.create_task(self._notify())

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self, drain_seconds: float) -> None:
        """Publish what waits, as far as the time allows, then let go of the lock."""
        self._stopping = True
        self._woken.set()
        if self._task is not None:
            try:
                await asyncio.wait_for(self._task, drain_seconds)
            except TimeoutError:
                log.warning("relay.not_drained")

    async def _notify(self) -> None:
        try:
            connection = await self._connect()
            try:
                await connection.execute("SELECT pg_notify($1, '')", self._channel)
            finally:
                await connection.close()
        except (OSError, asyncpg.PostgresError):
            log.info("relay.notify_failed")  # the holder polls as a fall-back

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._hold()
            except Exception as error:
                # Whatever it was: a relay that gave up would look alive and publish nothing.
                log.warning("relay.interrupted", exc_info=error)
                await asyncio.sleep(0.5)
            finally:
                self.holding = False

    async def _connect(self) -> asyncpg.Connection[asyncpg.Record]:
        settings = self._settings
        return await asyncpg.connect(
            host=settings.database_host,
            port=settings.database_port,
            database=settings.database_name,
            user=settings.database_user,
            password=settings.database_password.get_secret_value(),
            ssl=ssl_of(settings),
            timeout=5,
            command_timeout=_COMMAND_TIMEOUT,
            server_settings={
                "application_name": f"{self._service}-relay",
                # A stopped process loses its session, and with it the lock, to its successor.
                "idle_session_timeout": str(settings.database_session_timeout_ms),
                "tcp_user_timeout": str(settings.database_session_timeout_ms),
                # A mark that a crash forgets sends a record again under its own id, no more.
                "synchronous_commit": "off",
            },
        )

    async def _hold(self) -> None:
        connection = await self._connect()
        try:
            if not await connection.fetchval(
                "SELECT pg_try_advisory_lock($1)", zlib.crc32(self._channel.encode())
            ):
                await asyncio.sleep(0.5)
                return
            self.holding = True
            await connection.add_listener(self._channel, lambda *_: self._woken.set())
            await self._publish_with(connection, _producer(self._settings))
        finally:
            for task in self._sending.values():
                task.cancel()
            self._sending.clear()
            self._sent.clear()
            await _close(connection)

    async def _publish_with(
        self, connection: asyncpg.Connection[asyncpg.Record], producer: AIOKafkaProducer
    ) -> None:
        try:
            await producer.start()
            await self._publish(connection, producer)
        finally:
            await producer.stop()  # also one that could not start

    async def _publish(
        self, connection: asyncpg.Connection[asyncpg.Record], producer: AIOKafkaProducer
    ) -> None:
        while True:
            await self._prepare_days(connection)
            self._woken.clear()
            found = await self._start_sending(connection, producer)
            if self._stopping and not found and not self._sending:
                return
            await self._wait_for_more()
            if self._spent is not None:
                spent, self._spent = self._spent, None
                await self._finish_sending(connection)
                raise spent  # a new producer begins anew

    async def _wait_for_more(self) -> None:
        """Until more may wait: somebody said so, time has passed, or not all was read before."""
        ready = False
        while not ready:
            ready = await self._wait() or self._stopping
            self._collect()
            ready = ready or self._woken.is_set() or not self._read_all

    async def _finish_sending(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Let other topics' sends end, so that they are not sent twice for a stranger's fault."""
        if self._sending:
            await asyncio.wait(self._sending.values())
            self._collect()
        await self._mark_and_read(connection, [], 0)

    async def _start_sending(
        self, connection: asyncpg.Connection[asyncpg.Record], producer: AIOKafkaProducer
    ) -> bool:
        now = time.monotonic()
        held_back = [*self._sending, *(t for t, p in self._paused.items() if p.until > now)]
        rows = await self._mark_and_read(connection, held_back, ROUND)
        self._read_all = not held_back and len(rows) < ROUND
        by_topic: dict[str, list[asyncpg.Record]] = defaultdict(list)
        for row in rows:
            by_topic[row["topic"]].append(row)
        for topic, waiting in by_topic.items():
            self._sending[topic] = asyncio.create_task(self._send(producer, topic, waiting))
        return bool(rows)

    async def _mark_and_read(
        self, connection: asyncpg.Connection[asyncpg.Record], held_back: list[str], limit: int
    ) -> list[asyncpg.Record]:
        """Mark what was sent, and read what waits of other topics than these."""
        outbox = f"{self._service}.outbox"
        read = (
            f"SELECT day, seq, topic, key, headers, value, event_type FROM {outbox} "  # noqa: S608 - our own schema name
            "WHERE sent_at IS NULL AND topic <> ALL($1) {besides} ORDER BY seq LIMIT $2"
        )
        sent = self._sent
        if not sent:
            return await connection.fetch(read.format(besides=""), held_back, limit)
        # The read sees rows as they were before the mark: it leaves these out by their numbers.
        rows = await connection.fetch(
            f"WITH marked AS (UPDATE {outbox} AS o SET sent_at = now() "  # noqa: S608 - our own schema name
            "FROM unnest($3::date[], $4::bigint[]) AS s(day, seq) "
            "WHERE o.day = s.day AND o.seq = s.seq) " + read.format(besides="AND seq <> ALL($4)"),
            held_back,
            limit,
            [row["day"] for row in sent],
            [row["seq"] for row in sent],
        )
        self.published += len(sent)
        self._sent = []
        return rows

    async def _wait(self) -> bool:
        """Until a topic's sends end or somebody wakes us; True where only time has passed."""
        self.last_progress = time.monotonic()
        waits: set[asyncio.Future[Any]] = set(self._sending.values())
        woken = asyncio.ensure_future(self._woken.wait())
        done, _ = await asyncio.wait(
            {*waits, woken},
            timeout=_MARK_SECONDS if self._sent else _POLL_SECONDS,
            return_when=asyncio.FIRST_COMPLETED,
        )
        if woken not in done:
            woken.cancel()
        return not done

    async def _send(
        self, producer: AIOKafkaProducer, topic: str, rows: list[asyncpg.Record]
    ) -> list[asyncpg.Record]:
        """Send a topic's rows in order; give back those before the first that failed."""
        alone = topic in self._paused
        step = 1 if alone else len(rows)
        tried = rows[:_ONE_BY_ONE] if alone else rows
        acknowledged = 0
        if alone:
            self._read_all = False
        try:
            async with asyncio.timeout(_SEND_TIMEOUT):
                for start in range(0, len(tried), step):
                    sends = [await _send_row(producer, row) for row in tried[start : start + step]]
                    for send in sends:
                        await send
                        acknowledged += 1
            self._paused.pop(topic, None)
        except Exception as error:
            # Also what no client should raise: one row must not stop the other topics.
            self._read_all = False
            failed = rows[acknowledged] if acknowledged < len(rows) else None
            if acknowledged and alone and isinstance(error, TimeoutError):
                self._paused.pop(topic)  # it moves
            else:
                self._paused.setdefault(topic, Pause()).longer(error, failed, alone=alone)
                log.warning("relay.topic_paused", topic=topic, exc_info=error)
            if isinstance(error, SPENT):
                self._spent = error
        return rows[:acknowledged]

    def _collect(self) -> None:
        """Take over what sends that have ended have sent."""
        for topic in [topic for topic, task in self._sending.items() if task.done()]:
            rows = self._sending.pop(topic).result()
            _published.add(len(rows), {"messaging.destination.name": topic})
            self._sent += rows

    async def _prepare_days(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Make the partitions of the coming days and drop those past the retention time."""
        today = time.strftime("%Y-%m-%d", time.gmtime())
        if today == self._prepared_on:
            return
        try:
            await connection.execute(
                f"SELECT {self._service}.keep_outbox_days($1)",
                self._settings.outbox_retention_days,
            )
        except asyncpg.PostgresError as error:
            # Rows without a day of their own lie in the rest: publishing goes on.
            log.error("relay.days_not_kept", exc_info=error)
        self._prepared_on = today

    @property
    def alive(self) -> bool:
        """False once it has ended, though nobody stopped it."""
        return self._task is None or not self._task.done()

    def alarms(self) -> list[str]:
        """Topics that hold back what was said, and why; the broker's or one record's fault."""
        found = (pause.alarm(topic) for topic, pause in sorted(self._paused.items()))
        return [alarm for alarm in found if alarm]

    async def waiting(self, connection: AsyncConnection) -> int:
        """How many events wait to be published, but for topics that hold them back."""
        found = await connection.execute(
            text(
                f"SELECT count(*) FROM {self._service}.outbox "  # noqa: S608 - our own schema name
                "WHERE sent_at IS NULL AND topic <> ALL(:paused)"
            ),
            {"paused": list(self._paused)},
        )
        return int(found.scalar_one())

    async def measure(self, connection: Any) -> None:
        """Depth and age of what waits, and topics that are held, for the metrics."""
        for topic in self._measured | self._paused.keys():
            pause = self._paused.get(topic)
            seconds = time.monotonic() - pause.since if pause else 0.0
            _held.set(seconds, {"messaging.destination.name": topic})
        self._measured = set(self._paused)
        row = await connection.fetchrow(
            "SELECT count(*) AS depth, coalesce(extract(epoch FROM now() - min(recorded_at)), 0) "  # noqa: S608 - our own schema name
            f"AS age FROM {self._service}.outbox WHERE sent_at IS NULL"
        )
        _depth.set(row["depth"])
        _age.set(float(row["age"]))


async def _close(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    try:
        await connection.close(timeout=_COMMAND_TIMEOUT)
    except (
        OSError,
        asyncpg.PostgresError,
        asyncpg.InterfaceError,
        asyncpg.InternalClientError,  # it was ended under us in the middle of something
    ):
        connection.terminate()


def _producer(settings: Settings) -> AIOKafkaProducer:
    producer = AIOKafkaProducer(
        **connection_options(settings),
        enable_idempotence=True,
        acks="all",
        linger_ms=2,
        max_batch_size=256 * 1024,
        request_timeout_ms=5_000,
        metadata_max_age_ms=30_000,
    )
    # A batch that expires while the broker is away would be passed by the next one of its
    # partition. It waits instead; the relay sends its rows again behind it.
    producer._message_accumulator._batch_ttl = float("inf")
    return producer


async def _send_row(producer: AIOKafkaProducer, row: asyncpg.Record) -> asyncio.Future[Any]:
    headers = [(name, value.encode()) for name, value in orjson.loads(row["headers"])]
    sent: asyncio.Future[Any] = await producer.send(
        row["topic"], key=row["key"].encode(), value=row["value"], headers=headers
    )
    return sent
