"""How a file is loaded at the command line: in chunks, with a progress bar, and told about."""

from __future__ import annotations

import asyncio
import hashlib
import sys
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TypeVar

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

from services.intake.cqc_api.client import CqcUnavailable
from services.intake.cqc_files.problems import FileRefused, RowProblem
from services.intake.domain.register import Source
from services.intake.handlers.changes import Loaded, keep_import
from services.intake.settings import IntakeSettings
from services.intake.tables import platform
from shared.platform.command import opened
from shared.platform.settings import load
from shared.platform.work import Work, Works

CHUNK = 2_000
"""Rows of a file in one transaction: enough for speed, few enough for memory and for the doors."""

T = TypeVar("T")
Take = Callable[[Work, list[T]], Awaitable[None]]
Finish = Callable[[Work], Awaitable[None]]


class Shown:
    """A progress bar on a terminal, and nothing elsewhere."""

    def __init__(self, name: str) -> None:
        self._bar = Progress(
            TextColumn(name),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
            transient=True,
            disable=not sys.stderr.isatty(),
        )
        self._task = self._bar.add_task("", total=None)

    def progress(self, done: int, of: int) -> None:
        """Show how much is read."""
        self._bar.update(self._task, completed=done, total=of)

    def __enter__(self) -> Shown:
        self._bar.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.stop()


class Loading:
    """One load of a file into the register of a partnership."""

    def __init__(
        self, file: Path, source: Source, partnership: str, loaded: Loaded, *, dry_run: bool
    ) -> None:
        self.problems: list[RowProblem] = []
        self.listed: set[str] = set()
        """The ids of rows that were refused: the file lists them all the same."""
        self._file, self._source, self._partnership = file, source, partnership
        self.loaded, self._dry_run = loaded, dry_run
        self._bar = Shown(file.name)
        self.progress = self._bar.progress

    def run(self, rows: Iterable[T], take: Take[T], finish: Finish) -> None:
        """Load everything, and tell what it did. Ends the command with 1 where it is refused."""

        async def main() -> None:
            async with opened(load(IntakeSettings), platform) as works:
                await self.load(works, rows, take, finish)

        with told_why(), self._bar:
            asyncio.run(main())
        self.tell()

    async def load(self, works: Works, rows: Iterable[T], take: Take[T], finish: Finish) -> None:
        """Load everything. Raises FileRefused; what was taken by then is complete and stays."""
        waiting = iter(rows)
        while chunk := list(islice(waiting, CHUNK)):  # read before the transaction begins
            async with works.begin() as work:
                await take(work, chunk)
        async with works.begin() as work:
            await finish(work)
            if not self._dry_run:
                await keep_import(
                    work,
                    self._partnership,
                    self._source,
                    _digest(self._file),
                    self.loaded,
                    self.problems,
                )

    def tell(self) -> None:
        """Print what it did, or would do, and every odd or refused field by row and column."""
        tell(self.loaded, self.problems, dry_run=self._dry_run)


def tell(loaded: Loaded, problems: Iterable[RowProblem] = (), *, dry_run: bool) -> None:
    """Print what a load did, or would do, and all that was odd or refused."""
    for line in loaded.lines if dry_run else ():
        typer.echo(line)
    for what, count in sorted(loaded.counts.items()):
        typer.echo(f"{what}: {count}")
    for problem in problems:
        kind = "refused" if problem.refused else "odd"
        place = f"{problem.sheet}, row {problem.row_number}, {problem.column}"
        typer.echo(f"{kind}: {place}: {problem.reason}")
    for line in loaded.refused:
        typer.echo(f"refused: {line}")
    if not loaded.changed:
        typer.echo("nothing would change" if dry_run else "nothing changed")
    elif dry_run:
        typer.echo("this was a dry run: nothing was changed")


@contextmanager
def told_why() -> Iterator[None]:
    """A file that cannot be used, or an API, is told of by its rule; nothing of what it says."""
    try:
        yield
    except FileRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None
    except CqcUnavailable as unavailable:
        typer.echo(
            f"CQC's API did not give what was asked of it ({unavailable}). What was taken by then "
            "stays; run it again, and it begins where this run began.",
            err=True,
        )
        raise typer.Exit(1) from None


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
