"""Reader of CQC's monthly "care directory with filters" (HSCA Active Locations, ODS or XLSX)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from services.intake.cqc_files import ods, xlsx
from services.intake.cqc_files.packed import MAX_UNCOMPRESSED_BYTES, Progress, unwatched
from services.intake.cqc_files.problems import FileRefused, RowProblem
from services.intake.cqc_files.records import Record, Table, date_in_name, one_line, written_date
from shared.contracts.words import CqcRating

README = "README"
LOCATIONS = "HSCA_Active_Locations"
DUAL_REGISTRATIONS = "HSCA_Dual_Registration_Locations"

_AS_AT = re.compile(r"Source:\s*CQC database as at\s+(\d{1,2}\s+[A-Za-z]+\s+\d{4})\b", re.I)
_ADULT_SOCIAL_CARE = "adult social care"
_PREDECESSOR = "hsca predecessor"
_SERVICE_TYPE = "Service type - "
_USER_BAND = "Service user band - "

LOCATION_COLUMNS = (
    "Location ID",
    "Location HSCA start date",
    "Dormant (Y/N)",
    "Care home?",
    "Location Name",
    "Registered manager",
    "Care homes beds",
    "Location Inspection Directorate",
    "Location Primary Inspection Category",
    "Location Latest Overall Rating",
    "Publication Date",
    "Inherited Rating (Y/N)",
    "Location Region",
    "Location Local Authority",
    "Location Postal Code",
    "Brand ID",
    "Brand Name",
    "Provider ID",
    "Provider Name",
    "Provider HSCA start date",
    "Provider Nominated Individual Name",
    "Location Dual Registered",
)
"""The columns that the system uses, of the 122; the file is refused without one of them."""

RELATIONSHIP_COLUMNS = (
    "Location ID",
    "Provider ID",
    "Linked Organisation ID",
    "Linked Organisation Name",
    "Relationship",
    "Relationship Start Date",
)


@dataclass(frozen=True, slots=True)
class ActiveLocation:
    """One registered location as CQC published it. None is unknown, never "no" or 0."""

    location_id: str
    provider_id: str
    location_name: str
    provider_name: str
    care_home: bool | None
    dormant: bool | None
    adult_social_care: bool
    primary_inspection_category: str | None
    service_types: tuple[str, ...]
    service_user_bands: tuple[str, ...]
    local_authority: str | None
    region: str | None
    postal_code: str | None
    beds: int | None
    """Of a care home; a published 0, as of a home care agency, is 0."""
    brand_id: str | None
    brand_name: str | None
    registered_manager: str | None = field(repr=False)
    nominated_individual: str | None = field(repr=False)
    location_started: date | None
    """When this registration under the Health and Social Care Act began."""
    provider_started: date | None
    latest_overall_rating_text: str
    """Exactly as published, ``""`` for a blank."""
    latest_overall_rating: CqcRating | None
    rating_published: date | None
    rating_inherited: bool | None
    """True when the rating was given to an earlier registration of the service."""
    dual_registered: bool


@dataclass(frozen=True, slots=True)
class Relationship:
    """A link of a location to another organisation, from the sheet of dual registrations."""

    kind: str
    """As published, for example ``HSCA Predecessor``."""
    location_id: str
    provider_id: str
    linked_organisation_id: str
    started: date | None
    linked_name: str | None = None

    @property
    def is_predecessor(self) -> bool:
        """Whether the linked organisation is what this location was before it registered anew."""
        return self.kind.casefold() == _PREDECESSOR


@dataclass(frozen=True, slots=True)
class ActiveLocationsFile:
    """One month's file: the date CQC took it from its database, and what it held."""

    as_at: date
    locations: tuple[ActiveLocation, ...]
    """Every sector, because a location may move between them; see `adult_social_care`."""
    relationships: tuple[Relationship, ...]
    problems: tuple[RowProblem, ...]

    @property
    def adult_social_care(self) -> tuple[ActiveLocation, ...]:
        """The locations that CQC's adult social care directorate inspects."""
        return tuple(location for location in self.locations if location.adult_social_care)


def read_active_locations(
    path: Path, *, max_uncompressed: int = MAX_UNCOMPRESSED_BYTES
) -> ActiveLocationsFile:
    """Reads the whole file and keeps it. Raises `FileRefused` as `stream_active_locations` does."""
    problems: list[RowProblem] = []
    locations: list[ActiveLocation] = []
    links: list[Relationship] = []
    for found in stream_active_locations(path, problems, max_uncompressed=max_uncompressed):
        if isinstance(found, Relationship):
            links.append(found)
        else:
            locations.append(found)
    return ActiveLocationsFile(date_in_name(path), tuple(locations), tuple(links), tuple(problems))


