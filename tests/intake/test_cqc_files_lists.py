"""The weekly directory and the deactivated locations, trap by trap."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from deploy.demo.spreadsheet import Cell, Rows, write_spreadsheet
from services.intake.cqc_files.deactivated import DeactivatedLocation, read_deactivated
from services.intake.cqc_files.directory import (
    COLUMNS,
    DirectoryEntry,
    produced_on,
    read_directory,
)
from services.intake.cqc_files.problems import FileRefused, RowProblem
from services.intake.handlers import register
from shared.contracts.words import ServiceCategory

TITLES = (
    ("CQC directory",),
    ("This file was produced on 01 October 2026",),
    (),
)
ENTRY: Mapping[str, str] = {
    "Name": "Trial Example House",
    "Postcode": "zz1 1aa",
    "Service types": "Residential homes|Nursing homes|Nursing homes",
    "Date of latest check": "16/05/2023",
    "Specialisms/services": "Dementia|Dementia|Accommodation for persons, who need care",
    "Provider name": "Trial Example Ltd",
    "Local authority": "Combined Borough",
    COLUMNS[-2]: "1-300000001",
    COLUMNS[-1]: "1-300000101",
}
ENDED: Mapping[str, Cell] = {
    "Location ID": "1-300000001",
    "Location Name": "Trial Example House",
    "Location HSCA End Date": "2026-09-14T00:00:00",
    "Location Inspection Directorate": "Adult social care",
    "Location Local Authority": "Combined Borough",
    "Provider ID": "1-300000101",
    "Provider Name": "Trial Example Ltd",
}


def directory(
    tmp_path: Path,
    *rows: Mapping[str, str],
    columns: tuple[str, ...] = COLUMNS,
    titles: tuple[tuple[str, ...], ...] = TITLES,
    name: str = "01_October_2026_CQC_directory.csv",
) -> Path:
    path = tmp_path / name
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerows([*titles, columns])
        writer.writerows([{**ENTRY, **row}.get(c, "") for c in COLUMNS] for row in rows)
    return path


def entries(path: Path) -> tuple[list[DirectoryEntry], list[RowProblem]]:
    problems: list[RowProblem] = []
    return list(read_directory(path, problems)), problems


def deactivated(
    tmp_path: Path, *rows: Mapping[str, Cell], sheet: str = "Sheet1", banner: tuple[str, ...] = ()
) -> tuple[list[DeactivatedLocation], list[RowProblem]]:
    path = tmp_path / "01_October_2026_Deactivated_Locations.ods"
    columns = [column for column in ENDED if all(column in {**ENDED, **row} for row in rows)]
    sheets: dict[str, Rows] = {
        "README": [["Location ID"], ["Deactivated locations"]],
        sheet: [
            *[[line] for line in banner],
            columns,
            *[[{**ENDED, **row}[c] for c in columns] for row in rows],
        ],
    }
    write_spreadsheet(path, sheets)
    problems: list[RowProblem] = []
    return list(read_deactivated(path, problems)), problems


# --- the weekly directory


def test_the_title_lines_are_skipped_and_one_dates_the_file(tmp_path: Path) -> None:
    path = directory(tmp_path, {})
    assert produced_on(path) == date(2026, 10, 1)
    found, problems = entries(path)
    assert [entry.location_id for entry in found] == ["1-300000001"]
    assert problems == []


def test_lists_that_repeat_themselves_hold_each_part_once(tmp_path: Path) -> None:
    (entry,) = entries(directory(tmp_path, {}))[0]
    assert entry.service_types == ("Residential homes", "Nursing homes")
    assert entry.specialisms == ("Dementia", "Accommodation for persons, who need care")
    assert (entry.postcode, entry.latest_check) == ("ZZ1 1AA", date(2023, 5, 16))


def test_headings_in_another_case_are_known(tmp_path: Path) -> None:
    older = tuple(column.upper() for column in COLUMNS)
    assert len(entries(directory(tmp_path, {}, columns=older))[0]) == 1


def test_a_name_with_a_line_break_stays_one_row(tmp_path: Path) -> None:
    (entry,) = entries(directory(tmp_path, {"Name": "Trial\nExample, House"}))[0]
    assert entry.name == "Trial Example, House"


def test_the_day_comes_from_the_name_where_no_title_tells_it(tmp_path: Path) -> None:
    assert produced_on(directory(tmp_path, {}, titles=())) == date(2026, 10, 1)


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        (TITLES, "02_October_2026_CQC_directory.csv"),
        ((), "directory.csv"),
        ((("produced on 31 June 2026",),), "directory.csv"),
    ],
)
def test_a_directory_of_no_certain_day_is_refused(
    tmp_path: Path, titles: tuple[tuple[str, ...], ...], name: str
) -> None:
    with pytest.raises(FileRefused):
        produced_on(directory(tmp_path, {}, titles=titles, name=name))


def test_odd_rows_of_the_directory_are_told_by_row_and_column(tmp_path: Path) -> None:
    odd = {"Date of latest check": "soon"}
    path = directory(tmp_path, odd, {COLUMNS[-2]: "zzyzx-1"}, {}, {COLUMNS[-2]: "rzz01"})
    found, problems = entries(path)
    assert [entry.location_id for entry in found] == ["1-300000001", "RZZ01"]
    assert [(p.row_number, p.column, p.refused) for p in problems] == [
        (5, "Date of latest check", False),
        (6, COLUMNS[-2], True),
        (7, COLUMNS[-2], True),
    ]
    assert "zzyzx" not in repr(problems).casefold()


def test_a_directory_without_a_needed_column_is_refused(tmp_path: Path) -> None:
    columns = tuple("Something else" if c == "Provider name" else c for c in COLUMNS)
    with pytest.raises(FileRefused, match="Provider name"):
        entries(directory(tmp_path, {}, columns=columns))


def test_the_directory_says_nothing_of_beds_managers_and_brands(tmp_path: Path) -> None:
    (entry,) = entries(directory(tmp_path, {}))[0]
    provider, location = register.of_directory(entry)
    assert location.category is ServiceCategory.NURSING_HOME
    assert location.told().keys().isdisjoint({"beds", "registered_manager", "commissioned"})
    assert provider.told().keys() == {"cqc_registered", "name"}


def test_a_doctor_in_the_directory_is_no_social_care(tmp_path: Path) -> None:
    (entry,) = entries(directory(tmp_path, {"Service types": "Doctors/GPs|Doctors/GPs"}))[0]
    _, location = register.of_directory(entry)
    assert not location.in_scope
    assert "category" not in location.told()


# --- deactivated locations


def test_an_ended_location_has_its_day(tmp_path: Path) -> None:
    found, problems = deactivated(tmp_path, {})
    assert [(one.location_id, one.ended) for one in found] == [("1-300000001", date(2026, 9, 14))]
    assert found[0].adult_social_care
    assert problems == []


def test_a_banner_above_the_headings_and_any_name_of_the_sheet_are_known(tmp_path: Path) -> None:
    banner = ("Deactivated locations as at 01 October 2026", "Open Government Licence")
    found, _ = deactivated(tmp_path, {}, sheet="HSCA_Deactivated_Locations", banner=banner)
    assert len(found) == 1


def test_an_ended_location_without_an_end_is_refused_and_told(tmp_path: Path) -> None:
    found, problems = deactivated(tmp_path, {"Location HSCA End Date": None}, {})
    assert len(found) == 1
    assert [(p.row_number, p.column, p.refused) for p in problems] == [
        (2, "Location HSCA End Date", True)
    ]


def test_a_file_without_the_needed_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "01_October_2026_Deactivated_Locations.ods"
    write_spreadsheet(path, {"Sheet1": [["Location ID", "Provider ID"]]})
    with pytest.raises(FileRefused, match="Location HSCA End Date"):
        list(read_deactivated(path, []))


def test_a_reader_tells_how_much_of_the_file_it_has_read(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []

    def progress(done: int, of: int) -> None:
        told.append((done, of))

    path = directory(tmp_path, {}, {COLUMNS[-2]: "rzz01"})
    list(read_directory(path, [], progress=progress))
    assert told == sorted(told)
    done, of = told[-1]
    assert of == path.stat().st_size
    assert of - 3 <= done <= of  # the mark at its beginning is no text
    told.clear()
    deactivated(tmp_path, {})
    ended = tmp_path / "01_October_2026_Deactivated_Locations.ods"
    list(read_deactivated(ended, [], progress=progress))
    assert told[-1][0] == told[-1][1] > 0
