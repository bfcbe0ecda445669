"""Rows of an OpenDocument spreadsheet that are as office programs write them, read by a pattern.

Nearly all rows of CQC's files are cells with one paragraph of plain text, or with none. To read
them so takes a fraction of what a parser takes. Whatever else may stand in a row (markup in a text,
a comment, another way to write an attribute) is not plain, and is left to the parser: a row is
plain only where every `<` of it is one that the pattern knows.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from functools import lru_cache

from services.intake.cqc_files.problems import FileRefused
from services.intake.cqc_files.values import MAX_COLUMNS, count, whole

BEGIN, END = b"<table:table-row", b"</table:table-row>"

_ATTRIBUTES = r"(?:\s[^<>&']*)?"
_ROW = re.compile(rf"<table:table-row({_ATTRIBUTES})>")
_CELL = re.compile(
    r"<table:table-cell([^<>&']*)(?:(?<=/)>|"
    rf"(?<!/)><text:p{_ATTRIBUTES}>([^<]*)</text:p></table:table-cell>)"
)
_ATTRIBUTE = re.compile(r'\s([^\s="]+)="([^"]*)"')
_OF_ROW, _OF_EMPTY_CELL, _OF_FILLED_CELL = 2, 1, 4
"""How many `<` the pattern has in each."""
_NEVER_PLAIN = bytes({*range(32)} - {9, 10})
"""Control characters: no XML, but for the carriage return, which a parser reads as a new line."""
_ENTITIES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&amp;": "&"}
_ENTITY = re.compile("|".join(_ENTITIES))
_OTHER_ENTITY = re.compile(f"&(?!(?:{'|'.join(name[1:] for name in _ENTITIES)}))")

Plain = tuple[int, tuple[str, ...]]
"""How often the row repeats, and its cells."""


def plain_row(data: bytes, wanted: Collection[int] | None) -> Plain | None:
    """The row, from its start tag to its end tag; None where it is for the parser to read.

    Cells are as `ods.read_rows` gives them. Raises `FileRefused` where it is beyond a limit.
    """
    row = _text(data)
    head = _ROW.match(row) if row else None
    if row is None or head is None or head[1].endswith("/"):
        return None
    marks = _OF_ROW
    cells: list[str] = []
    blanks, place, unwanted = 0, 0, False
    for attributes, text in _CELL.findall(row, head.end()):
        of_cell, repeat, valued, value = _described(attributes)
        marks += of_cell
        before, place = place, place + repeat
        if wanted is not None and repeat == 1 and before not in wanted:
            unwanted = unwanted or of_cell == _OF_FILLED_CELL
            blanks += 1
            continue
        if not valued and text:
            value = (_unescaped(text) if "&" in text else text).strip() or value
        if not value:
            blanks += repeat
            continue
        if place > MAX_COLUMNS:
            raise FileRefused(f"a row has more than {MAX_COLUMNS} columns")
        if blanks:
            cells += [""] * blanks
            blanks = 0
        cells += [value] * repeat
    if marks != row.count("<"):
        return None
    said = _named(head[1]).get("table:number-rows-repeated") if head[1] else None
    return count(said, "number-rows-repeated"), tuple(cells) or (("",) if unwanted else ())


def _text(data: bytes) -> str | None:
    if len(data.translate(None, _NEVER_PLAIN)) != len(data) or b"xmlns" in data:
        return None
    try:
        row = data.decode()
    except UnicodeDecodeError:
        return None
    return None if "&" in row and _OTHER_ENTITY.search(row) else row


@lru_cache(maxsize=4096)
def _described(attributes: str) -> tuple[int, int, bool, str]:
    """Of a cell: its `<`, how often it repeats, whether its attributes have its value, and that."""
    named = _named(attributes)
    marks = _OF_EMPTY_CELL if attributes.endswith("/") else _OF_FILLED_CELL
    repeat = count(named.get("table:number-columns-repeated"), "number-columns-repeated")
    kind = named.get("office:value-type")
    if kind in ("float", "percentage", "currency"):
        return marks, repeat, True, whole(named.get("office:value", ""))
    if kind in ("date", "time", "boolean"):
        return marks, repeat, True, named.get(f"office:{kind}-value", "").strip()
    return marks, repeat, False, named.get("office:string-value", "").strip()


def _named(attributes: str) -> dict[str, str]:
    return dict(_ATTRIBUTE.findall(attributes))


def _unescaped(text: str) -> str:
    return _ENTITY.sub(lambda found: _ENTITIES[found[0]], text)
