"""What a file is, by its content. Its name and the type that a sender claims say nothing.

The list is short on purpose: what evidence comes as. Office documents are containers (ZIP), known
by what lies in them; one with macros, or one that holds anything encrypted, is none of them.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from services.intake.files.containers import MOST_PARTS

HEAD_BYTES = 4096
"""So much of the beginning is looked at."""


@dataclass(frozen=True, slots=True)
class FileType:
    """A kind of file that is taken."""

    media_type: str
    extension: str


PDF = FileType("application/pdf", "pdf")
PNG = FileType("image/png", "png")
JPEG = FileType("image/jpeg", "jpg")
GIF = FileType("image/gif", "gif")
WEBP = FileType("image/webp", "webp")
TIFF = FileType("image/tiff", "tif")
HEIC = FileType("image/heic", "heic")
_OFFICE = "application/vnd.openxmlformats-officedocument."
DOCX = FileType(f"{_OFFICE}wordprocessingml.document", "docx")
XLSX = FileType(f"{_OFFICE}spreadsheetml.sheet", "xlsx")
PPTX = FileType(f"{_OFFICE}presentationml.presentation", "pptx")
_OPEN = "application/vnd.oasis.opendocument."
ODT = FileType(f"{_OPEN}text", "odt")
ODS = FileType(f"{_OPEN}spreadsheet", "ods")
ODP = FileType(f"{_OPEN}presentation", "odp")

_BEGINS = (
    (re.compile(rb"%PDF-[12]\.\d"), PDF),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), PNG),
    (re.compile(rb"\xff\xd8\xff"), JPEG),
    (re.compile(rb"GIF8[79]a"), GIF),
    (re.compile(rb"RIFF....WEBP", re.DOTALL), WEBP),
    (re.compile(rb"II\*\x00|MM\x00\*"), TIFF),
    (re.compile(rb"....ftyp(?:heic|heix|heim|heis|mif1)", re.DOTALL), HEIC),
)
_ZIP = b"PK\x03\x04"
_OFFICE_PARTS = {"word/document.xml": DOCX, "xl/workbook.xml": XLSX, "ppt/presentation.xml": PPTX}
_MIMETYPE = re.compile(rb"PK\x03\x04.{26}mimetype(application/[a-z.\-]{1,80}[a-z])", re.DOTALL)
_OPEN_TYPES = {one.media_type.encode(): one for one in (ODT, ODS, ODP)}
_ACTIVE = re.compile(r"vbaproject|/activex/|^basic/|^scripts/|\.(?:exe|dll|js|vbs|ps1|jar|bat)$")
"""What runs: no evidence needs it."""


def is_container(head: bytes) -> bool:
    """True where the names of its parts are needed to say what it is."""
    return head.startswith(_ZIP)


def type_of(head: bytes, parts: Collection[str] = ()) -> FileType | None:
    """What a file is, by its first bytes and the names of its parts; None where it is not taken."""
    if is_container(head):
        return _container(head, parts)
    return next((found for begins, found in _BEGINS if begins.match(head)), None)


def _container(head: bytes, parts: Collection[str]) -> FileType | None:
    names = [name.lower() for name in parts]
    if len(names) > MOST_PARTS or any(_ACTIVE.search(name) for name in names):
        return None
    if "[content_types].xml" in names:
        found = [kind for part, kind in _OFFICE_PARTS.items() if part in names]
        return found[0] if len(found) == 1 else None
    told = _MIMETYPE.match(head)
    return _open_document(told[1]) if told and "content.xml" in names else None


def _open_document(told: bytes) -> FileType | None:
    exact = [kind for media_type, kind in _OPEN_TYPES.items() if told == media_type]
    return exact[0] if exact else None
