"""A unit of work: one transaction in which state changes, events, clocks and audit go together."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID, uuid5

from opentelemetry.trace import SpanKind
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.platform import bulk, outbox
from shared.platform.database import Database, driver_of
from shared.platform.dates import london_date
from shared.platform.identifiers import Drawn, Following, Ids
from shared.platform.policy import Policies
from shared.platform.settings import Settings
from shared.platform.tables import PlatformTables
from shared.platform.telemetry import current_traceparent, span

C = TypeVar("C")


@dataclass(frozen=True, slots=True)
class Incoming(Generic[C]):
    """A record that was read: its identity for the inbox, and what it carries."""

    source: str
    event_id: UUID
    event_type: str
    topic: str
    at: datetime
    """When it was said, or written to the broker's log."""
    content: C
    traceparent: str | None = None
    link: str | None = None
    """A partner's own trace: kept as a link, never as the parent of ours."""


class Work:
    """What a handler works with: the session, the time, the policies, and what it announces."""

    def __init__(
        self,
        session: AsyncSession,
        tables: PlatformTables,
        policies: Policies,
        now: datetime,
        settings: Settings | None = None,
    ) -> None:
        self.session = session
        self.tables = tables
        self.policies = policies
        self.now = now
        self.settings = settings
        self._announced: list[Envelope] = []
        self.outgoing: list[dict[str, Any]] = []
        """Outbox rows with headers and bodies of their own (agencies' feeds)."""
        self.leaving = False
        """True where rows of the outbox were written."""
        self.queued = False
        """True where something waits for who works beside the service (a mail for its sender)."""
        self._numbered: dict[Any, list[Mapping[str, Any]]] = {}
        self.ahead: dict[tuple[object, ...], Any] = {}
        """What a store has read for a whole batch at once, by what it answers (None: nothing)."""
        self._later: dict[tuple[Any, tuple[str, ...]], dict[Any, Mapping[str, Any]]] = {}
        self._clocks: dict[tuple[str, UUID], dict[str, Any] | None] = {}
        self.moved_clocks: set[tuple[str, UUID]] = set()
        """Rules and subjects whose clock this work has set or cancelled."""
        self._ids: Ids = Drawn()

    @property
    def today(self) -> date:
        """The calendar date in London."""
        return london_date(self.now)

    def new_id(self) -> UUID:
        """An id for a new row; it follows from the record that is being taken, where one is."""
        return self._ids.new_id()

    def new_reference(self, prefix: str) -> str:
        """A reference that people quote; it follows from the record as an id does."""
        return self._ids.new_reference(prefix)

    def follow(self, cause: UUID, at: datetime) -> None:
        """From now on ids follow from this cause, in each service to others."""
        self._ids = Following(uuid5(cause, self.tables.schema), at)

    @contextmanager
    def on(self, incoming: Incoming[Any]) -> Iterator[None]:
        """Let a record take effect: in its own trace, with ids that follow from it."""
        self.follow(incoming.event_id, incoming.at)
        with span(
            f"process {incoming.event_type}",
            parent=incoming.traceparent,
            links=[incoming.link],
            kind=SpanKind.CONSUMER,
            attributes={
                "messaging.destination.name": incoming.topic,
                "event.type": incoming.event_type,
                "event.id": str(incoming.event_id),
            },
            own_trace=True,
        ):
            yield

    def announce(self, event: Event, *, id: UUID | None = None) -> UUID:
        """Say an event when this work commits. Derived facts bring the id that follows from it."""
        envelope = Envelope(id or self.new_id(), self.now, event, current_traceparent())
        self._announced.append(envelope)
        return envelope.id

    def later(
        self, table: Any, row: Mapping[str, Any], *, replace_by: tuple[str, ...] = ()
    ) -> None:
        """Insert a row with all others of its table before this work ends, or `catch_up` is said.

        Tables are written in the order of their first rows: one that is referred to comes first.
        With `replace_by`, the key, a row takes the place of the one that has the same key.
        """
        rows = self._later.setdefault((table, replace_by), {})
        rows[tuple(row[name] for name in replace_by) or len(rows)] = row

    def numbered(self, table: Any, rows: Sequence[Mapping[str, Any]]) -> None:
        """Insert rows at the end of this work; their numbers follow the order of commits."""
        self._numbered.setdefault(table, []).extend(rows)

    async def catch_up(self) -> None:
        """Write what was left for later, so that queries find it."""
        await self._move_clocks()
        await self.catch_up_rows()

    async def catch_up_rows(self) -> None:
        """The same but for clocks, which only the end of this work looks for."""
        await bulk.insert_all(self.session, self._left())

    async def write_all(self) -> None:
        """Write everything: what was left for later, and behind locks what is numbered or leaves.

        The locks are held until the commit: this comes last.
        """
        await self._move_clocks()
        if self.session.new or self.session.dirty or self.session.deleted:
            await self.catch_up_rows()
            await self.session.flush()
        await bulk.insert_all(self.session, [*self._left(), *self._last()])

    async def write_what_was_read(self) -> None:
        """Write lines of the audit, and what is announced of a read: together, or nothing of it.

        Raises TypeError for anything else: a unit of work that reads changes nothing.
        """
        session = self.session
        if self._clocks or session.new or session.dirty or session.deleted:
            raise TypeError("a read changes nothing")
        rows = [*self._left(), *self._last()]
        if bulk.one_statement(rows):
            await bulk.insert_all(session, rows)
            return
        async with (await driver_of(session)).transaction():
            await bulk.insert_all(session, rows)

    def _left(self) -> list[bulk.Rows]:
        left = [
            bulk.Rows(table, list(rows.values()), key) for (table, key), rows in self._later.items()
        ]
        self._later.clear()
        return left

    def _last(self) -> list[bulk.Rows]:
        """Numbered rows, then those of the outbox: always in this order, so that nobody locks
        in another."""
        last = [
            bulk.Rows(table, rows, locks=[(_space_of(table), 0)])
            for table, rows in self._numbered.items()
        ]
        self._numbered.clear()
        if leaving := [*map(outbox.row_of_event, self._announced), *self.outgoing]:
            last.append(outbox.to_write(self.tables.outbox, leaving))
            self._announced.clear()
            self.outgoing.clear()
            self.leaving = True
        return last

    def set_clock(
        self, rule: str, subject_id: UUID, due_at: datetime, *, partnership: str, clause: str
    ) -> None:
        """Let something fall due; a running clock of the same rule and subject is replaced."""
        self.moved_clocks.add((rule, subject_id))
        self._clocks[rule, subject_id] = {
            "id": self.new_id(),
            "rule": rule,
            "subject_id": subject_id,
            "partnership": partnership,
            "due_at": due_at,
            "clause": clause,
            "state": "waiting",
            "traceparent": current_traceparent(),
            "set_at": self.now,
        }

    def cancel_clock(self, rule: str, subject_id: UUID) -> None:
        """Stop the running clock of a rule and subject, if there is one."""
        self.moved_clocks.add((rule, subject_id))
        self._clocks[rule, subject_id] = None

    async def _move_clocks(self) -> None:
        """Stop the clocks that were set anew or cancelled, and leave new ones for later."""
        if not self._clocks:
            return
        driver = await driver_of(self.session)
        await driver.execute(
            f"UPDATE {self.tables.schema}.clock AS c SET state = 'cancelled', settled_at = $1 "  # noqa: S608 - our own schema name
            "FROM unnest(CAST($2 AS text[]), CAST($3 AS uuid[])) AS moved(rule, subject_id) "
            "WHERE c.rule = moved.rule AND c.subject_id = moved.subject_id AND c.state = 'waiting'",
            self.now,
            [rule for rule, _ in self._clocks],
            [subject_id for _, subject_id in self._clocks],
        )
        for row in self._clocks.values():
            if row is not None:
                self.later(self.tables.clock, row)
        self._clocks.clear()

    def audit(
        self, who: str, did: str, subject: object, *, partnership: str, why: str | None = None
    ) -> None:
        """Record who did or read what; subjects are ids of ours, reasons are words people chose."""
        self.later(
            self.tables.audit,
            {
                "id": self.new_id(),
                "at": self.now,
                "who": who,
                "did": did,
                "subject": str(subject),
                "partnership": partnership,
                "why": why,
            },
        )


