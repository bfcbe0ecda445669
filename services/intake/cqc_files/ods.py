"""Streams rows out of an OpenDocument spreadsheet in flat memory (OpenDocument 1.3, part 3).

CQC's monthly files hold up to 1 GB of XML, so the document is never built: a row that is plain is
read by a pattern (`plain_rows`) and kept from the parser; any other is read when its end tag
arrives and then cleared. The file comes from outside, so it may not name entities, reach the
network, or unpack or repeat itself beyond stated limits.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from lxml import etree

from services.intake.cqc_files.packed import (
    MAX_UNCOMPRESSED_BYTES,
    Metered,
    Progress,
    content_of,
    unwatched,
)
from services.intake.cqc_files.plain_rows import BEGIN, END, plain_row
from services.intake.cqc_files.problems import FileRefused
from services.intake.cqc_files.values import MAX_COLUMNS, MAX_ROWS, count, whole

_MAX_SPACES = 1_000
_AT_ONCE = 256 * 1024
_SPACES = {
    name: f"urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"
    for name in ("office", "table", "text")
}
"""The namespaces under the prefixes that all office programs give them."""
_OFFICE, _TABLE_NS, _TEXT = (f"{{{space}}}" for space in _SPACES.values())
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


def everything(_: str) -> Collection[int] | None:
    """All columns of every sheet."""
    return None


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
    with content_of(path, max_uncompressed, progress) as content:
        try:
            yield from _rows(content, missing, wanted, all_sheets=not sheets)
        except etree.XMLSyntaxError:
            raise FileRefused("content.xml is not well-formed or over a limit") from None
        except (zipfile.BadZipFile, zlib.error, EOFError):
            raise FileRefused("the file is damaged") from None
    if missing:
        raise FileRefused(f"sheet {sorted(missing.values())[0]} is missing")


def _rows(
    content: Metered, missing: dict[str, str], wanted: Wanted, *, all_sheets: bool
) -> Iterator[Row]:
    sheets = _Sheets(content, missing, wanted, all_sheets=all_sheets)
    held = b""
    while read := content.read(_AT_ONCE):
        held += read
        done = 0
        while sheets.may_be_plain and (begin := held.find(BEGIN, done)) >= 0:
            end = held.find(END, begin) + len(END)
            if end < len(END):  # it goes on in what is not read yet
                break
            yield from sheets.parse(held[done:begin])
            yield from sheets.take(held[begin:end])
            done = end
            if sheets.ended:
                return
        if not sheets.may_be_plain:
            yield from sheets.parse(held[done:])
            done = len(held)
            if sheets.ended:
                return
        held = held[done:]
    yield from sheets.parse(held)
    if not sheets.ended:
        sheets.close()


class _Sheets:
    """The parser, and how far it has come; plain rows are taken beside it, in their order."""

    def __init__(
        self, content: Metered, missing: dict[str, str], wanted: Wanted, *, all_sheets: bool
    ) -> None:
        self._content, self._missing, self._wanted = content, missing, wanted
        self._all_sheets = all_sheets
        self._parser = etree.XMLPullParser(
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
        self._depth, self._number = 0, 0
        self._sheet: str | None = None
        self._begun = self._checked = False
        self.may_be_plain = True
        """False once something has come that could hide a row, or change what it says."""
        self.ended = False
        """True after the last sheet that somebody asked for."""

    def parse(self, data: bytes) -> Iterator[Row]:
        """The rows that end in this part of the document."""
        if data:
            self._look_for_oddities(data)
            self._parser.feed(data)
            yield from self._parsed()

    def take(self, data: bytes) -> Iterator[Row]:
        """The rows of a part that begins with a row and ends where one ends."""
        plain = None
        if self.may_be_plain and self._sheet is not None and self._depth == 1:
            plain = plain_row(data, self._wanted(self._sheet))
        if plain is None:
            yield from self.parse(data)
        else:
            self._content.row_ended()
            yield from self._counted(*plain)

    def close(self) -> None:
        """The document is over. Raises XMLSyntaxError where it broke off."""
        self._parser.close()

    def _look_for_oddities(self, data: bytes) -> None:
        odd = b"xmlns" in data  # prefixes are bound at the root, which begins the document
        if not self._begun:
            self._begun, odd = True, False
            data = data.removeprefix(b"<?xml")
        if odd or b"<!" in data or b"<?" in data:
            self.may_be_plain = False

    def _parsed(self) -> Iterator[Row]:
        # Of these two events there are elements only.
        events = cast("Iterator[tuple[str, etree._Element]]", self._parser.read_events())
        for event, element in events:
            if not self._checked:
                self._check(element)
            if element.tag == _TABLE:
                self._depth += 1 if event == "start" else -1
                if self._depth == 1 and event == "start":
                    self._begin_sheet(element.get(_TABLE_NS + "name", ""))
                elif self._depth == 0:
                    element.clear()
                    self.ended = not self._missing and not self._all_sheets
                    if self.ended:
                        return
            elif event == "end" and self._depth == 1:
                if self._sheet is not None:
                    repeat = _repeat(element, _TABLE_NS + "number-rows-repeated")
                    yield from self._counted(repeat, _cells(element, self._wanted(self._sheet)))
                _forget(element)
                self._content.row_ended()

    def _begin_sheet(self, name: str) -> None:
        default = name if self._all_sheets else None
        self._number, self._sheet = 0, self._missing.pop(name.casefold(), default)

    def _counted(self, repeat: int, cells: tuple[str, ...]) -> Iterator[Row]:
        before, self._number = self._number, self._number + repeat
        yield from _repeated(self._sheet or "", before, repeat, cells)

    def _check(self, element: etree._Element) -> None:
        self._checked = True
        known = element.getroottree().docinfo
        # No ODS has a DOCTYPE; entities are declared nowhere else.
        if known.internalDTD is not None:
            raise FileRefused("content.xml declares a document type, which no ODS needs")
        usual = all(element.nsmap.get(prefix) == space for prefix, space in _SPACES.items())
        self.may_be_plain &= usual and (known.encoding or "UTF-8").casefold() == "utf-8"


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
        return whole(cell.get(_OFFICE + "value", ""))
    if kind in ("date", "time", "boolean"):
        return cell.get(f"{_OFFICE}{kind}-value", "").strip()
    if len(cell) == 1 and cell[0].tag == _PARAGRAPH and not len(cell[0]):  # as nearly all are
        shown = cell[0].text or ""
    else:
        shown = "\n".join("".join(_text(part)) for part in cell.iterchildren(_PARAGRAPH))
    return shown.strip() or cell.get(_OFFICE + "string-value", "").strip()


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
    return count(element.get(attribute), attribute.rpartition("}")[2])


def _forget(row: etree._Element) -> None:
    """Drops the row's content and all that went before it, which is what keeps memory flat."""
    row.clear()
    node: etree._Element | None = row
    while node is not None and node.tag != _TABLE:
        parent = node.getparent()
        while parent is not None and (earlier := node.getprevious()) is not None:
            parent.remove(earlier)
        node = parent
