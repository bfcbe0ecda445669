"""A file is what its content says, whatever it is called."""

from __future__ import annotations

import io
import zipfile

import pytest

from services.intake.files.types import DOCX, HEIC, JPEG, ODT, PDF, PNG, XLSX, FileType, type_of

WORD = ("[Content_Types].xml", "_rels/.rels", "word/document.xml")
SHEET = ("[Content_Types].xml", "xl/workbook.xml")


def container(*names: str, mimetype: str | None = None) -> bytes:
    """A ZIP file with these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as file:
        if mimetype is not None:
            file.writestr("mimetype", mimetype)
        for name in names:
            file.writestr(name, "content")
    return made.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"%PDF-1.7\n%...", PDF),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", PNG),
        (b"\xff\xd8\xff\xe0\0\x10JFIF\0", JPEG),
        (b"\0\0\0\x18ftypheic\0\0\0\0", HEIC),
        (b"MZ\x90\0\x03", None),
        (b"<html><script>alert(1)</script>", None),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", None),
        (b"#!/bin/sh\n", None),
        (b"plain text", None),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", None),
        (b"\n%PDF-1.7", None),
        (b"", None),
    ],
)
def test_a_type_is_known_by_its_first_bytes(head: bytes, kind: FileType | None) -> None:
    assert type_of(head) == kind


@pytest.mark.parametrize(
    ("parts", "kind"),
    [
        (WORD, DOCX),
        (SHEET, XLSX),
        ((*WORD, "word/vbaProject.bin"), None),
        ((*WORD, "word/activeX/activeX1.xml"), None),
        ((*WORD, "xl/workbook.xml"), None),
        (("word/document.xml",), None),
        (("holiday.jpg", "notes.txt"), None),
        ((), None),
    ],
)
def test_an_office_document_is_known_by_its_parts_and_holds_nothing_that_runs(
    parts: tuple[str, ...], kind: FileType | None
) -> None:
    assert type_of(container(*parts)[:4096], parts) == kind


@pytest.mark.parametrize(
    ("mimetype", "parts", "kind"),
    [
        ("application/vnd.oasis.opendocument.text", ("content.xml",), ODT),
        ("application/vnd.oasis.opendocument.text", ("content.xml", "Basic/Standard/a.xml"), None),
        ("application/vnd.oasis.opendocument.text-evil", ("content.xml",), None),
        ("application/epub+zip", ("content.xml",), None),
    ],
)
def test_an_open_document_says_its_type_in_its_first_part(
    mimetype: str, parts: tuple[str, ...], kind: FileType | None
) -> None:
    content = container(*parts, mimetype=mimetype)
    assert type_of(content[:4096], ("mimetype", *parts)) == kind
