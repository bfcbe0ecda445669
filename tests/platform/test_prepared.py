"""Queries that the driver itself runs, on a real database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID, uuid4

import pytest
from sqlalchemy import ColumnElement, String, bindparam
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from services.assessment.tables import FactRow, LocationRow
from shared.platform.prepared import Prepared, among, fixed, listed, rows_of
from tests.platform.test_bulk import HOME, fact, home
from tests.stage import World

_FACTS = Prepared(
    lambda: (
        select(FactRow)
        .where(col(FactRow.series) == bindparam("series"))
        .where(among(col(FactRow.event_id), "ids"))
        .where(col(FactRow.kind) == fixed("complaint"))
        .order_by(col(FactRow.series))
    )
)


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    found = await stage_for("assessment")
    async with found.works.begin() as work:
        work.later(LocationRow, home())
    return found


async def asked(world: World, *ids: UUID, series: str = "s") -> list[UUID]:
    async with world.works.begin() as work:
        rows = await _FACTS.rows(work.session, ids=ids, series=series)
        return [row["event_id"] for row in rows]


async def test_each_parameter_is_given_by_its_name_and_a_list_is_one_of_them(world: World) -> None:
    one, other, third = fact(), fact(kind="enquiry"), fact(series="t")
    async with world.works.begin() as work:
        for row in (one, other, third):
            work.later(FactRow, row)
    ids = [row["event_id"] for row in (one, other, third)]
    assert await asked(world, *ids) == [one["event_id"]]
    assert await asked(world, *ids, series="t") == [third["event_id"]]
    assert await asked(world, uuid4()) == []
    assert await asked(world) == []


async def test_it_sees_what_its_transaction_has_written_and_json_has_been_read(
    world: World,
) -> None:
    told = fact(facts={"theme": "falls"})
    async with world.works.begin() as work:
        work.later(FactRow, told)
        await work.catch_up()
        [row] = await _FACTS.rows(work.session, ids=[told["event_id"]], series="s")
        assert (row["location_id"], row["facts"]) == (HOME, {"theme": "falls"})


async def test_a_query_of_a_shape_that_was_asked_before_is_asked_with_its_own_values(
    world: World,
) -> None:
    one, other = fact(series="it's"), fact(series="t")
    async with world.works.begin() as work:
        for row in (one, other):
            work.later(FactRow, row)
    query = select_columns(col(FactRow.event_id)).order_by(col(FactRow.series))
    async with world.works.begin() as work:
        for row in (one, other):
            asked = query.where(col(FactRow.series) == row["series"]).limit(7)
            assert [tuple(r) for r in await rows_of(work.session, asked)] == [(row["event_id"],)]
        for limit in (1, 2):
            assert len(await rows_of(work.session, query.limit(limit))) == limit


async def test_what_is_listed_is_found_by_all_its_values_together(world: World) -> None:
    """And not by one value of this place and another of that."""
    told = [fact(series=series, kind=kind) for series in "st" for kind in ("complaint", "enquiry")]
    async with world.works.begin() as work:
        for row in told:
            work.later(FactRow, row)
    query = Prepared(
        lambda: listed(select(FactRow), series=col(FactRow.series), kinds=col(FactRow.kind))
    )
    async with world.works.begin() as work:
        wanted = {"series": ["s", "t", "u"], "kinds": ["complaint", "enquiry", "complaint"]}
        rows = await query.rows(work.session, **wanted)
        found = {(row["series"], row["kind"]) for row in rows}
        assert found == {("s", "complaint"), ("t", "enquiry")}
        assert await query.rows(work.session, series=[], kinds=[]) == []


class _Unknown(ColumnElement[str]):
    inherit_cache, type = False, String()


async def test_a_query_without_a_shape_is_not_asked(world: World) -> None:
    async with world.works.begin() as work:
        with pytest.raises(TypeError, match="shape"):
            await rows_of(work.session, select_columns(_Unknown()))


def test_a_fixed_value_stands_in_the_statement_with_its_quotes_doubled() -> None:
    assert str(fixed("it's")) == "'it''s'"
    assert str(fixed(True)) == "true"
