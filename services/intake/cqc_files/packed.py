"""The packed parts of a spreadsheet, unpacked as they are read and within stated limits."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from services.intake.cqc_files.problems import FileRefused

MAX_UNCOMPRESSED_BYTES = 4 * 1024**3
"""Four times the largest content.xml that CQC has published."""
_MAX_ELEMENT_BYTES = 32 * 1024**2
"""How much may lie between the ends of two rows: whatever it is, memory holds it at once."""

Progress = Callable[[int, int], None]
"""Told how many bytes of how many are read."""


def unwatched(_done: int, _all: int) -> None:
    """Nobody looks at the progress."""


class Metered:
    """A packed part as it is read, stopped where one row would fill the memory.

    Tell it with `row_ended` where a row is over.
    """

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


@contextmanager
def content_of(path: Path, max_uncompressed: int, progress: Progress) -> Iterator[Metered]:
    """The content of an OpenDocument spreadsheet. Raises `FileRefused`."""
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
            yield Metered(content, entry.file_size, progress)
