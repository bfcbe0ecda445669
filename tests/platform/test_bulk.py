"""Many rows in one statement, on a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from asyncpg import UniqueViolationError
from sqlmodel import col, select

from services.assessment.tables import FactRow, ItemRow, LocationRow
from shared.platform import bulk
from shared.platform.work import Work
from tests.stage import NOON, World

HOME = uuid4()


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    found = await stage_for("assessment")
    async with found.works.begin() as work:
        work.later(LocationRow, home())
    return found


def home(**changes: Any) -> dict[str, Any]:
    return {
        "id": HOME,
        "partnership": "combined",
        "provider_id": uuid4(),
        "reference": "1-1",
        "name": "Larchfield House",
        "category": "residential_home",
        "active": True,
        **changes,
    }


def fact(**changes: Any) -> dict[str, Any]:
    return {
        "event_id": uuid4(),
        "partnership": "combined",
        "location_id": HOME,
        "kind": "complaint",
        "series": "s",
        "reference": uuid4(),
        "occurred_on": date(2026, 11, 1),
        "known_at": NOON,
        "heard_at": NOON,
        "facts": {"theme": 'it\'s "falls", {a,b} and \\ more', "none": None},
        "label": None,
        "holders": ["agency:icb", 'odd "one", with {braces} and \\'],
        "traceparent": None,
        **changes,
    }


async def rows(work: Work, table: Any) -> list[Any]:
    return list(await work.session.scalars(select(table)))


async def test_every_kind_of_column_comes_back_as_it_went_in(world: World) -> None:
    given = [fact(), fact(holders=[], facts={}, label="NAMED")]
    async with world.works.begin() as work:
        await bulk.insert(work.session, FactRow, given)
    async with world.works.begin() as work:
        found = {row.event_id: row.model_dump() for row in await rows(work, FactRow)}
    assert found == {row["event_id"]: row for row in given}


async def test_what_is_there_already_is_left_alone_and_not_given_back(world: World) -> None:
    first, second = fact(), fact()
    async with world.works.begin() as work:
        await bulk.insert(work.session, FactRow, [first])
        found = await bulk.insert(
            work.session,
            FactRow,
            [{**first, "series": "another"}, second],
            skip_existing=True,
            returning=("event_id",),
        )
        assert [row["event_id"] for row in found] == [second["event_id"]]
        kept = await work.session.scalars(
            select(FactRow.series).where(col(FactRow.event_id) == first["event_id"])
        )
        assert kept.one() == "s"


@pytest.mark.parametrize("count", [1, 30])
async def test_what_is_written_first_of_all_is_undone_with_its_work(
    world: World, count: int
) -> None:
    with pytest.raises(LookupError):
        async with world.works.begin() as work:
            await bulk.insert(work.session, FactRow, [fact() for _ in range(count)])
            raise LookupError
    async with world.works.begin() as work:
        assert (await work.session.scalars(select(FactRow))).all() == []


async def test_without_leave_to_skip_a_row_that_is_there_is_an_error(world: World) -> None:
    with pytest.raises(UniqueViolationError):
        async with world.works.begin() as work:
            row = fact()
            await bulk.insert(work.session, FactRow, [row, row])


async def test_rows_left_for_later_are_there_when_the_work_has_ended(world: World) -> None:
    item = {
        "location_id": HOME,
        "series": "s",
        "circle": "",
        "partnership": "combined",
        "reference": uuid4(),
        "occurred_on": date(2026, 11, 1),
        "counts": True,
        "is_enquiry": False,
        "category": None,
    }
    key = ("location_id", "series", "circle")
    async with world.works.begin() as work:
        work.later(ItemRow, item, replace_by=key)
        work.later(ItemRow, {**item, "counts": False}, replace_by=key)
        assert await rows(work, ItemRow) == []
    async with world.works.begin() as work:
        assert [row.counts for row in await rows(work, ItemRow)] == [False]
        work.later(ItemRow, {**item, "category": "falls"}, replace_by=key)
        await work.catch_up()
        work.session.expire_all()
        assert [row.category for row in await rows(work, ItemRow)] == ["falls"]


async def test_rows_left_for_later_go_with_a_work_that_fails(world: World) -> None:
    class FellError(Exception):
        pass

    with pytest.raises(FellError):
        async with world.works.begin() as work:
            work.later(FactRow, fact())
            raise FellError
    async with world.works.begin() as work:
        assert await rows(work, FactRow) == []


@pytest.mark.parametrize("facts", [1, 30])
async def test_tables_that_refer_to_each_other_are_written_together(
    world: World, facts: int
) -> None:
    place = uuid4()
    told = [fact(location_id=place) for _ in range(facts)]
    async with world.works.begin() as work:
        work.later(LocationRow, home(id=place, reference="1-2"))
        for row in told:
            work.later(FactRow, row)
    async with world.works.begin() as work:
        assert {row.id for row in await rows(work, LocationRow)} == {HOME, place}
        assert {row.event_id for row in await rows(work, FactRow)} == {
            row["event_id"] for row in told
        }


async def test_rows_that_replace_and_rows_that_do_not_come_into_one_table_in_turn(
    world: World,
) -> None:
    place = {"id": uuid4(), "reference": "1-3"}
    async with world.works.begin() as work:
        work.later(LocationRow, home(**place))
        work.later(LocationRow, home(**place, name="Ashwood House"), replace_by=("id",))
    async with world.works.begin() as work:
        names = {row.id: row.name for row in await rows(work, LocationRow)}
        assert names[place["id"]] == "Ashwood House"
