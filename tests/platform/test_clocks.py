"""Clocks fire once, many in one transaction, each as if it were alone."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from opentelemetry.sdk.trace import TracerProvider
from sqlalchemy import text

from shared.contracts.envelope import Envelope
from shared.platform import clocks, telemetry
from shared.platform.clocks import Due, OnDue
from shared.platform.work import Work
from tests.platform.test_delivery import handed_over
from tests.stage import World


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def let_fall_due(world: World, on_due: OnDue, *subjects: UUID) -> None:
    """Clocks of one rule, all due by now, in this order."""
    world.runtime.clocks._rules = {"a_rule": on_due}
    async with world.works.begin() as work:
        for seconds, subject in enumerate(subjects):
            due_at = work.now + timedelta(seconds=seconds)
            work.set_clock("a_rule", subject, due_at, partnership="x", clause="c")
    world.clock.forward(hours=1)


async def tell(work: Work, _: Due) -> None:
    """What a clock of a test does: say something, and set a row beside it."""
    work.announce(handed_over())
    work.audit("a_rule", "fired", work.new_id(), partnership="x")


async def test_a_clock_fires_once_when_it_is_due_and_a_new_one_replaces_it(world: World) -> None:
    fired: list[UUID] = []

    async def on_due(_: Work, due: Any) -> None:
        fired.append(due.subject_id)

    world.runtime.clocks._rules = {"a_rule": on_due}
    subject = uuid4()
    async with world.works.begin() as work:
        for hours in (1, 3):
            work.set_clock(
                "a_rule", subject, work.now + timedelta(hours=hours), partnership="x", clause="c"
            )
    world.clock.forward(hours=2)
    assert await world.tick() == 0
    world.clock.forward(hours=2)
    assert await world.tick() == 1
    assert await world.tick() == 0
    assert fired == [subject]


async def test_a_cancelled_clock_does_not_fire(world: World) -> None:
    async with world.works.begin() as work:
        subject = uuid4()
        work.set_clock("handover_unacknowledged", subject, work.now, partnership="x", clause="c")
        work.cancel_clock("handover_unacknowledged", subject)
    world.clock.forward(hours=1)
    assert await world.tick() == 0


async def test_a_clock_whose_act_fails_is_tried_again_and_holds_no_other_up(
    world: World,
) -> None:
    fired: list[UUID] = []
    broken, sound = uuid4(), uuid4()

    async def on_due(_: Work, due: Any) -> None:
        if due.subject_id == broken and not fired[1:]:
            raise ValueError
        fired.append(due.subject_id)

    world.runtime.clocks._rules = {"a_rule": on_due}
    async with world.works.begin() as work:
        for subject in (broken, sound):
            work.set_clock("a_rule", subject, work.now, partnership="x", clause="c")
    await world.tick()
    assert fired == [sound]
    fired.append(sound)
    world.clock.forward(minutes=1)
    await world.tick()
    assert fired[-1] == broken


async def test_many_clocks_that_are_due_fire_in_few_transactions(world: World) -> None:
    works: list[Work] = []

    async def on_due(work: Work, _: Due) -> None:
        works.append(work)

    await let_fall_due(world, on_due, *(uuid4() for _ in range(60)))
    assert await world.tick() == 60
    # One, two, four ...: the next takes twice as many while they are quick.
    assert len({id(work) for work in works}) < 60
    assert await world.tick() == 0


async def test_each_of_many_says_what_it_would_say_alone_in_a_trace_of_its_own(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telemetry, "_tracer", TracerProvider().get_tracer("a test"))
    await let_fall_due(world, tell, *(uuid4() for _ in range(5)))
    world.runtime.clocks._at_once = 8
    await world.tick()
    async with world.works.begin() as work:
        await work.session.execute(work.tables.audit.delete())
        await work.session.execute(work.tables.clock.update().values(state="waiting"))
    monkeypatch.setattr(clocks, "_MOST_TOGETHER", 1)
    world.runtime.clocks._at_once = 1
    await world.tick()
    told = await world.envelopes()
    together, alone = told[:5], told[5:]
    assert [one.id for one in together] == [one.id for one in alone]
    assert len({_trace(one) for one in together}) == 5


async def test_one_of_many_that_fails_leaves_nothing_and_holds_no_other_up(world: World) -> None:
    broken, sound = uuid4(), [uuid4() for _ in range(4)]
    mended = False

    async def on_due(work: Work, due: Due) -> None:
        await tell(work, due)
        if due.subject_id == broken and not mended:
            raise ValueError

    await let_fall_due(world, on_due, *sound[:2], broken, *sound[2:])
    world.runtime.clocks._at_once = 8
    await world.tick()
    assert len(await world.said()) == len(await world.audited()) == 4
    mended = True
    world.clock.forward(minutes=1)
    assert await world.tick() == 1
    assert len(await world.said()) == len(await world.audited()) == 5


async def test_a_clock_that_an_earlier_one_has_stopped_does_not_fire_with_it(world: World) -> None:
    first, stopped, set_again = uuid4(), uuid4(), uuid4()
    fired: list[UUID] = []

    async def on_due(work: Work, due: Due) -> None:
        fired.append(due.subject_id)
        if due.subject_id == first:
            later = work.now + timedelta(hours=1)
            work.cancel_clock("a_rule", stopped)
            work.set_clock("a_rule", set_again, later, partnership="x", clause="c")

    await let_fall_due(world, on_due, first, stopped, set_again)
    world.runtime.clocks._at_once = 8
    await world.tick()
    assert fired == [first]
    world.clock.forward(hours=2)
    await world.tick()
    assert fired == [first, set_again]
    assert await _states(world) == ["cancelled", "cancelled", "fired", "fired"]


async def test_many_clocks_do_not_wait_for_what_others_hold(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever holds it may wait for one of these clocks: then the database would stop one."""
    monkeypatch.setattr(clocks, "_WAITS_FOR_OTHERS", "SET LOCAL lock_timeout = '50ms'")
    free, held = uuid4(), uuid4()
    fired: list[UUID] = []
    let_go = asyncio.Event()

    async def on_due(work: Work, due: Due) -> None:
        if due.subject_id == held:
            await work.session.execute(text("SELECT pg_advisory_xact_lock(7)"))
        fired.append(due.subject_id)

    async def hold() -> None:
        async with world.works.begin() as work:
            await work.session.execute(text("SELECT pg_advisory_xact_lock(7)"))
            await let_go.wait()

    holder = asyncio.create_task(hold())
    await let_fall_due(world, on_due, free, held)
    world.runtime.clocks._at_once = 8
    ticking = asyncio.create_task(world.tick())
    while await _states(world) != ["fired", "waiting"]:  # noqa: ASYNC110 - another transaction's
        await asyncio.sleep(0.02)
    let_go.set()
    await asyncio.gather(ticking, holder)
    assert await _states(world) == ["fired", "fired"]
    assert fired == [free, free, held]  # its first time was rolled back


async def _states(world: World) -> list[str]:
    async with world.works.begin() as work:
        clock = work.tables.clock
        rows = await work.session.scalars(clock.select().with_only_columns(clock.c.state))
        return sorted(rows)


def _trace(one: Envelope) -> str:
    assert one.traceparent is not None
    return one.traceparent.split("-")[1]
