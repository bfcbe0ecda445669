"""Reader of CQC's monthly file of locations whose registration has ended (ODS)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.intake.cqc_files.ods import read_rows
from services.intake.cqc_files.packed import MAX_UNCOMPRESSED_BYTES, Progress, unwatched
from services.intake.cqc_files.problems import FileRefused, RowProblem
from services.intake.cqc_files.records import Record, Table

LOCATION_ID, ENDED = "Location ID", "Location HSCA End Date"
_NEEDED = (LOCATION_ID, ENDED, "Location Name", "Provider ID", "Provider Name")
_OPTIONAL = (
    "Location Inspection Directorate",
    "Location Local Authority",
    "Location Postal Code",
)
_ADULT_SOCIAL_CARE = "adult social care"


@dataclass(frozen=True, slots=True)
class DeactivatedLocation:
    """A location whose registration has ended. None is unknown."""

    location_id: str
    provider_id: str
    location_name: str
    provider_name: str
    ended: date
    local_authority: str | None
    postal_code: str | None
    adult_social_care: bool
    """False also where the release does not say."""


def read_deactivated(
    path: Path,
    problems: list[RowProblem],
    *,
    max_uncompressed: int = MAX_UNCOMPRESSED_BYTES,
    progress: Progress = unwatched,
) -> Iterator[DeactivatedLocation]:
    """Streams the locations, whatever the sheet is called and how many banners stand above.

    Odd rows are added to `problems` while reading. `records.date_in_name` dates the file.

    Raises `FileRefused`, at the first row or later, when the file is no ODS or no sheet has the
    needed columns.
    """
    tables: dict[str, Table] = {}
    known: set[str] = set()
    for row in read_rows(
        path,
        (),
        max_uncompressed=max_uncompressed,
        wanted=lambda sheet: tables[sheet].wanted if sheet in tables else None,
        progress=progress,
    ):
        if row.sheet.casefold() == "readme":
            continue
        table = tables.setdefault(
            row.sheet, Table(row.sheet, _NEEDED, optional=_OPTIONAL, problems=problems)
        )
        record = table.record(row.number, row.cells)
        found = None if record is None else _location(record)
        if record is None or found is None:
            continue
        if found.location_id in known:
            record.report(LOCATION_ID, "is there a second time", refused=True)
            continue
        known.add(found.location_id)
        yield found
    if not any(table.wanted for table in tables.values()):
        raise FileRefused(f"column {LOCATION_ID} is missing")


def _location(record: Record) -> DeactivatedLocation | None:
    location_id = record.identifier(LOCATION_ID)
    provider_id = record.identifier("Provider ID")
    location_name = record.needed_text("Location Name")
    provider_name = record.needed_text("Provider Name")
    ended = record.day(ENDED)
    if ended is None:
        record.report(ENDED, "is no day on which it ended", refused=True)
    if not (location_id and provider_id and location_name and provider_name and ended):
        return None
    directorate = record.text("Location Inspection Directorate") or ""
    return DeactivatedLocation(
        location_id=location_id,
        provider_id=provider_id,
        location_name=location_name,
        provider_name=provider_name,
        ended=ended,
        local_authority=record.text("Location Local Authority", longest=120),
        postal_code=record.postcode("Location Postal Code"),
        adult_social_care=directorate.casefold() == _ADULT_SOCIAL_CARE,
    )
