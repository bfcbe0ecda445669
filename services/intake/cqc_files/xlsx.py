"""Streams rows out of an Office Open XML workbook: the form of CQC's earlier releases (ECMA-376).

As `ods`: the workbook is never built, and it may not name entities, reach the network, or unpack
beyond stated limits. Its shared texts are held packed, as bytes.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from array import array
from collections.abc import Collection, Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import IO, Any

from lxml import etree

from services.intake.cqc_files.ods import Row, Wanted, everything
from services.intake.cqc_files.packed import MAX_UNCOMPRESSED_BYTES, Metered, Progress, unwatched
from services.intake.cqc_files.problems import FileRefused
from services.intake.cqc_files.values import MAX_COLUMNS, MAX_ROWS

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_REL = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_ROW, _CELL, _VALUE, _TEXT = _MAIN + "row", _MAIN + "c", _MAIN + "v", _MAIN + "t"
_ITEM, _PHONETIC, _COMPUTED = _MAIN + "si", _MAIN + "rPh", _MAIN + "f"
_PLACE = re.compile(r"([A-Z]{1,3})[0-9]+")
_DAY_ZERO = date(1899, 12, 30)
_DATE_FORMATS = frozenset({14, 15, 16, 17, 22})
_MOST_SHARED_BYTES = 160 * 1024**2


def read_rows(
    path: Path | IO[bytes],
    sheets: Collection[str],
    *,
    max_uncompressed: int = MAX_UNCOMPRESSED_BYTES,
    wanted: Wanted = everything,
    progress: Progress = unwatched,
    formula: str | None = None,
) -> Iterator[Row]:
    """The rows of the named sheets, in the order of the names; see `ods.read_rows`.

    A cell that computes its value gives `formula` where that is set, else its last value.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > max_uncompressed:
                raise FileRefused(f"the workbook unpacks to more than {max_uncompressed} bytes")
            yield from _Workbook(archive, formula).rows(sheets, wanted, progress)
    except etree.XMLSyntaxError:
        raise FileRefused("a part of the workbook is not well-formed or over a limit") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError):
        raise FileRefused("the file is damaged, or no XLSX workbook") from None


class _Workbook:
    def __init__(self, archive: zipfile.ZipFile, formula: str | None) -> None:
        self._archive = archive
        self._formula = formula
        self._texts = _Texts()
        self._dates: set[int] = set()

    def rows(self, sheets: Collection[str], wanted: Wanted, progress: Progress) -> Iterator[Row]:
        parts = self._parts()
        missing = [name for name in sheets if name.casefold() not in parts]
        if missing:
            raise FileRefused(f"sheet {sorted(missing)[0]} is missing")
        self._read_texts()
        self._read_date_styles()
        for name in sheets:
            yield from self._sheet(name, parts[name.casefold()], wanted, progress)

    def _parts(self) -> dict[str, str]:
        targets = {
            element.get("Id", ""): element.get("Target", "")
            for element in self._elements("xl/_rels/workbook.xml.rels", None)
            if element.get("Target")
        }
        return {
            element.get("name", "").casefold(): _in_archive(targets[element.get(_REL + "id", "")])
            for element in self._elements("xl/workbook.xml", _MAIN + "sheet")
        }

    def _read_texts(self) -> None:
        if "xl/sharedStrings.xml" in self._archive.namelist():
            for item in self._elements("xl/sharedStrings.xml", _ITEM):
                self._texts.add(_text(item))

    def _read_date_styles(self) -> None:
        if "xl/styles.xml" not in self._archive.namelist():
            return
        known = set(_DATE_FORMATS)
        for fmt in self._elements("xl/styles.xml", _MAIN + "numFmt"):
            if {"y", "d"} & set(fmt.get("formatCode", "").casefold()):
                known.add(_number(fmt.get("numFmtId")))
        for styles in self._elements("xl/styles.xml", _MAIN + "cellXfs"):
            for number, style in enumerate(styles):
                if _number(style.get("numFmtId")) in known:
                    self._dates.add(number)

    def _sheet(self, name: str, part: str, wanted: Wanted, progress: Progress) -> Iterator[Row]:
        with self._archive.open(part) as packed:
            content = Metered(packed, self._archive.getinfo(part).file_size, progress)
            before = 0
            for row in _walk(content, _ROW):
                number = _number(row.get("r")) or before + 1
                if not before < number <= MAX_ROWS:
                    raise FileRefused(f"the rows of sheet {name} are not in their order")
                before = number
                cells = self._cells(row, wanted(name))
                content.row_ended()
                if cells:
                    yield Row(name, number, cells)

    def _cells(self, row: etree._Element, wanted: Collection[int] | None) -> tuple[str, ...]:
        cells: list[str] = []
        place = -1
        for cell in row.iterchildren(_CELL):
            place = _column(cell.get("r"), place + 1)
            if place < len(cells):
                raise FileRefused("the cells of a row are not in their order")
            if wanted is not None and place not in wanted:
                continue
            value = self._value(cell)
            if value:
                cells += [""] * (place - len(cells))
                cells.append(value)
        return tuple(cells)

    def _value(self, cell: etree._Element) -> str:
        kind = cell.get("t", "n")
        if self._formula is not None and (kind == "e" or cell.find(_COMPUTED) is not None):
            return self._formula
        if kind == "inlineStr":
            return _text(cell).strip()
        value = (cell.findtext(_VALUE) or "").strip()
        if kind == "s":
            return self._texts[_number(value)]
        if kind == "n" and value:
            return _shown(value, is_date=_number(cell.get("s")) in self._dates)
        return value

    def _elements(self, part: str, tag: str | None) -> Iterator[etree._Element]:
        with self._archive.open(part) as content:
            yield from _walk(content, tag)


