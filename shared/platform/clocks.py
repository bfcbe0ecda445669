"""Clocks: what falls due is a table row, and is acted on once, by the service that owns it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select, text, update

from shared.platform import bulk
from shared.platform.database import may_pass
from shared.platform.telemetry import log, meter, span
from shared.platform.work import Work, Works

_TICK_SECONDS = 0.5
_IN_A_TICK = 100
_MOST_TOGETHER = 200
"""How many clocks one transaction takes at most."""
_LONGEST_SECONDS = 0.25
"""After a longer transaction the next ones are smaller: what it holds others wait for."""
_TOLERATED_SECONDS = 30
_WAITS_FOR_OTHERS = "SET LOCAL lock_timeout = '300ms'"
"""Many clocks do not wait for what people or records hold, who may wait for these clocks: they are
fired one by one instead, before the database has to stop one of both."""
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
        self._at_once = 1
        """How many clocks the next transaction takes."""

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
        """Fire the clocks that are due, a hundred or some more at most; gives how many."""
        fired = 0
        while fired < _IN_A_TICK and (taken := await self._fire_together(self._at_once)):
            fired += taken
        return fired

    async def _fire_together(self, at_most: int) -> int:
        """Fire those that have been due longest in one transaction; gives how many were taken.

        Where one of them fails they are fired one by one, and that one is tried again later.
        """
        due: Sequence[Any] = ()
        began = time.monotonic()
        try:
            async with self._works.begin() as work:
                due = await self._due(work, at_most)
                await self._fire(work, due)
        except Exception as error:
            self._at_once = max(1, at_most // 2)
            if not due or may_pass(error):
                raise
            if due[1:]:
                log.warning("clocks.one_by_one", count=len(due), exc_info=error)
                return sum([await self._fire_together(1) for _ in due])
            log.error("clocks.failed", clock_id=str(due[0].id), exc_info=error)
            await self._put_off(due[0].id, due[0].tries)
        else:
            self._learn(at_most, len(due), time.monotonic() - began)
        return len(due)

    def _learn(self, at_most: int, taken: int, seconds: float) -> None:
        """The next transaction takes more where this one was quick, and fewer where it was not."""
        if seconds > _LONGEST_SECONDS:
            self._at_once = max(1, at_most // 2)
        elif taken == at_most:
            self._at_once = min(_MOST_TOGETHER, at_most * 2)

    async def _due(self, work: Work, at_most: int) -> Sequence[Any]:
        table = work.tables.clock
        if at_most > 1:
            await work.session.execute(text(_WAITS_FOR_OTHERS))
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
            .limit(at_most)
            .with_for_update(skip_locked=True)
        )
        return found.all()

    async def _fire(self, work: Work, due: Sequence[Any]) -> None:
        """Fire clocks in their order, each as if alone: what one has stopped does not fire."""
        await _settle(work, due, "fired")
        stopped = []
        for row in due:
            if (row.rule, row.subject_id) in work.moved_clocks:
                stopped.append(row)
            else:
                await work.catch_up_rows()  # what one has left for later the next may look for
                await self._fire_one(work, row)
        await _settle(work, stopped, "cancelled")

    async def _fire_one(self, work: Work, row: Any) -> None:
        work.follow(row.id, row.due_at)  # after a restored backup it says the same again
        # A new trace, linked to the act that set the clock perhaps months ago.
        with span(
            f"clock {row.rule}", links=[row.traceparent], attributes={"clock.rule": row.rule}
        ):
            await self._rules[row.rule](work, _told(row))

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


async def _settle(work: Work, due: Sequence[Any], state: str) -> None:
    if due:
        table = work.tables.clock
        await work.session.execute(
            update(table)
            .where(bulk.one_of(table.c.id, [row.id for row in due]))
            .values(state=state, settled_at=work.now)
        )


def _told(row: Any) -> Due:
    return Due(row.rule, row.subject_id, row.partnership, row.due_at, row.clause)
