"""CSV for people's spreadsheets: what somebody submitted cannot act as a formula there."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence

from fastapi import Response

_BEGINS_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
"""How a cell begins that a spreadsheet takes for a formula, the full-width forms included."""


def csv_of(columns: Sequence[str], rows: Iterable[Mapping[str, object]]) -> str:
    """Rows as CSV with a heading; every text that could be a formula is marked as text."""
    return csv_lines([columns, *([row[column] for column in columns] for row in rows)])


def csv_lines(rows: Iterable[Sequence[object]]) -> str:
    """Rows of any length as CSV; every text that could be a formula is marked as text."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, quoting=csv.QUOTE_ALL)
    writer.writerows([cell(value) for value in row] for row in rows)
    return out.getvalue()


def cell(value: object) -> str:
    """A value as a cell: an apostrophe before it keeps a spreadsheet from running it."""
    text = "" if value is None else str(value)
    if isinstance(value, (int, float)):
        return text
    return f"'{text}" if text.lstrip(" \u00a0\ufeff").startswith(_BEGINS_FORMULA) else text


def csv_response(name: str, text: str) -> Response:
    """A file to be saved; with a byte order mark, because spreadsheets guess without it."""
    return Response(
        "\ufeff" + text,
        media_type="text/csv; charset=utf-8",
        headers={
            "Content-Disposition": f'attachment; filename="{name}.csv"',
            "Cache-Control": "no-store",
        },
    )
