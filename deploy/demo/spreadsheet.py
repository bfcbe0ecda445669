"""Writes an OpenDocument spreadsheet the way office programs do, runs and filler included."""

from __future__ import annotations

import zipfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from html import escape
from itertools import chain, groupby
from pathlib import Path

Cell = str | int | date | None
Rows = Iterable[Sequence[Cell]]

_MEDIA_TYPE = "application/vnd.oasis.opendocument.spreadsheet"
_LAST_COLUMN = 16_384
_LAST_ROW = 1_048_576
_NAMESPACES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "table", "text")
)
_MANIFEST = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"'
    ' manifest:version="1.3">'
    f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{_MEDIA_TYPE}"/>'
    '<manifest:file-entry manifest:full-path="content.xml" manifest:media-type="text/xml"/>'
    "</manifest:manifest>"
)
_ALWAYS = (1980, 1, 1, 0, 0, 0)  # so that the same rows always give the same bytes


def write_spreadsheet(path: Path, sheets: Mapping[str, Rows]) -> None:
    """Writes the sheets in their order; the same content gives the same bytes."""
    with zipfile.ZipFile(path, "w") as archive:
        # The media type comes first and unpacked: programs recognise the file by it.
        archive.writestr(_entry("mimetype", zipfile.ZIP_STORED), _MEDIA_TYPE)
        archive.writestr(_entry("META-INF/manifest.xml"), _MANIFEST)
        with archive.open(_entry("content.xml"), "w") as content:
            for piece in _document(sheets):
                content.write(piece.encode())


def _entry(name: str, method: int = zipfile.ZIP_DEFLATED) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, date_time=_ALWAYS)
    entry.compress_type = method
    return entry


def _document(sheets: Mapping[str, Rows]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>\n'
    yield f'<office:document-content {_NAMESPACES} office:version="1.3">'
    yield "<office:body><office:spreadsheet>"
    for name, rows in sheets.items():
        yield from _sheet(name, rows)
    yield "</office:spreadsheet></office:body></office:document-content>"


def _sheet(name: str, rows: Rows) -> Iterator[str]:
    yield f'<table:table table:name="{escape(name)}">'
    yield f'<table:table-column table:number-columns-repeated="{_LAST_COLUMN}"/>'
    filler = _LAST_ROW
    for row in rows:
        filler -= 1
        yield "<table:table-row>"
        yield from chain.from_iterable(_run(cell, len(list(run))) for cell, run in groupby(row))
        yield from _run(None, _LAST_COLUMN - len(row))
        yield "</table:table-row>"
    yield f'<table:table-row table:number-rows-repeated="{filler}">'
    yield from _run(None, _LAST_COLUMN)
    yield "</table:table-row></table:table>"


def _run(cell: Cell, length: int) -> Iterator[str]:
    repeated = f' table:number-columns-repeated="{length}"' if length > 1 else ""
    if cell is None or cell == "":
        yield f"<table:table-cell{repeated}/>"
        return
    shown = f"<text:p>{escape(str(cell))}</text:p>"
    if isinstance(cell, int):
        kind = f'office:value-type="float" office:value="{cell}"'
    elif isinstance(cell, date):
        kind = f'office:value-type="date" office:date-value="{cell.isoformat()}"'
        shown = f"<text:p>{cell:%d/%m/%Y}</text:p>"
    else:
        kind = 'office:value-type="string"'
    yield f"<table:table-cell {kind}{repeated}>{shown}</table:table-cell>"
