"""CQC's ratings: history, what vanished, and the position as of any day (W4.4)."""

from __future__ import annotations

import csv
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, get_args

import pytest

from benchmarks import published
from benchmarks.published import Cells
from services.intake.domain.ratings import PublishedCqcRating, is_news, standing
from services.intake.handlers.positions import COLUMNS
from shared.contracts.intake import CqcRatingChanged
from shared.contracts.words import CqcRating, PammsRating, Role
from tests.intake.conftest import CARE_HOME, Intake
from tests.intake.loads import NOVEMBER, OCTOBER, counts, load_locations, load_ratings
from tests.stage import World, person

GOOD = PublishedCqcRating(
    "Overall", "Overall", "Good", CqcRating.GOOD, False, date(2023, 5, 1), "a file",
    date(2026, 10, 1),
)  # fmt: skip


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def get(world: World, path: str) -> Any:
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


def ratings(tmp_path: Path, day: str, edit: published.Edit = published.as_it_is) -> Path:
    return published.latest_ratings(tmp_path, 24, day=day, edit=edit)


async def loaded(world: World, tmp_path: Path) -> None:
    file = published.active_locations(tmp_path, 4, 4, day=OCTOBER)
    await load_locations(world, file)
    await load_ratings(world, ratings(tmp_path, OCTOBER))


def newly_inadequate(row: Cells) -> Cells | None:
    """The first location was rated anew as a whole."""
    if row["Location ID"] == "1-200000000" and row["Domain"] == "Overall":
        return {**row, "Latest Rating": "Inadequate", "Publication Date": "20/10/2026"}
    return row


def overall(position: list[Any], place: int = 0) -> list[tuple[str, str, str]]:
    return [
        (r["raw"], r["published_on"], r["source_date"])
        for provider in position
        for location in provider["locations"]
        if location["reference"] == f"1-{200000000 + place}"
        for r in location["ratings"]
        if r["key_question"] == "Overall"
    ]


# --- the rule


def test_the_newest_of_each_group_and_question_stands() -> None:
    newer = replace(GOOD, raw="Inadequate", published_on=date(2026, 10, 20))
    safe = replace(GOOD, key_question="Safe")
    assert standing([newer, GOOD, safe], date(2026, 10, 19)) == (GOOD, safe)
    assert standing([GOOD, safe, newer], date(2026, 10, 20)) == (newer, safe)


def test_a_withdrawn_rating_stands_until_the_first_file_without_it() -> None:
    gone = replace(GOOD, gone_on=date(2026, 11, 1))
    assert standing([gone], date(2026, 10, 31)) == (gone,)
    assert standing([gone], date(2026, 11, 1)) == ()


def test_two_of_one_day_that_differ_both_stand_and_two_that_agree_are_one() -> None:
    other = replace(GOOD, raw="Requires improvement")
    assert standing([other, GOOD, GOOD], date(2026, 11, 1)) == (GOOD, other)


def test_a_rating_without_a_day_counts_from_the_file_that_told_of_it() -> None:
    undated = replace(GOOD, raw="Not Rated", rating=None, published_on=None)
    assert standing([undated], date(2026, 9, 30)) == ()
    assert standing([undated], date(2026, 10, 1)) == (undated,)


def test_only_what_is_as_new_as_all_that_is_known_is_news() -> None:
    day = date(2026, 10, 1)
    assert is_news(day, [])
    assert is_news(day, [day, None])
    assert not is_news(day, [date(2026, 10, 2)])
    assert not is_news(None, [])


def test_cqc_and_pamms_ratings_are_two_types() -> None:
    assert {*CqcRating} - {*PammsRating} == {CqcRating.OUTSTANDING, CqcRating.INADEQUATE}
    field = CqcRatingChanged.model_fields["rating"]
    assert CqcRating in get_args(field.annotation)
    assert PammsRating not in get_args(field.annotation)
    with pytest.raises(ValueError, match="Excellent"):
        CqcRating("Excellent")