class _Texts:
    """Texts by number, packed: two million of them would not fit as objects."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._ends = array("Q")

    def add(self, text: str) -> None:
        self._bytes += text.strip().encode()
        if len(self._bytes) > _MOST_SHARED_BYTES:
            raise FileRefused(f"the shared texts take more than {_MOST_SHARED_BYTES} bytes")
        self._ends.append(len(self._bytes))

    def __getitem__(self, number: int) -> str:
        if not 0 <= number < len(self._ends):
            raise FileRefused("a cell names a shared text that is not there")
        begin = self._ends[number - 1] if number else 0
        return self._bytes[begin : self._ends[number]].decode()


def _walk(content: IO[bytes] | Any, tag: str | None) -> Iterator[etree._Element]:
    walk = etree.iterparse(
        content,
        tag=tag,
        resolve_entities=False,
        load_dtd=False,
        no_network=True,
        huge_tree=False,
        recover=False,
        remove_comments=True,
        remove_pis=True,
    )
    for _, element in walk:
        if element.getroottree().docinfo.internalDTD is not None:
            raise FileRefused("a part of the workbook declares a document type")
        yield element
        element.clear()
        parent = element.getparent()
        while parent is not None and (earlier := element.getprevious()) is not None:
            parent.remove(earlier)


def _text(node: etree._Element) -> str:
    """The text of a cell or item; how it is spoken (phonetic runs) is not its content."""
    return "".join(
        part.text or ""
        for part in node.iter(_TEXT)
        if (above := part.getparent()) is None or above.tag != _PHONETIC
    )


def _in_archive(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _column(reference: str | None, otherwise: int) -> int:
    match = _PLACE.fullmatch(reference or "")
    if match is None:
        return otherwise
    place = 0
    for letter in match[1]:
        place = place * 26 + ord(letter) - ord("A") + 1
    if place > MAX_COLUMNS:
        raise FileRefused(f"a row has more than {MAX_COLUMNS} columns")
    return place - 1


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) <= 9 else 0


def _shown(value: str, *, is_date: bool) -> str:
    """A whole number without its decimal point, a day in ISO form, anything else as it is."""
    try:
        number = float(value)
    except ValueError:
        return value
    if is_date and 1 <= number < 2_958_466:
        return (_DAY_ZERO + timedelta(days=int(number))).isoformat()
    return str(int(number)) if number.is_integer() and abs(number) < 2**53 else value
