"""Streams rows out of an OpenDocument spreadsheet in flat memory (OpenDocument 1.3, part 3).

CQC's monthly files hold up to 1 GB of XML, so the document is never built: each row is read when
its end tag arrives and then cleared. The file comes from outside, so it may not name entities,
reach the network, or unpack or repeat itself beyond stated limits.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lxml import etree

from services.intake.cqc_files.problems import FileRefused

MAX_UNCOMPRESSED_BYTES = 4 * 1024**3
"""Four times the largest content.xml that CQC has published."""
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
_MAX_SPACES = 1_000
_MAX_ELEMENT_BYTES = 32 * 1024**2
"""How much may lie between the ends of two rows: whatever it is, memory holds it at once."""

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE_NS = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = _TABLE_NS + "table"
_ROW = _TABLE_NS + "table-row"
_CELL = _TABLE_NS + "table-cell"
_COVERED_CELL = _TABLE_NS + "covered-table-cell"
_ANNOTATION = _OFFICE + "annotation"
_PARAGRAPH = _TEXT + "p"
_VALUE_TYPE = _OFFICE + "value-type"
_COLUMNS_REPEATED = _TABLE_NS + "number-columns-repeated"

Wanted = Callable[[str], Collection[int] | None]
"""The places of the columns of a sheet that somebody will look at; None: all of them."""
Progress = Callable[[int, int], None]
"""Told how many bytes of how many are read."""


def everything(_: str) -> Collection[int] | None:
    """All columns of every sheet."""
    return None


def unwatched(_done: int, _all: int) -> None:
    """Nobody looks at the progress."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that holds anything: its sheet, its number as a person sees it (from 1), its cells.

    Cells are text without surrounding space; a blank is ``""``; trailing blanks are left out.
    """

    sheet: str
    number: int
    cells: tuple[str, ...]


def read_rows(
    path: Path,
    sheets: Collection[str],
    *,
    max_uncompressed: int = MAX_UNCOMPRESSED_BYTES,
    wanted: Wanted = everything,
    progress: Progress = unwatched,
) -> Iterator[Row]:
    """The rows of the named sheets in one pass, in the order of the document.

    Sheets are matched whatever their case and reported under the name asked for. Reading stops
    with the last of them; where none is named all are read. Cells that are not `wanted` read as
    blank. Numbers and dates come from the cell's value, not from its display.

    Raises `FileRefused` when the file is no readable ODS, is over a limit or lacks a sheet.
    """
    missing = {name.casefold(): name for name in sheets}
    with _content(path, max_uncompressed, progress) as content:
        try:
            yield from _rows(content, missing, wanted, all_sheets=not sheets)
        except etree.XMLSyntaxError:
            raise FileRefused("content.xml is not well-formed or over a limit") from None
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise FileRefused("the file is damaged") from None
    if missing:
        raise FileRefused(f"sheet {sorted(missing.values())[0]} is missing")


@contextmanager
def _content(path: Path, max_uncompressed: int, progress: Progress) -> Iterator[_Metered]:
    try:
        archive = zipfile.ZipFile(path)
    except zipfile.BadZipFile:
        raise FileRefused("the file is not an ODS spreadsheet") from None
    with archive:
        try:
            entry = archive.getinfo("content.xml")
        except KeyError:
            raise FileRefused("the file is not an ODS spreadsheet") from None
        # zipfile never hands out more than the declared size, and only these two methods
        # unpack in small steps.
        if entry.file_size > max_uncompressed:
            raise FileRefused(f"content.xml unpacks to more than {max_uncompressed} bytes")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise FileRefused("content.xml is packed in a way that ODS does not allow")
        if entry.flag_bits & 0x1:
            raise FileRefused("the file is encrypted")
        try:
            content = archive.open(entry)
        except (zipfile.BadZipFile, OSError):
            raise FileRefused("the file is damaged") from None
        with content:
            yield _Metered(content, entry.file_size, progress)


def metered(content: IO[bytes], size: int, progress: Progress) -> _Metered:
    """A packed part as a parser may read it; tell it with `row_ended` where a row is over."""
    return _Metered(content, size, progress)


class _Metered:
    """The packed file as the parser reads it, stopped where one row would fill the memory."""

    def __init__(self, content: IO[bytes], size: int, progress: Progress) -> None:
        self._content = content
        self._size = size
        self._read = 0
        self._progress = progress
        self._since_row = 0

    def read(self, size: int) -> bytes:
        self._since_row += size
        if self._since_row > _MAX_ELEMENT_BYTES:
            raise FileRefused(f"a row takes more than {_MAX_ELEMENT_BYTES} bytes")
        found = self._content.read(size)
        self._read += len(found)
        self._progress(self._read, self._size)
        return found

    def row_ended(self) -> None:
        self._since_row = 0


def _rows(
    content: _Metered, missing: dict[str, str], wanted: Wanted, *, all_sheets: bool
) -> Iterator[Row]:
    walk = etree.iterparse(
        content,
        events=("start", "end"),
        tag=(_TABLE, _ROW),
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    depth, number, sheet, checked = 0, 0, None, False
    for event, element in walk:
        if not checked:
            _refuse_doctype(element)
            checked = True
        if element.tag == _TABLE:
            depth += 1 if event == "start" else -1
            if depth == 1 and event == "start":
                name = element.get(_TABLE_NS + "name", "")
                number, sheet = 0, missing.pop(name.casefold(), name if all_sheets else None)
            elif depth == 0:
                element.clear()
                if not missing and not all_sheets:
                    return
        elif event == "end" and depth == 1:
            if sheet is not None:
                repeat = _repeat(element, _TABLE_NS + "number-rows-repeated")
                yield from _repeated(sheet, number, repeat, _cells(element, wanted(sheet)))
                number += repeat
            _forget(element)
            content.row_ended()


def _repeated(sheet: str, before: int, repeat: int, cells: tuple[str, ...]) -> Iterator[Row]:
    if not cells:  # filler: a million blank rows are one element
        return
    if before + repeat > MAX_ROWS:
        raise FileRefused(f"sheet {sheet} has more than {MAX_ROWS} rows")
    for number in range(before + 1, before + repeat + 1):
        yield Row(sheet, number, cells)


def _cells(row: etree._Element, wanted: Collection[int] | None) -> tuple[str, ...]:
    cells: list[str] = []
    blanks, place, unwanted = 0, 0, False
    for cell in row:
        if cell.tag not in (_CELL, _COVERED_CELL):
            continue
        repeat = _repeat(cell, _COLUMNS_REPEATED)
        before, place = place, place + repeat
        if wanted is not None and repeat == 1 and before not in wanted:
            unwanted = unwanted or len(cell) > 0
            blanks += 1
            continue
        # A covered cell lies under a merged one: it holds its place and shows nothing.
        value = _value(cell) if cell.tag == _CELL else ""
        if not value:
            blanks += repeat
            continue
        if place > MAX_COLUMNS:
            raise FileRefused(f"a row has more than {MAX_COLUMNS} columns")
        cells += [""] * blanks
        cells += [value] * repeat
        blanks = 0
    return tuple(cells) or (("",) if unwanted else ())


def _value(cell: etree._Element) -> str:
    kind = cell.get(_VALUE_TYPE)
    if kind in ("float", "percentage", "currency"):
        return _number(cell.get(_OFFICE + "value", ""))
    if kind in ("date", "time", "boolean"):
        return cell.get(f"{_OFFICE}{kind}-value", "").strip()
    if len(cell) == 1 and cell[0].tag == _PARAGRAPH and not len(cell[0]):  # as nearly all are
        shown = cell[0].text or ""
    else:
        shown = "\n".join("".join(_text(part)) for part in cell.iterchildren(_PARAGRAPH))
    return shown.strip() or cell.get(_OFFICE + "string-value", "").strip()


def _number(value: str) -> str:
    """A whole number without its decimal point (``12.0`` is 12 beds), anything else as it is."""
    try:
        number = float(value)
    except ValueError:
        return value.strip()
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else value.strip()


def _text(node: etree._Element) -> Iterator[str]:
    yield node.text or ""
    for child in node:
        if child.tag == _TEXT + "s":
            yield " " * min(_repeat(child, _TEXT + "c"), _MAX_SPACES)
        elif child.tag in (_TEXT + "tab", _TEXT + "line-break"):
            yield " "
        elif child.tag != _ANNOTATION:  # somebody's comment on the cell is not its content
            yield from _text(child)
        yield child.tail or ""


def _repeat(element: etree._Element, attribute: str) -> int:
    value = element.get(attribute)
    if value is None:
        return 1
    if not (value.isascii() and value.isdigit() and len(value) <= 9 and int(value) > 0):
        raise FileRefused(f"{attribute.rpartition('}')[2]} is not a count")
    return int(value)


def _refuse_doctype(element: etree._Element) -> None:
    # No ODS has a DOCTYPE; entities are declared nowhere else.
    if element.getroottree().docinfo.internalDTD is not None:
        raise FileRefused("content.xml declares a document type, which no ODS needs")


def _forget(row: etree._Element) -> None:
    """Drops the row's content and all that went before it, which is what keeps memory flat."""
    row.clear()
    node: etree._Element | None = row
    while node is not None and node.tag != _TABLE:
        parent = node.getparent()
        while parent is not None and (earlier := node.getprevious()) is not None:
            parent.remove(earlier)
        node = parent