# --- files


@pytest.mark.requirement("W4.4")
async def test_the_position_shows_a_new_rating_with_its_publication_and_source_date(
    world: World, tmp_path: Path
) -> None:
    await loaded(world, tmp_path)
    await load_ratings(world, ratings(tmp_path, NOVEMBER, newly_inadequate))
    new = ("Inadequate", "2026-10-20", "2026-11-01")
    old = ("Good", "2018-01-01", "2026-10-01")
    assert overall(await get(world, "/ratings/position")) == [new]
    assert overall(await get(world, "/ratings/position?as_of=2026-10-20")) == [new]
    assert overall(await get(world, "/ratings/position?as_of=2026-10-19")) == [old]
    assert overall(await get(world, "/ratings/position?as_of=2017-12-31")) == []
    (event,) = (await world.said(CqcRatingChanged))[24:]
    assert (event.rating, event.published_on) == (CqcRating.INADEQUATE, date(2026, 10, 20))


async def test_the_history_of_a_location_keeps_what_was_replaced(
    world: World, tmp_path: Path
) -> None:
    await loaded(world, tmp_path)
    loading = await load_ratings(world, ratings(tmp_path, NOVEMBER, newly_inadequate))
    assert counts(loading) == {
        "ratings new": 1,
        "ratings unchanged": 23,
        "ratings vanished": 1,
    }
    position = await get(world, "/ratings/position?limit=1")
    place = position[0]["locations"][0]["location_id"]
    history = await get(world, f"/locations/{place}/ratings")
    told = [(r["raw"], r["gone_on"]) for r in history if r["key_question"] == "Overall"]
    assert told == [("Good", "2026-11-01"), ("Inadequate", None)]
    standing_now = await get(world, f"/locations/{place}/ratings?as_of=2026-11-20")
    assert len(standing_now) == 6


async def test_the_same_ratings_again_change_nothing(world: World, tmp_path: Path) -> None:
    await loaded(world, tmp_path)
    said = len(await world.said())
    assert counts(await load_ratings(world, ratings(tmp_path, OCTOBER))) == {
        "ratings unchanged": 24
    }
    assert len(await world.said()) == said


async def test_a_dry_run_of_ratings_counts_as_the_load_does(world: World, tmp_path: Path) -> None:
    await loaded(world, tmp_path)
    file = ratings(tmp_path, NOVEMBER, newly_inadequate)
    said = len(await world.said())
    dry = await load_ratings(world, file, dry_run=True)
    assert len(await world.said()) == said
    assert counts(await load_ratings(world, file)) == counts(dry)


