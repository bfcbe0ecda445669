"""A unit of work that reads: each statement by itself, and what is noted of it in one piece."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import pytest
from asyncpg import NotNullViolationError
from sqlalchemy import func
from sqlmodel import select

from services.assessment.tables import FactRow, LocationRow
from shared.contracts.assessment import AssessmentRequestRefused
from shared.contracts.event import Event
from shared.platform import outbox
from shared.platform.database import driver_of
from shared.platform.work import Work
from tests.platform.test_bulk import home
from tests.stage import World


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("assessment")


def refusal() -> Event:
    return AssessmentRequestRefused(
        partnership="combined", request_id=uuid4(), rule="read.reason", clause="WX0"
    )


async def count(world: World, table: Any) -> int:
    async with world.works.begin() as work:
        return int(await work.session.scalar(select(func.count()).select_from(table)) or 0)


async def noted(world: World) -> tuple[int, int]:
    """Lines of the audit, and events that wait to be published."""
    tables = world.works.tables
    return await count(world, tables.audit), await count(world, tables.outbox)


async def test_a_read_is_in_no_transaction(world: World) -> None:
    async with world.works.read() as work:
        assert not (await driver_of(work.session)).is_in_transaction()
        seen = await work.session.scalars(select(FactRow))
        assert seen.all() == []
        assert not (await driver_of(work.session)).is_in_transaction()


async def test_a_transaction_on_a_connection_that_has_read_is_one_again(world: World) -> None:
    for _ in range(3):
        async with world.works.read() as work:
            await work.session.scalars(select(FactRow))
        with pytest.raises(LookupError):
            async with world.works.begin() as work:
                await (await driver_of(work.session)).execute(
                    "INSERT INTO assessment.audit SELECT $1, now(), 'who', 'did', 'it', 'combined'",
                    uuid4(),
                )
                raise LookupError
    assert await noted(world) == (0, 0)


@pytest.mark.parametrize("lines", [1, 25])
async def test_what_was_read_is_noted_whole(world: World, lines: int) -> None:
    async with world.works.read() as work:
        for number in range(lines):
            work.audit("who", "fact.read", number, partnership="combined")
        work.announce(refusal())
    assert await noted(world) == (lines, 1)


@pytest.mark.parametrize("lines", [1, 25])
async def test_a_read_whose_notes_cannot_be_written_leaves_none_of_them(
    world: World, lines: int
) -> None:
    with pytest.raises(NotNullViolationError):
        async with world.works.read() as work:
            for number in range(lines):
                work.audit("who", "fact.read", number, partnership="combined")
            work.outgoing.append(
                outbox.row_of(
                    event_id=uuid4(),
                    event_type=None,  # type: ignore[arg-type]  # what the table does not take
                    topic="fact.assessment.v1",
                    key="k",
                    headers=[],
                    value=b"{}",
                    at=work.now,
                )
            )
    assert await noted(world) == (0, 0)


async def test_a_read_that_fails_notes_nothing(world: World) -> None:
    with pytest.raises(LookupError):
        async with world.works.read() as work:
            work.audit("who", "fact.read", "it", partnership="combined")
            raise LookupError
    assert await noted(world) == (0, 0)


async def _row_of_the_orm(work: Work) -> None:
    work.session.add(LocationRow(**home()))


async def _clock(work: Work) -> None:
    work.set_clock("window", uuid4(), work.now, partnership="combined", clause="L5")


async def _changed_row(work: Work) -> None:
    row = (await work.session.scalars(select(LocationRow))).one()
    row.name = "Another House"


@pytest.mark.parametrize("change", [_row_of_the_orm, _clock, _changed_row])
async def test_a_read_changes_nothing(
    world: World, change: Callable[[Work], Awaitable[None]]
) -> None:
    async with world.works.begin() as work:
        work.later(LocationRow, home(id=uuid4(), reference="1-2"))
    with pytest.raises(TypeError, match="a read changes nothing"):
        async with world.works.read() as work:
            await change(work)
    async with world.works.begin() as work:
        [row] = (await work.session.scalars(select(LocationRow))).all()
        assert row.name == "Larchfield House"
