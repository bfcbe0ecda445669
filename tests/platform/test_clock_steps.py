"""The time of day is set, forwards and backwards: nothing is lost, nothing twice, order stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
from sqlalchemy import text

from deploy.local.database import DATABASE, owner_of
from shared.contracts.intake import ConcernRedirected
from shared.platform.clocks import disagreement
from shared.platform.work import Work
from tests.platform.test_delivery import handed_over
from tests.stage import NOON, Stage, World


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def test_the_outbox_keeps_the_order_of_saying_though_the_day_went_back(world: World) -> None:
    for number, days in enumerate((0, 5, -3, 1)):
        world.clock.now = NOON + timedelta(days=days)
        async with world.works.begin() as work:
            work.announce(handed_over().model_copy(update={"reference": str(number)}))
    said = await world.said(ConcernRedirected)
    assert [event.reference for event in said] == ["0", "1", "2", "3"]


async def test_a_clock_that_was_days_fast_does_not_keep_later_days_from_being_made(
    world: World, stage: Stage
) -> None:
    """Its rows lie in the rest; a partition for their day cannot be made beside them."""
    connection = await asyncpg.connect(
        host=stage.postgres.host, port=stage.postgres.port, database=DATABASE,
        user=owner_of("intake"), password=stage.roles[owner_of("intake")],
    )  # fmt: skip
    try:
        tomorrow = await connection.fetchval("SELECT to_char(now() + interval '1 day', 'YYYYMMDD')")
        await connection.execute(f"DROP TABLE IF EXISTS intake.outbox_{tomorrow}")
        async with world.works.begin() as work:
            now: Any = (await work.session.execute(text("SELECT now()"))).scalar_one()
        world.clock.now = now + timedelta(days=1)
        async with world.works.begin() as work:
            work.announce(handed_over())
        assert await connection.fetchval("SELECT count(*) FROM intake.outbox_rest") == 1
        await connection.execute("SELECT intake.keep_outbox_days(14)")
        assert len(await world.outbox()) == 1
        await connection.execute("UPDATE intake.outbox SET sent_at = now() - interval '15 days'")
        await connection.execute("SELECT intake.keep_outbox_days(14)")
        assert await world.outbox() == []
    finally:
        await connection.execute("DELETE FROM intake.outbox_rest")
        await connection.execute("SELECT intake.keep_outbox_days(14)")
        await connection.close()


async def test_a_clock_fires_once_though_the_time_of_day_goes_forwards_and_back(
    world: World,
) -> None:
    fired: list[Any] = []

    async def on_due(_: Work, due: Any) -> None:
        fired.append(due.subject_id)

    world.runtime.clocks._rules = {"a_rule": on_due}
    async with world.works.begin() as work:
        due_at = work.now + timedelta(hours=1)
        work.set_clock("a_rule", uuid4(), due_at, partnership="x", clause="c")
    for hours in (3, -3, 2, -26, 30):
        world.clock.forward(hours=hours)
        await world.tick()
    assert len(fired) == 1


async def test_a_clock_that_was_put_off_by_a_fast_time_of_day_is_tried_when_it_is_right_again(
    world: World,
) -> None:
    fired: list[Any] = []
    broken = True

    async def on_due(_: Work, due: Any) -> None:
        if broken:
            raise ValueError
        fired.append(due.subject_id)

    world.runtime.clocks._rules = {"a_rule": on_due}
    async with world.works.begin() as work:
        work.set_clock("a_rule", uuid4(), work.now, partnership="x", clause="c")
    world.clock.forward(hours=3)
    await world.tick()
    broken = False
    world.clock.forward(hours=-3)
    await world.tick()
    assert len(fired) == 1


async def test_what_a_clock_says_follows_from_it_so_that_a_restored_one_says_the_same(
    world: World,
) -> None:
    async def on_due(work: Work, _: Any) -> None:
        work.announce(handed_over())

    world.runtime.clocks._rules = {"a_rule": on_due}
    async with world.works.begin() as work:
        work.set_clock("a_rule", uuid4(), work.now, partnership="x", clause="c")
    await world.tick()
    async with world.works.begin() as work:
        await work.session.execute(work.tables.clock.update().values(state="waiting"))
    await world.tick()
    first, second = await world.envelopes()
    assert first.id == second.id


@pytest.mark.parametrize(
    ("seconds", "alarm"),
    [
        (5, None),
        (-5, None),
        (300, "our clock is 300 s before the database's"),
        (-7200, "our clock is 7200 s behind the database's"),
    ],
)
def test_a_clock_that_is_not_the_databases_raises_an_alarm(seconds: int, alarm: str | None) -> None:
    assert disagreement(NOON + timedelta(seconds=seconds), NOON) == alarm
