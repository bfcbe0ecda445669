"""The weekly directory, the deactivated locations and the list of contacts, taken in turn."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from benchmarks import published, published_lists
from benchmarks.published import Cells
from services.intake.cqc_files.directory import COLUMNS
from services.intake.cqc_files.problems import FileRefused
from services.intake.domain.register import same_person
from services.intake.handlers import agencies
from services.intake.handlers.agencies import Contact
from services.intake.store import register as store
from services.intake.tables import ContactRow, LocationRow
from shared.contracts.intake import ContactRemoved, LocationUpdated
from shared.contracts.words import OfficeHolderRole, Role
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake
from tests.intake.loads import (
    NOVEMBER,
    OCTOBER,
    counts,
    load_contacts,
    load_deactivated,
    load_directory,
    load_locations,
)
from tests.stage import World, person

FIRST, SECOND, FOURTH, FIFTH = (f"1-20000000{number}" for number in (0, 1, 3, 4))
MIDDLE = "15_October_2026"


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


def without(*references: str) -> published.Edit:
    def edit(row: Cells) -> Cells | None:
        reference = row.get("Location ID") or row.get(COLUMNS[-2])
        return None if reference in references else row

    return edit


async def row_of(world: World, reference: str = FIRST) -> LocationRow:
    async with world.works.begin() as work:
        return (await store.locations_by_reference(work, "combined"))[reference]


async def test_the_directory_follows_the_monthly_file_and_marks_what_vanished(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, published.active_locations(tmp_path, 40, 30, day=OCTOBER))
    file = published_lists.directory(tmp_path, 40, 31, day=MIDDLE, edit=without(FIRST))
    dry = counts(await load_directory(world, file, dry_run=True))
    assert (dry["locations new"], dry["locations vanished"]) == (1, 1)
    assert (await row_of(world)).active
    assert counts(await load_directory(world, file)) == dry
    row, other = await row_of(world), await row_of(world, FOURTH)
    assert (row.active, row.vanished_on) == (False, date(2026, 10, 15))
    assert (row.beds, row.registered_manager) == (40, "Exampleton0, Robin 0")
    assert (other.active, other.registered_manager) == (True, "Exampleton3, Robin 3")
    said = [e.active for e in await world.said(LocationUpdated) if e.reference == FIRST]
    assert said == [True, False]
    again = counts(await load_directory(world, file))
    assert not any(what.endswith((" new", " changed", " vanished")) for what in again)
    await load_locations(world, published.active_locations(tmp_path, 40, 30, day=NOVEMBER))
    assert (await row_of(world)).active


async def test_a_directory_that_lacks_too_much_marks_nothing_until_somebody_accepts_it(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, published.active_locations(tmp_path, 30, 30, day=OCTOBER))
    half = published_lists.directory(tmp_path, 15, 15, day=MIDDLE)
    with pytest.raises(FileRefused, match="15 of 30 locations"):
        await load_directory(world, half)
    assert (await row_of(world, "1-200000029")).active
    taken = await load_directory(world, half, accept_missing=True)
    assert counts(taken)["locations vanished"] == 15


async def test_a_deactivated_location_has_its_end_and_what_was_never_known_is_history(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, published.active_locations(tmp_path, 40, 30, day=OCTOBER))
    ended = published_lists.deactivated(tmp_path, 3, first=29, day=MIDDLE)  # two were not known
    found = counts(await load_deactivated(world, ended))
    assert (found["locations changed"], found["locations new"]) == (1, 2)
    row = await row_of(world, "1-200000029")
    assert (row.active, row.ended_on) == (False, date(2014, 1, 30))
    assert (row.beds, row.category) == (22, "residential_home")  # nothing is said of these
    assert (await row_of(world, "1-200000030")).active is False
    assert counts(await load_deactivated(world, ended)) == {
        "locations unchanged": 3,
        "providers unchanged": 2,
    }


# --- who holds office


async def office_holders(world: World) -> dict[str, bool]:
    """All contacts, and whether they hold office today."""
    async with world.works.begin() as work:
        rows = (await work.session.scalars(select(ContactRow))).all()
    return {row.name: row.left_at is None for row in rows}


async def test_who_is_replaced_as_manager_is_written_to_no_more(
    world: World, tmp_path: Path
) -> None:
    await load_locations(world, published.active_locations(tmp_path, 9, 9, day=OCTOBER))
    manager, individual = OfficeHolderRole.REGISTERED_MANAGER, OfficeHolderRole.NOMINATED_INDIVIDUAL
    async with world.works.begin() as work:
        for place, role, name in (
            (FIRST, manager, "Robin 0 Exampleton0"),
            (FIRST, individual, "Jo 0 Testerby0"),
            (SECOND, manager, "Robin 1 Exampleton1"),
            (FOURTH, manager, "Robin 3 Exampleton3"),
            (FOURTH, individual, "Jo 2 Testerby2"),
        ):
            contact = Contact(place, None, role, name, "office@a.example")
            await agencies.register_contact(work, "combined", contact)

    def edit(row: Cells) -> Cells | None:
        told = {
            FIRST: {"Registered manager": "Mockley, Ash"},
            SECOND: {"Registered manager": ""},
            FOURTH: {"Provider Nominated Individual Name": "Mockley, Bo"},
            FIFTH: {"Provider Nominated Individual Name": "Mockley, Bo"},
        }
        return {**row, **told.get(str(row["Location ID"]), {})}

    november = published.active_locations(tmp_path, 9, 9, day=NOVEMBER, edit=edit)
    assert counts(await load_locations(world, november, dry_run=True))["contacts ended"] == 2
    assert all((await office_holders(world)).values())
    assert counts(await load_locations(world, november))["contacts ended"] == 2
    assert await office_holders(world) == {
        "Robin 0 Exampleton0": False,
        "Jo 0 Testerby0": True,
        "Robin 1 Exampleton1": True,
        "Robin 3 Exampleton3": True,
        "Jo 2 Testerby2": False,
    }
    assert len(await world.said(ContactRemoved)) == 2
    location_id = (await row_of(world, FOURTH)).id
    for name, holds in (("Exampleton3, Mr Robin 3", True), ("Mockley, Cy", False)):
        facts = {"registered_manager": name, "source": "a visit", "as_of": "2026-11-19"}
        async with world.http(person(Role.CONTRACTS_OFFICER)) as client:
            stated = await client.patch(
                f"/locations/{location_id}", json=facts, headers={"If-Match": "*"}
            )
        assert stated.status_code == 200, stated.text
        assert (await office_holders(world))["Robin 3 Exampleton3"] is holds


async def test_contacts_are_taken_row_by_row_and_a_dry_run_takes_none(
    intake: Intake, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "contacts.csv"
    rows = (
        "location,agency,role,name,e-mail",
        f"{CARE_HOME},,registered_manager,Bo Sample,bo@larchfield.example",
        f"{CARE_HOME},,registered_manager,Cy Sample,cy@larchfield.example",
        f"{SMALL_HOME},,chief zzyzx,Di Sample,di@pebble.example",
        ",police,,Ed Sample,ed@police.example",
        ",zzyzx,,Flo Sample,flo@zzyzx.example",
        "1-299999999,,registered_manager,Gus Sample,gus@a.example",
        f"{SMALL_HOME},police,proprietor,Hal Sample,hal@a.example",
        f"{SMALL_HOME},,proprietor,Ida Sample,zzyzx",
        f"{SMALL_HOME},,proprietor,,jo@pebble.example",
    )
    file.write_text("\n".join(rows))
    dry = await load_contacts(intake.world, file, dry_run=True)
    assert counts(dry) == {"contacts new": 2, "contacts ended": 1}
    dry.tell()
    said = capsys.readouterr().out
    assert "contact of row 2: takes another's place" in said.splitlines()
    place = "refused: the list of contacts"
    assert [line for line in said.splitlines() if line.startswith("refused")] == [
        f"{place}, row 3, role: has a holder at this location already",
        f"{place}, row 4, role: is none of registered_manager, nominated_individual, proprietor",
        f"{place}, row 8, location: is there beside an agency",
        f"{place}, row 9, e-mail: is not an e-mail address",
        f"{place}, row 10, name: is blank",
        f"{place}, row 6, agency: is not in the register",
        f"{place}, row 7, location: is not in the register",
    ]
    assert "zzyzx" not in said
    assert "Sample" not in said
    assert await office_holders(intake.world) == {"Ada Example": True}
    assert counts(await load_contacts(intake.world, file)) == counts(dry)
    holders = {"Ada Example": False, "Bo Sample": True, "Ed Sample": True}
    assert await office_holders(intake.world) == holders
    assert counts(await load_contacts(intake.world, file)) == {"contacts unchanged": 2}
    assert await office_holders(intake.world) == holders


@pytest.mark.parametrize(
    ("name", "other", "same"),
    [
        ("Ada Example", "EXAMPLE, Ms Ada", True),
        ("Ada O'Sample-Test", "O'Sample-Test, Ada", True),
        ("Ada Example", "Ada Sample", False),
        ("Ada Example", "Example, Ada Jane", False),
    ],
)
def test_two_ways_of_writing_a_name_are_one_person(name: str, other: str, same: bool) -> None:
    assert same_person(name, other) is same