async def test_ratings_that_lie_across_two_transactions_do_not_vanish(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.commands.loading.CHUNK", 4)
    await loaded(world, tmp_path)
    found = counts(await load_ratings(world, ratings(tmp_path, NOVEMBER)))
    assert found == {"ratings unchanged": 24}


async def test_a_rating_whose_row_is_refused_has_not_vanished_from_the_file(
    world: World, tmp_path: Path
) -> None:
    def damaged(row: Cells) -> Cells | None:
        place = row["Location ID"]
        return {**row, "Domain": ""} if (place, row["Domain"]) == ("1-200000000", "Safe") else row

    await loaded(world, tmp_path)
    loading = await load_ratings(world, ratings(tmp_path, NOVEMBER, damaged))
    assert [problem.refused for problem in loading.problems] == [True]
    assert counts(loading) == {"ratings unchanged": 23}


async def test_an_older_file_of_ratings_is_history_and_no_news(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, published.active_locations(tmp_path, 4, 4, day=OCTOBER))
    await load_ratings(world, ratings(tmp_path, NOVEMBER, newly_inadequate))
    said = len(await world.said(CqcRatingChanged))
    await load_ratings(world, ratings(tmp_path, OCTOBER))
    assert len(await world.said(CqcRatingChanged)) == said
    assert overall(await get(world, "/ratings/position"))[0][0] == "Inadequate"
    assert overall(await get(world, "/ratings/position?as_of=2026-10-01"))[0][0] == "Good"


async def test_the_raw_text_is_kept_and_what_is_inherited_is_told(
    world: World, tmp_path: Path
) -> None:
    def edit(row: Cells) -> Cells | None:
        if row["Domain"] != "Safe":
            return row
        text = "Insufficient  evidence to rate"
        return {**row, "Latest Rating": text, "Inherited Rating (Y/N)": "Y"}

    await load_locations(world, published.active_locations(tmp_path, 4, 4, day=OCTOBER))
    await load_ratings(world, ratings(tmp_path, OCTOBER, edit))
    position = await get(world, "/ratings/position?limit=1")
    (safe,) = [r for r in position[0]["locations"][0]["ratings"] if r["key_question"] == "Safe"]
    assert (safe["raw"], safe["rating"], safe["inherited"]) == (
        "Insufficient  evidence to rate",
        None,
        True,
    )


async def test_a_rating_that_turns_out_to_be_inherited_is_corrected_and_its_past_kept(
    world: World, tmp_path: Path
) -> None:
    await loaded(world, tmp_path)
    found = counts(
        await load_ratings(
            world,
            ratings(tmp_path, NOVEMBER, lambda row: {**row, "Inherited Rating (Y/N)": "Y"}),
        )
    )
    assert found == {"ratings changed": 24}
    position = await get(world, "/ratings/position")
    shown = [r for p in position for one in p["locations"] for r in one["ratings"]]
    assert {r["inherited"] for r in shown} == {True}
    assert {r["source_date"] for r in shown} == {"2026-11-01"}


async def test_ratings_of_service_groups_are_kept_beside_the_whole(
    world: World, tmp_path: Path
) -> None:
    def edit(row: Cells) -> Cells | None:
        group = "Residential care" if row["Domain"] != "Overall" else "Overall"
        return {**row, "Service / Population Group": group}

    await load_locations(world, published.active_locations(tmp_path, 4, 4, day=OCTOBER))
    await load_ratings(world, ratings(tmp_path, OCTOBER, edit))
    position = await get(world, "/ratings/position?limit=1")
    groups = [r["service_group"] for r in position[0]["locations"][0]["ratings"]]
    assert groups == ["Overall", *["Residential care"] * 5]
    assert len(await world.said(CqcRatingChanged)) == 4


@pytest.mark.requirement("W4.4")
async def test_a_rating_that_cqc_told_today_is_in_the_position(intake: Intake) -> None:
    await intake.receive(
        intake.message(
            "cqc",
            "partner.cqc_rating.published.v1",
            {
                "location": CARE_HOME,
                "key_question": "well_led",
                "rating": "Inadequate",
                "published_on": "2026-11-19",
            },
        )
    )
    (provider,) = await get(intake.world, "/ratings/position")
    (rating,) = provider["locations"][0]["ratings"]
    assert (rating["key_question"], rating["raw"], rating["published_on"]) == (
        "Well-led",
        "Inadequate",
        "2026-11-19",
    )
    assert (rating["source"], rating["source_date"]) == ("message of cqc", "2026-11-20")


async def test_another_partnerships_position_is_shown_and_exported_to_nobody(
    world: World, tmp_path: Path
) -> None:
    await loaded(world, tmp_path)
    (first, *_) = [one for p in await get(world, "/ratings/position") for one in p["locations"]]
    async with world.http(person(Role.TEAM_MANAGER, partnerships=["wirral"])) as client:
        assert (await client.get("/ratings/position")).json() == []
        sheet = (await client.get("/ratings/position.csv")).text.removeprefix("\ufeff")
        ratings = await client.get(f"/locations/{first['location_id']}/ratings")
    assert list(csv.reader(sheet.splitlines())) == [list(COLUMNS)]
    assert ratings.status_code == 404
