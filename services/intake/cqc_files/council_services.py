"""Reader of the council's own list of services that need no registration with CQC (CSV).

The quality team supports these as well (Wirral scope, 1.7). The council keeps the list, so the
format is ours: UTF-8 with or without a byte order mark, comma-separated, headings in line 1.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from services.intake.cqc_files.csv_lines import csv_lines
from services.intake.cqc_files.problems import RowProblem
from services.intake.cqc_files.records import Record, Table, is_cqc_id

COLUMNS = (
    "Service reference",
    "Service name",
    "Provider name",
    "Provider reference",
    "Service type",
    "Local authority",
    "Postcode",
    "Commissioned by",
    "Contact name",
    "Contact e-mail",
)
MAX_BYTES = 20 * 1024**2

_SHEET = "the list of services"
_REFERENCE = re.compile(r"[A-Z0-9][A-Z0-9/_-]{1,39}")
_POSTCODE = re.compile(r"[A-Z]{1,2}[0-9][A-Z0-9]? ?[0-9][A-Z]{2}")
_E_MAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>.]+(\.[^@\s,;<>.]+)+")


@dataclass(frozen=True, slots=True)
class CouncilService:
    """One service that is not registered with CQC, as the council lists it."""

    service_reference: str
    """The council's own, in upper case; never of the form of a CQC id."""
    service_name: str
    provider_name: str
    provider_reference: str
    service_type: str
    local_authority: str
    postcode: str | None
    commissioned_by: str | None
    """None where nobody commissions it."""
    contact_name: str | None = field(repr=False)
    contact_e_mail: str | None = field(repr=False)


@dataclass(frozen=True, slots=True)
class CouncilServicesFile:
    """What the list held."""

    services: tuple[CouncilService, ...]
    problems: tuple[RowProblem, ...]
    listed: frozenset[str] = frozenset()
    """The references of rows that were refused for something else."""


def read_council_services(path: Path, *, max_bytes: int = MAX_BYTES) -> CouncilServicesFile:
    """Reads the whole list.

    Raises `FileRefused` when it is too large, not UTF-8, not CSV or lacks a column.
    """
    table = Table(_SHEET, COLUMNS)
    found: dict[str, CouncilService] = {}
    for number, cells in csv_lines(path, max_bytes=max_bytes):
        record = table.record(number, cells) if any(map(str.strip, cells)) else None
        service = None if record is None else _service(record)
        if record is None or service is None:
            continue
        if service.service_reference in found:
            record.report("Service reference", "is there a second time", refused=True)
        else:
            found[service.service_reference] = service
    table.finish()
    return CouncilServicesFile(
        tuple(found.values()), tuple(table.problems), frozenset(table.listed)
    )


def _service(record: Record) -> CouncilService | None:
    reference = _reference(record, "Service reference")
    provider_reference = _reference(record, "Provider reference")
    service_name = record.needed_text("Service name")
    provider_name = record.needed_text("Provider name")
    service_type = record.needed_text("Service type")
    authority = record.needed_text("Local authority", longest=120)
    if reference and is_cqc_id(reference):
        reason = "is a CQC id: such services come from CQC's own file"
        record.report("Service reference", reason, refused=True)
        return None
    if not (reference and provider_reference and service_name and provider_name):
        record.refuse(reference)
        return None
    if not (service_type and authority):
        record.refuse(reference)
        return None
    return CouncilService(
        service_reference=reference,
        service_name=service_name,
        provider_name=provider_name,
        provider_reference=provider_reference,
        service_type=service_type,
        local_authority=authority,
        postcode=_matching(record, "Postcode", _POSTCODE, "is not a postcode", upper=True),
        commissioned_by=record.text("Commissioned by", longest=200),
        contact_name=record.text("Contact name"),
        contact_e_mail=_matching(record, "Contact e-mail", _E_MAIL, "is not an e-mail address"),
    )


def _reference(record: Record, column: str) -> str | None:
    if record.needed_text(column) is None:
        return None
    reason = "is not a reference"
    return _matching(record, column, _REFERENCE, reason, upper=True, refused=True)


def _matching(
    record: Record,
    column: str,
    form: re.Pattern[str],
    reason: str,
    *,
    upper: bool = False,
    refused: bool = False,
) -> str | None:
    text = record.text(column)
    if text is None:
        return None
    text = text.upper() if upper else text
    if form.fullmatch(text):
        return text
    record.report(column, reason, refused=refused)
    return None
