"""Templates of bulk submission: the columns of each message type, explained, with an example."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from services.intake.domain.submissions import MANY, NOTE, Column, columns_of
from services.intake.files.sheets import SHEET
from shared.contracts.inbound import inbound_messages, inbound_schema_of
from shared.contracts.inbound_examples import GOOD
from shared.platform.problems import not_found
from shared.platform.spreadsheets import csv_lines
from shared.platform.workbooks import xlsx_of

_EXPLAINED = "columns"
_HEADING = ("column", "required", "what to write")


@cache
def columns(type_: str) -> tuple[Column, ...]:
    """The columns of a message type. Raises Problem 404 for one that is not there."""
    cls = inbound_messages().get(type_)
    if cls is None:
        raise not_found()
    return columns_of(inbound_schema_of(cls))


def as_csv(type_: str) -> str:
    """The template as CSV: remarks that explain the columns, the heading, an example."""
    remarks = [[f"{NOTE} {': '.join(line)}"] for line in _explained(type_)]
    return csv_lines([[f"{NOTE} {type_}"], *remarks, *_rows(type_)])


def as_xlsx(type_: str) -> bytes:
    """The template as a workbook: a sheet to fill in, and one that explains its columns."""
    return xlsx_of({SHEET: _rows(type_), _EXPLAINED: [_HEADING, *_explained(type_)]})


def _explained(type_: str) -> list[tuple[str, ...]]:
    return [
        (column.name, "required" if column.required else "optional", column.shape)
        for column in columns(type_)
    ]


def _rows(type_: str) -> list[list[str]]:
    """The heading, and an example which is a remark: whoever leaves it there sends nothing."""
    names = [column.name for column in columns(type_)]
    first, *others = (_written(GOOD[type_], name) for name in names)
    return [names, [f"{NOTE} {first}", *others]]


def _written(message: Mapping[str, Any], name: str) -> str:
    """A field of a message as somebody writes it into a cell."""
    value: Any = message
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return f"{MANY} ".join(value)
    return "" if value is None else str(value)
