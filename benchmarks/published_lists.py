"""The other two files of real size: the weekly directory and the deactivated locations."""

from __future__ import annotations

import csv
from datetime import date, timedelta
from itertools import chain
from pathlib import Path

from benchmarks.published import (
    AREA,
    DAY,
    Cells,
    Edit,
    as_it_is,
    identity,
    published_on,
    table,
    write,
)
from services.intake.cqc_files.directory import COLUMNS as DIRECTORY

_DIRECTORY_KINDS = ("Nursing homes", "Residential homes", "Homecare agencies", "Supported living")
ENDED = (
    "Location ID",
    "Location Name",
    "Location HSCA End Date",
    "Location Inspection Directorate",
    "Location Local Authority",
    "Location Region",
    "Location Postal Code",
    "Provider ID",
    "Provider Name",
)


def directory(
    directory: Path, locations: int, adult: int, *, day: str = DAY, edit: Edit = as_it_is
) -> Path:
    """Write a weekly directory of the same locations."""
    path = directory / f"{day}_CQC_directory.csv"
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(["CQC directory"])
        writer.writerow([f"This file was produced on {day.replace('_', ' ')}"])
        writer.writerow(DIRECTORY)
        for row in map(edit, (_entry(number, adult) for number in range(locations))):
            if row is not None:
                writer.writerow([row.get(column, "") for column in DIRECTORY])
    return path


def deactivated(
    directory: Path, locations: int, *, first: int, day: str = DAY, edit: Edit = as_it_is
) -> Path:
    """Write a file of locations whose registration ended, from the number `first` on."""
    path = directory / f"{day}_Deactivated_Locations.ods"
    rows = (_ended(number) for number in range(first, first + locations))
    lines = table(ENDED, map(edit, rows))
    write(path, {"Deactivated": chain([["Deactivated locations"]], lines)})
    return path


def _entry(number: int, adult: int) -> Cells:
    place = identity(number, number * 2 // 3)
    kind = _DIRECTORY_KINDS[number % len(_DIRECTORY_KINDS)] if number < adult else "Doctors/GPs"
    return {
        "Name": place["Location Name"],
        "Address": f"{number % 300} Sample Street, Combinedtown",
        "Postcode": f"ZZ{1 + number % 9} {number % 10}AA",
        "Phone number": f"01632{number:06}",
        "Service types": f"{kind}|{kind}",
        "Date of latest check": f"{published_on(number):%d/%m/%Y}",
        "Specialisms/services": "Dementia|Caring for adults over 65 yrs|Dementia",
        "Provider name": place["Provider Name"],
        "Local authority": AREA,
        "Region": place["Location Region"],
        "Location URL": f"https://register.example/location/{place['Location ID']}",
        DIRECTORY[-2]: place["Location ID"],
        DIRECTORY[-1]: place["Provider ID"],
    }


def _ended(number: int) -> Cells:
    return {
        **identity(number, number * 2 // 3),
        "Location HSCA End Date": f"{date(2014, 1, 1) + timedelta(days=number % 4000)}T00:00:00",
        "Location Inspection Directorate": "Adult social care",
        "Location Postal Code": f"ZZ{1 + number % 9} {number % 10}AA",
    }
