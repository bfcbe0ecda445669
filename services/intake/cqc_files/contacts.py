"""Reader of the council's list of office holders and of agencies' officers (CSV).

The format is ours: UTF-8 with or without a byte order mark, comma-separated, headings in line 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from services.intake.cqc_files.csv_lines import csv_lines
from services.intake.cqc_files.packed import Progress, unwatched
from services.intake.cqc_files.problems import RowProblem
from services.intake.cqc_files.records import Record, Table
from shared.contracts.words import OfficeHolderRole

COLUMNS = ("location", "agency", "role", "name", "e-mail")
SHEET = "the list of contacts"
MAX_BYTES = 20 * 1024**2

_E_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")
_ROLES = {role.value: role for role in OfficeHolderRole}


@dataclass(frozen=True, slots=True)
class ListedContact:
    """Who holds an office at a location, or works for an agency."""

    row_number: int
    location: str | None
    agency: str | None
    role: OfficeHolderRole | None
    """None of an agency's officer."""
    name: str = field(repr=False)
    email: str = field(repr=False)


def read_contacts(
    path: Path, problems: list[RowProblem], *, progress: Progress = unwatched
) -> Iterator[ListedContact]:
    """Streams the contacts; odd and refused rows are added to `problems` while reading.

    Raises `FileRefused`, at the first row or later, when the file is too large, not UTF-8, not CSV
    or lacks a column.
    """
    table = Table(SHEET, COLUMNS, problems=problems)
    offices: set[tuple[str, OfficeHolderRole]] = set()
    for number, cells in csv_lines(path, max_bytes=MAX_BYTES, progress=progress):
        record = table.record(number, cells) if any(map(str.strip, cells)) else None
        found = None if record is None else _contact(record)
        if record is None or found is None:
            continue
        if found.location and found.role:
            if (found.location, found.role) in offices:
                record.report("role", "has a holder at this location already", refused=True)
                continue
            offices.add((found.location, found.role))
        yield found
    table.finish()


def _contact(record: Record) -> ListedContact | None:
    location, agency = record.text("location", longest=40), record.text("agency", longest=60)
    name, email = record.needed_text("name", longest=200), record.text("e-mail", longest=254)
    role = _role(record, needed=location is not None)
    if (location is None) == (agency is None):
        reason = "is blank, and so is agency" if location is None else "is there beside an agency"
        record.report("location", reason, refused=True)
        return None
    if email is None or not _E_MAIL.fullmatch(email):
        record.report("e-mail", "is not an e-mail address", refused=True)
        return None
    if name is None or (location is not None and role is None):
        return None
    place = location.upper() if location else None
    return ListedContact(record.number, place, agency, role, name, email)


def _role(record: Record, *, needed: bool) -> OfficeHolderRole | None:
    text = record.text("role")
    role = _ROLES.get(text or "")
    if role is None and (needed or text):
        record.report("role", f"is none of {', '.join(_ROLES)}", refused=needed)
    return role
