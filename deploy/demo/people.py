"""The office holders of the invented borough, as the council would keep them in a CSV file.

Some are personas who can sign in (`deploy/local/personas.toml`), under the same name.
"""

from __future__ import annotations

import csv
from pathlib import Path
from typing import NamedTuple

COLUMNS = ("location", "agency", "role", "name", "e-mail")


class OfficeHolder(NamedTuple):
    """Somebody at a location or at work for an agency, with a work address."""

    location: str
    agency: str
    role: str
    name: str
    email: str


def _manager(location: str, name: str, email: str) -> OfficeHolder:
    return OfficeHolder(location, "", "registered_manager", name, email)


def _officer(agency: str, name: str, email: str) -> OfficeHolder:
    return OfficeHolder("", agency, "", name, email)


_LARCHFIELD = "1-200000001"

OFFICE_HOLDERS = (
    _manager(_LARCHFIELD, "Fenella Cobblewood", "fenella.cobblewood@larchfield.example"),
    OfficeHolder(
        _LARCHFIELD,
        "",
        "nominated_individual",
        "Ambrose Thackerlane",
        "ambrose.thackerlane@larchfield.example",
    ),
    _manager("1-200000006", "Orla Windlestraw", "manager@tidewell.example"),
    _manager("1-200000009", "Casimir Nettlebed", "manager@quillbrook.example"),
    _manager("1-200000020", "Honora Saltwhistle", "manager@hollowbeck.example"),
    _officer(
        "council-quality", "Sabeen Willowcroft", "sabeen.willowcroft@combined-council.example"
    ),
    _officer("council-contracts", "Elowen Marshbank", "elowen.marshbank@combined-council.example"),
    _officer("icb", "Anselm Beechwater", "anselm.beechwater@icb.example"),
    _officer("mental-health-trust", "Lucan Swallowdale", "lucan.swallowdale@mh-trust.example"),
)


def write_contacts(directory: Path) -> Path:
    """Write the file into the directory and return where it lies."""
    path = directory / "contacts.csv"
    with path.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(COLUMNS)
        writer.writerows(OFFICE_HOLDERS)
    return path
