"""Lines of a CSV file that comes from outside, in flat memory."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from services.intake.cqc_files.packed import Progress, unwatched
from services.intake.cqc_files.problems import FileRefused


def csv_lines(
    path: Path, *, max_bytes: int, progress: Progress = unwatched
) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows with their numbers (from 1), with or without a byte order mark.

    Raises `FileRefused` when the file is too large, not UTF-8 or not CSV.
    """
    size = path.stat().st_size
    if size > max_bytes:
        raise FileRefused(f"the file has more than {max_bytes} bytes")
    with path.open(encoding="utf-8-sig", newline="") as lines:
        yield from rows_of(_told(lines, size, progress))


def rows_of(lines: Iterable[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The rows of lines that were opened with newline="", with their numbers (from 1)."""
    try:
        for number, cells in enumerate(csv.reader(lines, strict=True), start=1):
            if any("\0" in cell for cell in cells):  # csv lets it pass, no database does
                raise FileRefused("the file holds a NUL character")
            yield number, tuple(cells)
    except UnicodeDecodeError:
        raise FileRefused("the file is not in UTF-8") from None
    except csv.Error:
        raise FileRefused("the file is not well-formed CSV") from None


def _told(lines: TextIO, size: int, progress: Progress) -> Iterator[str]:
    done = 0
    for line in lines:
        done += len(line.encode())
        progress(done, size)
        yield line
