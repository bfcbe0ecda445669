"""Reader of CQC's weekly directory of every registered location (CSV, some 55,000 rows or more)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from services.intake.cqc_files.csv_lines import csv_lines
from services.intake.cqc_files.packed import Progress, unwatched
from services.intake.cqc_files.problems import FileRefused, RowProblem
from services.intake.cqc_files.records import Record, Table, date_in_name, one_line, written_date

MAX_BYTES = 500 * 1024**2
COLUMNS = (
    "Name",
    "Also known as",
    "Address",
    "Postcode",
    "Phone number",
    "Service's website (if available)",
    "Service types",
    "Date of latest check",
    "Specialisms/services",
    "Provider name",
    "Local authority",
    "Region",
    "Location URL",
    "CQC Location ID (for office use only)",
    "CQC Provider ID (for office use only)",
)
_SHEET = "the directory"
_NEEDED = ("Name", "Service types", "Provider name", "Local authority", *COLUMNS[-2:])
_OPTIONAL = tuple(column for column in COLUMNS if column not in _NEEDED)
_PRODUCED = re.compile(r"produced on\s+(\d{1,2}\s+[A-Za-z]+\s+\d{4})\b", re.I)


@dataclass(frozen=True, slots=True)
class DirectoryEntry:
    """One registered location, as the weekly directory knows it: no beds, managers or ratings."""

    location_id: str
    provider_id: str
    name: str
    also_known_as: str | None
    provider_name: str
    service_types: tuple[str, ...]
    """Each once: the file repeats them."""
    specialisms: tuple[str, ...]
    local_authority: str | None
    region: str | None
    postcode: str | None
    latest_check: date | None


def produced_on(path: Path) -> date:
    """The day on which the file says it was produced, else that of its name.

    Raises `FileRefused` where neither is there, or where they do not agree.
    """
    named = None
    with suppress(FileRefused):
        named = date_in_name(path)
    written = None
    for number, cells in csv_lines(path, max_bytes=MAX_BYTES):
        match = _PRODUCED.search(one_line(" ".join(cells)))
        if match or number > 20 or _is_heading(cells):
            written = written_date(match[1]) if match else None
            break
    if named is None and written is None:
        raise FileRefused("neither the file nor its name says on which day it was produced")
    if named is not None and written is not None and named != written:
        raise FileRefused("the day in the file is not the day in the file's name")
    return written or named or date.min


def read_directory(
    path: Path,
    problems: list[RowProblem],
    *,
    listed: set[str] | None = None,
    progress: Progress = unwatched,
) -> Iterator[DirectoryEntry]:
    """Streams the entries; odd rows are added to `problems` while reading.

    To `listed` go the ids of rows that are refused for something else.

    Raises `FileRefused`, at the first row or later, when the file is too large, not UTF-8, not CSV
    or lacks a column.
    """
    table = Table(_SHEET, _NEEDED, optional=_OPTIONAL, problems=problems, listed=listed)
    known: set[str] = set()
    for number, cells in csv_lines(path, max_bytes=MAX_BYTES, progress=progress):
        record = table.record(number, cells) if any(map(str.strip, cells)) else None
        entry = None if record is None else _entry(record)
        if record is None or entry is None:
            continue
        if entry.location_id in known:
            record.report(COLUMNS[-2], "is there a second time", refused=True)
            continue
        known.add(entry.location_id)
        yield entry
    table.finish()


def _is_heading(cells: Sequence[str]) -> bool:
    return bool(cells) and cells[0].strip().casefold() == "name"


def _entry(record: Record) -> DirectoryEntry | None:
    location_id = record.identifier(COLUMNS[-2])
    provider_id = record.identifier(COLUMNS[-1])
    name = record.needed_text("Name")
    provider_name = record.needed_text("Provider name")
    if not (location_id and provider_id and name and provider_name):
        record.refuse(location_id)
        return None
    return DirectoryEntry(
        location_id=location_id,
        provider_id=provider_id,
        name=name,
        also_known_as=record.text("Also known as"),
        provider_name=provider_name,
        service_types=_each_once(record, "Service types"),
        specialisms=_each_once(record, "Specialisms/services"),
        local_authority=record.text("Local authority", longest=120),
        region=record.text("Region"),
        postcode=record.postcode("Postcode"),
        latest_check=record.day("Date of latest check"),
    )


def _each_once(record: Record, column: str) -> tuple[str, ...]:
    parts = (one_line(part) for part in record.raw(column).split("|"))
    return tuple(dict.fromkeys(part for part in parts if part))
