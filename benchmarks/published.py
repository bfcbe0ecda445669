"""Files of real size in the shapes that CQC publishes. Every name and number is invented.

120,000 locations of which 30,000 are adult social care, and 320,000 ratings, are what a month's
files hold. Cells carry the attributes that office programs give them, so that the XML is as large
as the real one.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from html import escape
from itertools import groupby
from pathlib import Path

from deploy.demo import cqc_columns

DAY = "01_October_2026"
AREA = "Combined Borough"
GROUPS = ("Overall", "Safe", "Effective", "Caring", "Responsive", "Well-led")
RATINGS = ("Good", "Requires improvement", "Outstanding", "Good", "Inadequate", "Good", "Good")

_SPACES = ("office", "table", "text")
_NAMESPACES = " ".join(
    f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in _SPACES
)
_CALCEXT = "urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"
_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    f"{_NAMESPACES}><office:body><office:spreadsheet>"
)
_FOOT = "</office:spreadsheet></office:body></office:document-content>"
_FILLER = (
    '<table:table-row table:number-rows-repeated="700000">'
    '<table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
)
_KINDS = (
    ("Y", "Service type - Care home service with nursing", 40),
    ("Y", "Service type - Care home service without nursing", 22),
    ("N", "Service type - Domiciliary care service", 0),
    ("N", "Service type - Supported living service", None),
)


Cells = dict[str, object]
Edit = Callable[[Cells], Cells | None]
"""Changes a row before it is written; None leaves it out."""


def as_it_is(row: Cells) -> Cells | None:
    """No change."""
    return row


def active_locations(
    directory: Path, locations: int, adult: int, *, day: str = DAY, edit: Edit = as_it_is
) -> Path:
    """Write a file of active locations; the first `adult` of them are adult social care."""
    path = directory / f"{day}_HSCA_Active_Locations.ods"
    written = day.replace("_", " ")
    write(
        path,
        {
            "README": [["Active locations"], [f"Source: CQC database as at {written}"]],
            "HSCA_Active_Locations": table(
                cqc_columns.ACTIVE_LOCATIONS,
                map(edit, (_location(number, adult) for number in range(locations))),
            ),
            "HSCA_Dual_Registration_Locations": table(
                cqc_columns.DUAL_REGISTRATIONS, (_predecessor(n) for n in range(0, adult, 50))
            ),
        },
    )
    return path


def latest_ratings(directory: Path, ratings: int, *, day: str = DAY, edit: Edit = as_it_is) -> Path:
    """Write a file of ratings, six to a location, adult social care first."""
    path = directory / f"{day}_Latest_ratings.ods"
    write(
        path,
        {
            "Locations": table(
                cqc_columns.LOCATION_RATINGS,
                map(edit, (_rating(number) for number in range(ratings))),
            ),
            "Providers": table(cqc_columns.PROVIDER_RATINGS, ()),
        },
    )
    return path


def _location(number: int, adult: int) -> Cells:
    social = number < adult
    care_home, service, beds = _KINDS[number % len(_KINDS)]
    provider = number * 2 // 3  # three locations to two providers
    begun = date(2011, 1, 1) + timedelta(days=number % 5000)
    return {
        **identity(number, provider),
        "Location HSCA start date": f"{begun}T00:00:00",
        "Dormant (Y/N)": "N",
        "Care home?": care_home,
        "Location Telephone Number": f"01632{number:06}",
        "Registered manager": f"Exampleton{number % 977}, Robin {number % 31}",
        "Location Web Address": f"www.example-{number}.example",
        "Care homes beds": beds,
        "Location Type/Sector": "Social Care Org" if social else "Primary Medical Services",
        "Location Inspection Directorate": "Adult social care" if social else "PMS",
        "Location Primary Inspection Category": "Residential social care",
        "Location Latest Overall Rating": RATINGS[number % len(RATINGS)],
        "Publication Date": f"{published_on(number)}",
        "Inherited Rating (Y/N)": "N",
        "Location NHS Region": "Example Region of the Health Service",
        "Location ONSPD CCG Code": f"E3800{number % 106:04}",
        "Location ONSPD CCG": f"NHS Example ICB - {number % 106:02}X",
        "Location Commissioning CCG Code": f"E3800{number % 106:04}",
        "Location Commissioning CCG": f"NHS Example ICB - {number % 106:02}X",
        "Location Street Address": f"{number % 300} Sample Street",
        "Location City": "Combinedtown",
        "Location County": "Exampleshire",
        "Location Postal Code": f"ZZ{1 + number % 9} {number % 10}AA",
        "Location PAF ID": f"{number + 1000000}",
        "Location UPRN ID": f"{number + 10000000000}",
        "Location Latitude": f"53.{number:06}",
        "Location Longitude": f"-3.{number:06}",
        "Location Parliamentary Constituency": "Example West and Sample Valley",
        "Provider Companies House Number": f"{number + 1000000:08}",
        "Provider HSCA start date": begun.isoformat(),
        "Provider Type/Sector": "Social Care Org",
        "Provider Inspection Directorate": "Adult social care",
        "Provider Primary Inspection Category": "Residential social care",
        "Provider Ownership Type": "Organisation",
        "Provider Telephone Number": f"01632{provider:06}",
        "Provider Web Address": f"www.example-{provider}.example",
        "Provider Street Address": f"{provider % 300} Sample Street",
        "Provider City": "Combinedtown",
        "Provider Postal Code": f"ZZ{1 + provider % 9} {provider % 10}AA",
        "Provider Local Authority": AREA,
        "Provider Region": "Example Region",
        "Provider Nominated Individual Name": f"Testerby{provider % 977}, Jo {provider % 31}",
        "Regulated activity - Accommodation for persons who require nursing or personal care": "Y",
        "Regulated activity - Treatment of disease, disorder or injury": "Y",
        service: "Y",
        "Service user band - Dementia": "Y",
        "Service user band - Older People": "Y",
        "Service user band - Physical Disability": "Y",
    }


def _rating(number: int) -> Cells:
    place = number // len(GROUPS)
    return {
        **identity(place, place * 2 // 3),
        "Location ODS Code": f"VM{place % 1000:03}",
        "Care Home?": "Y",
        "Location Type": "Social Care Org",
        "Location Street Address": f"{place % 300} Sample Street",
        "Location City": "Combinedtown",
        "Location Post Code": f"ZZ{1 + place % 9} {place % 10}AA",
        "Location NHS Region": "Example Region of the Health Service",
        "Location ONSPD CCG Code": f"E3800{place % 106:04}",
        "Location ONSPD CCG": f"NHS Example ICB - {place % 106:02}X",
        "Location Commissioning CCG Code": f"E3800{place % 106:04}",
        "Location Commissioning CCG Name": f"NHS Example ICB - {place % 106:02}X",
        "Service / Population Group": "Overall",
        "Domain": GROUPS[number % len(GROUPS)],
        "Latest Rating": RATINGS[place % len(RATINGS)],
        "Publication Date": f"{published_on(place):%d/%m/%Y}",
        "Report Type": "Location",
        "Inherited Rating (Y/N)": "N",
        "URL": f"https://register.example/location/1-{200000000 + place}",
    }


def identity(number: int, provider: int) -> Cells:
    """What all files say of a location and its provider."""
    brand = f"BD{provider % 400:03}" if provider % 3 == 0 else "-"
    return {
        "Location ID": f"1-{200000000 + number}",
        "Location Name": f"Example House {number}",
        "Location Primary Inspection Category": "Residential social care",
        "Location Region": "Example Region",
        "Location Local Authority": AREA,
        "Brand ID": brand,
        "Brand Name": "-" if brand == "-" else f"BRAND Example {brand}",
        "Provider ID": f"1-{100000000 + provider}",
        "Provider Name": f"Example Care {provider} Limited",
    }


def _predecessor(number: int) -> Cells:
    return {
        **identity(number, number * 2 // 3),
        "Linked Organisation ID": f"1-{500000000 + number}",
        "Linked Organisation Name": f"Example House {number} as it was",
        "Relationship": "HSCA Predecessor",
        "Relationship Start Date": "2024-04-01",
    }


def published_on(number: int) -> date:
    """When CQC published its rating."""
    return date(2018, 1, 1) + timedelta(days=number % 3000)


def table(
    columns: Sequence[str], rows: Iterable[Mapping[str, object] | None]
) -> Iterator[Sequence[object]]:
    """A line of headings, and what rows hold below each."""
    yield columns
    for row in rows:
        if row is None:
            continue
        yield [row.get(column) for column in columns]


def write(path: Path, sheets: Mapping[str, Iterable[Sequence[object]]]) -> None:
    """Write an ODS as office programs do."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        # An entry of its own, else it would bear the time of day and no two files were alike.
        kind = zipfile.ZipInfo("mimetype")
        archive.writestr(kind, "application/vnd.oasis.opendocument.spreadsheet")
        with archive.open("content.xml", "w") as content:
            content.write(_HEAD.encode())
            for name, rows in sheets.items():
                content.write(f'<table:table table:name="{name}">'.encode())
                for row in rows:
                    content.write(_row(row).encode())
                content.write(f"{_FILLER}</table:table>".encode())
            content.write(_FOOT.encode())


def _row(cells: Sequence[object]) -> str:
    runs = ((cell, len(list(run))) for cell, run in groupby(cells))
    filler = '<table:table-cell table:number-columns-repeated="16000"/>'
    return f"<table:table-row>{''.join(map(_run, runs))}{filler}</table:table-row>"


def _run(run: tuple[object, int]) -> str:
    cell, length = run
    repeated = f' table:number-columns-repeated="{length}"' if length > 1 else ""
    if cell is None or cell == "":
        return f"<table:table-cell{repeated}/>"
    kind = 'office:value-type="string"'
    if isinstance(cell, int):
        kind = f'office:value-type="float" office:value="{cell}"'
    shown = f"<text:p>{escape(str(cell))}</text:p>"
    return f"<table:table-cell {kind}{repeated}>{shown}</table:table-cell>"
