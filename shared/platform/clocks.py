"""Clocks: what falls due is a table row, and is acted on once, by the service that owns it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, update

from shared.platform.database import may_pass
from shared.platform.telemetry import log, meter, span
from shared.platform.work import Work, Works

_TICK_SECONDS = 0.5
_AT_ONCE = 100
_TOLERATED_SECONDS = 30
_LONGEST_PAUSE = 600
"""Seconds after which a clock that fails is tried again at the latest."""


@dataclass(frozen=True, slots=True)
class Due:
    """A clock that has run out."""

    rule: str
    subject_id: UUID
    partnership: str
    due_at: datetime
    clause: str


OnDue = Callable[[Work, Due], Awaitable[None]]

_wrong = meter.create_gauge("clock.offset", unit="s", description="Our time less the database's")


def disagreement(ours: datetime, databases: datetime) -> str | None:
    """The alarm where our time of day is another than the database's: one of both is wrong."""
    seconds = (ours - databases).total_seconds()
    _wrong.set(seconds)
    if abs(seconds) < _TOLERATED_SECONDS:
        return None
    return (
        f"our clock is {abs(seconds):.0f} s {'before' if seconds > 0 else 'behind'} the database's"
    )


class Clocks:
    """Ticks until stopped; several processes may tick, a clock still fires once."""

    def __init__(self, works: Works, rules: Mapping[str, OnDue]) -> None:
        self._works = works
        self._rules = rules
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                while await self.tick():
                    pass
            except Exception as error:
                log.error("clocks.tick_failed", exc_info=error)
            await asyncio.sleep(_TICK_SECONDS)

    async def tick(self) -> int:
        """Fire the clocks that are due, each in a transaction of its own; gives how many."""
        fired = 0
        while fired < _AT_ONCE and await self._fire_next():
            fired += 1
        return fired

    async def _fire_next(self) -> bool:
        """Fire the clock that has been due longest; one that fails is tried again later."""
        failed: tuple[UUID, int] | None = None
        try:
            async with self._works.begin() as work:
                row = await self._due(work)
                if row is None:
                    return False
                failed = (row.id, row.tries)
                await self._fire(work, row)
        except Exception as error:
            if failed is None or may_pass(error):
                raise
            log.error("clocks.failed", clock_id=str(failed[0]), exc_info=error)
            await self._put_off(*failed)
        return True

    async def _due(self, work: Work) -> Any:
        table = work.tables.clock
        found = await work.session.execute(
            select(table)
            .where(table.c.state == "waiting", table.c.due_at <= work.now)
            .where(
                or_(
                    table.c.try_after.is_(None),
                    table.c.try_after <= work.now,
                    # Nobody puts off for so long: the time of day was wrong when it was put off.
                    table.c.try_after > work.now + timedelta(seconds=2 * _LONGEST_PAUSE),
                )
            )
            .where(table.c.rule.in_(list(self._rules)))
            .order_by(table.c.due_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        return found.one_or_none()

    async def _fire(self, work: Work, row: Any) -> None:
        table = work.tables.clock
        await work.session.execute(
            update(table).where(table.c.id == row.id).values(state="fired", settled_at=work.now)
        )
        due = Due(row.rule, row.subject_id, row.partnership, row.due_at, row.clause)
        work.follow(row.id, row.due_at)  # after a restored backup it says the same again
        # A new trace, linked to the act that set the clock perhaps months ago.
        with span(
            f"clock {row.rule}", links=[row.traceparent], attributes={"clock.rule": row.rule}
        ):
            await self._rules[row.rule](work, due)

    async def _put_off(self, clock_id: UUID, tries: int) -> None:
        """Others are due as well: one that fails must not stand before them."""
        async with self._works.begin() as work:
            table = work.tables.clock
            pause = timedelta(seconds=min(2 ** (tries + 1), _LONGEST_PAUSE))
            await work.session.execute(
                update(table)
                .where(table.c.id == clock_id)
                .values(tries=tries + 1, try_after=work.now + pause)
            )