def stream_active_locations(
    path: Path,
    problems: list[RowProblem],
    *,
    listed: set[str] | None = None,
    max_uncompressed: int = MAX_UNCOMPRESSED_BYTES,
    progress: Progress = unwatched,
) -> Iterator[ActiveLocation | Relationship]:
    """Streams the locations and then the relationships; memory stays flat.

    Odd rows are added to `problems` while reading, and to `listed` the ids of rows that are refused
    for something else. `records.date_in_name` dates the file.

    Raises `FileRefused`, at the first row or later, when the file is no ODS, lacks a sheet or a
    needed column, or when the date in its README does not agree with the date in its name.
    """
    expected = date_in_name(path)
    locations = Table(
        LOCATIONS,
        LOCATION_COLUMNS,
        families=(_SERVICE_TYPE, _USER_BAND),
        problems=problems,
        listed=listed,
    )
    links = Table(DUAL_REGISTRATIONS, RELATIONSHIP_COLUMNS, problems=problems)
    tables = {table.sheet: table for table in (locations, links)}
    as_at: date | None = None
    known: set[str] = set()
    # Releases of earlier years are workbooks.
    read_rows = xlsx.read_rows if path.suffix.casefold() == ".xlsx" else ods.read_rows
    for row in read_rows(
        path,
        (README, *tables),
        max_uncompressed=max_uncompressed,
        wanted=lambda sheet: tables[sheet].wanted if sheet in tables else None,
        progress=progress,
    ):
        if row.sheet == README:
            as_at = as_at or _as_at(row.cells)
            continue
        if as_at != expected:
            raise FileRefused(_disagreement(as_at))
        record = tables[row.sheet].record(row.number, row.cells)
        if record is None:
            continue
        found = _new(record, known) if row.sheet == LOCATIONS else _relationship(record)
        if found is not None:
            yield found
    for table in tables.values():
        table.finish()


def _as_at(cells: Sequence[str]) -> date | None:
    match = _AS_AT.search(one_line(" ".join(cells)))
    return written_date(match[1]) if match else None


def _disagreement(as_at: date | None) -> str:
    if as_at is None:
        return f"sheet {README} does not say as at which date the file is"
    return f"the date in sheet {README} is not the date in the file's name"


def _new(record: Record, known: set[str]) -> ActiveLocation | None:
    location = _location(record)
    if location is None:
        return None
    if location.location_id in known:
        record.report("Location ID", "is there a second time", refused=True)
        return None
    known.add(location.location_id)
    return location


def _location(record: Record) -> ActiveLocation | None:
    location_id = record.identifier("Location ID")
    provider_id = record.identifier("Provider ID")
    location_name = record.needed_text("Location Name")
    provider_name = record.needed_text("Provider Name")
    if not (location_id and provider_id and location_name and provider_name):
        record.refuse(location_id)
        return None
    directorate = record.needed_text("Location Inspection Directorate", refused=False) or ""
    return ActiveLocation(
        location_id=location_id,
        provider_id=provider_id,
        location_name=location_name,
        provider_name=provider_name,
        care_home=record.flag("Care home?"),
        dormant=record.flag("Dormant (Y/N)"),
        adult_social_care=directorate.casefold() == _ADULT_SOCIAL_CARE,
        primary_inspection_category=record.text("Location Primary Inspection Category"),
        service_types=record.flagged(_SERVICE_TYPE),
        service_user_bands=record.flagged(_USER_BAND),
        local_authority=record.text("Location Local Authority", longest=120),
        region=record.text("Location Region"),
        postal_code=record.postcode("Location Postal Code"),
        beds=record.count("Care homes beds"),
        brand_id=record.text("Brand ID", longest=40),
        brand_name=record.text("Brand Name"),
        registered_manager=record.text("Registered manager", longest=200),
        nominated_individual=record.text("Provider Nominated Individual Name", longest=200),
        location_started=record.day("Location HSCA start date"),
        provider_started=record.day("Provider HSCA start date"),
        latest_overall_rating_text=record.raw("Location Latest Overall Rating"),
        latest_overall_rating=record.rating("Location Latest Overall Rating"),
        rating_published=record.day("Publication Date"),
        rating_inherited=record.flag("Inherited Rating (Y/N)"),
        dual_registered=record.text("Location Dual Registered") is not None,
    )


def _relationship(record: Record) -> Relationship | None:
    kind = record.needed_text("Relationship")
    location_id = record.identifier("Location ID")
    provider_id = record.identifier("Provider ID")
    linked_id = record.identifier("Linked Organisation ID")
    if not (kind and location_id and provider_id and linked_id):
        return None
    started = record.day("Relationship Start Date")
    linked_name = record.text("Linked Organisation Name")
    return Relationship(kind, location_id, provider_id, linked_id, started, linked_name)
