"""Files taken into the register: again, in a dry run, out of order, with rows gone."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from benchmarks import published
from benchmarks.published import Cells
from services.intake.cqc_files.deactivated import DeactivatedLocation
from services.intake.cqc_files.problems import FileRefused
from services.intake.domain.register import Source
from services.intake.handlers import register
from services.intake.store import imports
from services.intake.store import register as store
from services.intake.tables import LocationRow
from shared.contracts.intake import LocationUpdated, ProviderUpdated
from shared.contracts.words import Role
from tests.intake.loads import NOVEMBER, NOVEMBER_DAY, OCTOBER, OCTOBER_DAY, counts, load_locations
from tests.stage import World, person

FIRST = "1-200000000"


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


def october(tmp_path: Path, **options: Any) -> Path:
    return published.active_locations(tmp_path, 40, 30, day=OCTOBER, **options)


def november(tmp_path: Path, edit: published.Edit = published.as_it_is) -> Path:
    return published.active_locations(tmp_path, 40, 30, day=NOVEMBER, edit=edit)


def changed(reference: str, **cells: object) -> published.Edit:
    named = {name.replace("_", " "): value for name, value in cells.items()}

    def edit(row: Cells) -> Cells | None:
        return {**row, **named} if row["Location ID"] == reference else row

    return edit


def without(*references: str) -> published.Edit:
    return lambda row: None if row["Location ID"] in references else row


async def row_of(world: World, reference: str = FIRST) -> LocationRow:
    async with world.works.begin() as work:
        return (await store.locations_by_reference(work, "combined"))[reference]


async def view(world: World, path: str) -> Any:
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        answer = await client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def test_only_adult_social_care_of_the_area_is_taken(world: World, tmp_path: Path) -> None:
    elsewhere = changed(FIRST, Location_Local_Authority="Example Shire")
    found = counts(await load_locations(world, october(tmp_path, edit=elsewhere)))
    assert (found["locations new"], found["providers new"]) == (29, 20)


async def test_the_same_file_again_changes_nothing_and_says_so(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await load_locations(world, october(tmp_path))
    said = len(await world.said())
    again = await load_locations(world, october(tmp_path))
    assert counts(again) == {"locations unchanged": 30, "providers unchanged": 20}
    assert len(await world.said()) == said
    again.tell()
    assert "nothing changed" in capsys.readouterr().out
    assert len(await view(world, "/register/imports")) == 1


async def test_a_dry_run_shows_what_would_change_and_changes_nothing(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    await load_locations(world, october(tmp_path))
    said = len(await world.said())
    edit = changed(FIRST, Location_Name="Renamed House")
    file = november(tmp_path, lambda row: without("1-200000003")(edit(row) or row))
    dry = await load_locations(world, file, dry_run=True)
    assert counts(dry)["locations changed"] == counts(dry)["locations vanished"] == 1
    dry.tell()
    out = capsys.readouterr().out
    assert f"location {FIRST}: name" in out
    assert "location 1-200000003: vanished" in out
    assert "dry run" in out
    assert "Renamed" not in out
    assert len(await world.said()) == said
    assert (await row_of(world)).name == "Example House 0"
    assert counts(await load_locations(world, file)) == counts(dry)


async def test_a_dry_run_of_the_first_file_counts_as_the_load_does(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.intake.commands.loading.CHUNK", 7)
    dry = await load_locations(world, october(tmp_path), dry_run=True)
    assert await world.said() == []
    assert counts(await load_locations(world, october(tmp_path))) == counts(dry)


@pytest.mark.requirement("WS1")
async def test_each_fact_has_its_source_and_date_and_what_it_was_before(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    edit = changed(FIRST, Registered_manager="Mockley, Ash", Care_homes_beds=41)
    await load_locations(world, november(tmp_path, edit))
    row = await row_of(world)
    shown = await view(world, f"/locations/{row.id}")
    facts = {fact["name"]: fact for fact in shown["facts"]}
    for name, value, day in (
        ("registered_manager", "Mockley, Ash", NOVEMBER_DAY),
        ("beds", 41, NOVEMBER_DAY),
        ("name", "Example House 0", OCTOBER_DAY),
        ("cqc_registered", True, OCTOBER_DAY),
        ("commissioned", False, OCTOBER_DAY),
    ):
        assert facts[name] == {
            "name": name,
            "value": value,
            "source": "CQC active locations",
            "source_date": day.isoformat(),
        }
    past = (await view(world, f"/locations/{row.id}/history"))["facts"]
    assert [(p["name"], p["value"], p["source_date"], p["until"]) for p in past] == [
        ("beds", 40, "2026-10-01", "2026-11-01"),
        ("registered_manager", "Exampleton0, Robin 0", "2026-10-01", "2026-11-01"),
    ]


async def test_what_vanished_from_the_file_is_marked_and_stays_and_may_come_back(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    await load_locations(world, november(tmp_path, without(FIRST)))
    row = await row_of(world)
    assert (row.active, row.vanished_on, row.ended_on) == (False, NOVEMBER_DAY, None)
    told = [e for e in await world.said(LocationUpdated) if e.reference == FIRST]
    assert [event.active for event in told] == [True, False]
    december = published.active_locations(tmp_path, 40, 30, day="01_December_2026")
    await load_locations(world, december)
    row = await row_of(world)
    assert (row.active, row.vanished_on) == (True, None)


@pytest.mark.parametrize("damage", [{"Provider_ID": "zzyzx-1"}, {"Location_Name": ""}])
async def test_a_place_whose_row_is_refused_has_not_vanished_from_the_file(
    world: World, tmp_path: Path, damage: dict[str, str]
) -> None:
    await load_locations(world, october(tmp_path))
    loading = await load_locations(world, november(tmp_path, changed(FIRST, **damage)))
    assert [problem.refused for problem in loading.problems] == [True]
    row = await row_of(world)
    assert (row.active, row.vanished_on, row.source_date) == (True, None, OCTOBER_DAY)
    assert "locations vanished" not in counts(loading)


async def test_a_row_without_an_id_that_can_be_read_lists_nothing(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    await load_locations(world, november(tmp_path, changed(FIRST, Location_ID="zzyzx-1")))
    assert (await row_of(world)).vanished_on == NOVEMBER_DAY


async def test_a_file_that_lacks_too_much_marks_nothing_until_somebody_accepts_it(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    half = november(tmp_path, without(*(f"1-{200000000 + n}" for n in range(15))))
    with pytest.raises(FileRefused, match="15 of 30 locations are not in the file"):
        await load_locations(world, half)
    assert (await row_of(world)).active
    loading = await load_locations(world, half, accept_missing=True)
    assert counts(loading)["locations vanished"] == 15


async def test_an_older_file_changes_nothing_that_a_newer_one_told(
    world: World, tmp_path: Path
) -> None:
    extra = without("1-200000029")
    await load_locations(world, november(tmp_path, extra))
    edit = changed(FIRST, Location_Name="As it was called before")
    found = counts(await load_locations(world, october(tmp_path, edit=edit)))
    assert found["locations newer than the file"] == 1
    assert "locations changed" not in found
    assert (await row_of(world)).name == "Example House 0"
    late = await row_of(world, "1-200000029")
    assert (late.active, late.vanished_on) == (False, NOVEMBER_DAY)


async def test_what_a_file_says_never_replaces_what_somebody_knew_of_a_later_day(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    row = await row_of(world)
    async with world.http(person(Role.CONTRACTS_OFFICER)) as client:
        answer = await client.patch(
            f"/locations/{row.id}",
            json={"beds": 12, "source": "visit of the team", "as_of": "2026-11-15"},
            headers={"If-Match": "*"},
        )
    assert answer.status_code == 200, answer.text
    found = counts(await load_locations(world, november(tmp_path)))
    assert found["locations newer than the file"] == 1
    assert (await row_of(world)).beds == 12


async def test_a_location_that_moves_to_another_sector_is_followed(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    edit = changed(FIRST, Location_Inspection_Directorate="PMS", Location_Name="Now a Surgery")
    await load_locations(world, november(tmp_path, edit))
    assert (await row_of(world)).name == "Now a Surgery"


async def test_odd_and_refused_rows_are_told_by_row_and_column_and_never_by_value(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def edit(row: Cells) -> Cells | None:
        match row["Location ID"]:
            case "1-200000000":
                return {**row, "Care homes beds": "about forty"}
            case "1-200000001":
                return {**row, "Provider ID": "zzyzx-1"}
            case _:
                return row

    loading = await load_locations(world, october(tmp_path, edit=edit))
    loading.tell()
    out = capsys.readouterr().out.splitlines()
    sheet = "HSCA_Active_Locations"
    assert f"odd: {sheet}, row 2, Care homes beds: is not a whole number" in out
    problem = "is neither a CQC id nor an ODS code"
    assert f"refused: {sheet}, row 3, Provider ID: {problem}" in out
    assert "zzyzx" not in "".join(out)
    (taken,) = await view(world, "/register/imports")
    assert (taken["odd"], taken["refused"]) == (1, 1)
    assert counts(loading)["locations new"] == 29


async def test_a_provider_hears_of_a_predecessor_that_is_loaded_later(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, october(tmp_path))
    assert all(not event.predecessor_ids for event in await world.said(ProviderUpdated))
    async with world.works.begin() as work:
        provider, location = _ended("1-500000000")
        await register.load_places(
            work, "combined", [(provider, location)], (), Source("by hand", date(2026, 10, 2))
        )
    (event,) = [e for e in await world.said(ProviderUpdated) if e.predecessor_ids]
    assert event.cqc_provider_id == "1-100000000"
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        shown = (await client.get(f"/providers/{event.provider_id}")).json()
    assert shown["predecessors"] == [
        {
            "reference": "1-500000000",
            "name": "Example House 0 as it was",
            "since": "2024-04-01",
            "source": "CQC active locations",
            "source_date": "2026-10-01",
        }
    ]
    assert shown["brand_id"] == "BD000"


def _ended(reference: str) -> Any:
    return register.of_deactivated(
        DeactivatedLocation(
            location_id=reference,
            provider_id="1-600000000",
            location_name="Example House as it was",
            provider_name="Example Care as it was",
            ended=date(2024, 3, 31),
            local_authority="Combined Borough",
            postal_code=None,
            adult_social_care=True,
        )
    )


async def test_a_file_may_bring_more_places_than_a_statement_takes_parameters(
    world: World,
) -> None:
    many = {f"1-{number}" for number in range(40_000)}
    ids = {UUID(int=number) for number in range(40_000)}
    async with world.works.begin() as work:
        assert await imports.linked_to(work, "combined", many) == set()
        assert await imports.providers_of(work, "combined", many) == {}
        assert await imports.known_locations(work, "combined", many) == {}
        assert await imports.predecessors(work, "combined", ids) == {}
        assert await imports.known_ratings(work, ids, ()) == []
        await imports.mark_gone(work, list(ids), OCTOBER_DAY)


async def test_the_providers_of_a_brand_are_listed(world: World, tmp_path: Path) -> None:
    await load_locations(world, october(tmp_path))
    lines = await view(world, "/providers?brand=BD003")
    assert [line["reference"] for line in lines] == ["1-100000003"]
