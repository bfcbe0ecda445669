"""What somebody uploads as a spreadsheet: CSV or XLSX, known by its content, read in memory."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence

from services.intake.cqc_files import xlsx
from services.intake.cqc_files.csv_lines import rows_of
from services.intake.cqc_files.problems import FileRefused
from services.intake.domain.submissions import FORMULA, MAX_ROWS, NOTE

SHEET = "rows"
"""The sheet of a workbook that is read."""
_ZIP = b"PK\x03\x04"
_MOST_UNPACKED = 16 * 1024**2
MAX_COLUMNS = 100
"""Of a row, empty ones at its end not counted: several times what any template has."""

Rows = list[tuple[int, tuple[str, ...]]]


def read_sheet(content: bytes) -> Rows:
    """The rows that say something, with their numbers as the spreadsheet shows them.

    The heading is the first. Raises FileRefused, which repeats nothing of the content.
    """
    if not content.strip():
        raise FileRefused("it is empty")
    rows: Rows = []
    for number, cells in _of_workbook(content) if content.startswith(_ZIP) else _of_text(content):
        if len(rows) > MAX_ROWS:
            raise FileRefused(f"it has more than {MAX_ROWS} rows")
        said = _without_end(cells)
        if said and not _is_note(said):
            if len(said) > MAX_COLUMNS:
                raise FileRefused(f"a row has more than {MAX_COLUMNS} columns")
            rows.append((number, said))
    if len(rows) <= 1:
        raise FileRefused("there is no row below the heading")
    return rows


def _without_end(cells: tuple[str, ...]) -> tuple[str, ...]:
    """A row without the empty cells at its end, which spreadsheets like to add."""
    length = len(cells)
    while length and not cells[length - 1].strip():
        length -= 1
    return cells[:length]


def _is_note(cells: Sequence[str]) -> bool:
    return cells[0].lstrip().startswith(NOTE)


def _of_workbook(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    found = xlsx.read_rows(
        io.BytesIO(content), [SHEET], max_uncompressed=_MOST_UNPACKED, formula=FORMULA
    )
    return ((row.number, row.cells) for row in found)


def _of_text(content: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise FileRefused("the file is not in UTF-8") from None
    return rows_of(io.StringIO(text, newline=""))