def _space_of(table: Any) -> int:
    """The space of the lock that a table's numbers are given under."""
    return zlib.crc32(table.__table__.fullname.encode()) % 2**31


class Works:
    """Where units of work come from. The clock is a parameter so that tests can set it."""

    def __init__(
        self,
        database: Database,
        tables: PlatformTables,
        policies: Policies,
        *,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        settings: Settings | None = None,
    ) -> None:
        self.database = database
        self.tables = tables
        self.policies = policies
        self.clock = clock
        self.settings = settings
        self.after_commit: Callable[[], None] = lambda: None
        """Told that the outbox has grown."""
        self.after_queueing: Callable[[], None] = lambda: None
        """Told that something waits for who works beside the service."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """One transaction: commits with its events on leaving, rolls back on any exception."""
        async with self.database.sessions() as session:
            work = self._work(session)
            yield work
            await work.write_all()
            await session.commit()
        self._tell_of(work)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Work]:
        """Reads, each statement by itself, and at the end what is noted of them, in one piece."""
        async with self.database.readers() as session:
            work = self._work(session)
            yield work
            await work.write_what_was_read()
        self._tell_of(work)

    def _work(self, session: AsyncSession) -> Work:
        return Work(session, self.tables, self.policies, self.clock(), self.settings)

    def _tell_of(self, work: Work) -> None:
        if work.leaving:
            self.after_commit()
        if work.queued:
            self.after_queueing()
