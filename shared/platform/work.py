"""A unit of work: one transaction in which state changes, events, clocks and audit go together."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.envelope import Envelope
from shared.contracts.event import Event
from shared.platform import outbox
from shared.platform.database import Database
from shared.platform.dates import london_date
from shared.platform.identifiers import new_id
from shared.platform.policy import Policies
from shared.platform.settings import Settings
from shared.platform.tables import PlatformTables
from shared.platform.telemetry import current_traceparent


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
        self.announced: list[Envelope] = []
        self.outgoing: list[dict[str, Any]] = []
        """Outbox rows with headers and bodies of their own (agencies' feeds)."""
        self.leaving = False
        """True where something waits to leave, though nothing was announced (a message)."""

    @property
    def today(self) -> date:
        """The calendar date in London."""
        return london_date(self.now)

    def announce(self, event: Event, *, id: UUID | None = None) -> UUID:
        """Say an event when this work commits. Derived facts bring the id that follows from it."""
        envelope = Envelope(id or new_id(), self.now, event, current_traceparent())
        self.announced.append(envelope)
        return envelope.id

    async def set_clock(
        self, rule: str, subject_id: UUID, due_at: datetime, *, partnership: str, clause: str
    ) -> None:
        """Let something fall due; a running clock of the same rule and subject is replaced."""
        await self.cancel_clock(rule, subject_id)
        await self.session.execute(
            insert(self.tables.clock).values(
                id=new_id(),
                rule=rule,
                subject_id=subject_id,
                partnership=partnership,
                due_at=due_at,
                clause=clause,
                state="waiting",
                traceparent=current_traceparent(),
                set_at=self.now,
            )
        )

    async def cancel_clock(self, rule: str, subject_id: UUID) -> None:
        """Stop the running clock of a rule and subject, if there is one."""
        clock = self.tables.clock
        await self.session.execute(
            update(clock)
            .where(clock.c.rule == rule, clock.c.subject_id == subject_id)
            .where(clock.c.state == "waiting")
            .values(state="cancelled", settled_at=self.now)
        )

    async def audit(
        self, who: str, did: str, subject: object, *, partnership: str, why: str | None = None
    ) -> None:
        """Record who did or read what; subjects are ids of ours, reasons are words people chose."""
        await self.session.execute(
            insert(self.tables.audit).values(
                id=new_id(),
                at=self.now,
                who=who,
                did=did,
                subject=str(subject),
                partnership=partnership,
                why=why,
            )
        )


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

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Work]:
        """One transaction: commits with its events on leaving, rolls back on any exception."""
        async with self.database.sessions() as session:
            work = Work(session, self.tables, self.policies, self.clock(), self.settings)
            yield work
            if work.announced or work.outgoing:
                await session.flush()
                rows = [*map(outbox.row_of_event, work.announced), *work.outgoing]
                await outbox.write_rows(session, self.tables.outbox, rows)
            await session.commit()
        if work.announced or work.outgoing or work.leaving:
            self.after_commit()
