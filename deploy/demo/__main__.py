"""The demo: one story through all four services.   python -m deploy.demo   (make demo)

Leaves build/demo/account.md, the mails as build/demo/mails/*.eml and the spans for `make trace`.
Ends with 0 only if everything has arrived.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.markdown import Markdown
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from deploy.demo.account import account_of
from deploy.demo.run import Told, told_story
from deploy.demo.story import CHAPTERS
from deploy.local.process import ServerError
from deploy.local.service import ROOT

BUILD = ROOT / "build" / "demo"
SENTENCES_OF_THE_START = 4

screen = Console()


FIRST_OF_THE_LONG_PARTS = "\n## The trace, from"
"""From here on the account is in the file alone."""


class Display:
    """Ticks off what is done, and shows what is being done."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bar = progress.add_task("", total=SENTENCES_OF_THE_START + len(CHAPTERS))
        self._began = time.monotonic()
        self._current = ""

    def say(self, sentence: str) -> None:
        """Something new has begun, so what was being done is done."""
        self.end()
        self._progress.update(self._bar, description=sentence)
        self._current = sentence

    def end(self) -> None:
        """What was being done is done."""
        if self._current:
            seconds = time.monotonic() - self._began
            self._progress.console.print(f"[green]✓[/green] {seconds:5.1f} s  {self._current}")
            self._progress.advance(self._bar)
        self._current = ""


def main() -> int:
    """Run the story and give the exit status."""
    began = time.monotonic()
    shutil.rmtree(BUILD, ignore_errors=True)
    BUILD.mkdir(parents=True)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with tempfile.TemporaryDirectory(prefix="provider-quality-") as name:
        room = Path(name)
        room.chmod(0o711)  # PostgreSQL's own account has to reach its data when we are root
        try:
            with Progress(*columns, console=screen, transient=True) as progress:
                display = Display(progress)
                with told_story(room, display.say) as told:
                    display.end()
            keep(room)
        except ServerError as error:
            keep(room)
            screen.print(str(error), style="red", markup=False)
            return 1
        except KeyboardInterrupt:
            return 130
        seconds = time.monotonic() - began
        account = account_of(told, seconds)
    (BUILD / "account.md").write_text(account, "utf-8")
    return end(told, account, seconds)


def keep(room: Path) -> None:
    """Keep what people may want to look at when the stack is gone."""
    for part, to in (("mail", "mails"), ("spans", "spans"), ("logs", "logs")):
        if (room / part).exists():
            shutil.copytree(room / part, BUILD / to, dirs_exist_ok=True)


def end(told: Told, account: str, seconds: float) -> int:
    """Show the account, and say how it ended."""
    screen.print(Markdown(account.split(FIRST_OF_THE_LONG_PARTS)[0]))
    for what, where in (
        ("The whole account, with the traces and each expectation", BUILD / "account.md"),
        ("The mails", BUILD / "mails"),
        ("The services' logs", BUILD / "logs"),
    ):
        screen.print(f"{what}: {where.relative_to(ROOT)}", style="bold", soft_wrap=True)
    for one in told.missing:
        screen.print(f"missing: {one.name} {one.found}", style="red", markup=False)
    met = len(told.expectations) - len(told.missing)
    screen.print(f"{met} of {len(told.expectations)} expectations met in {seconds:.0f} s.")
    return 1 if told.missing else 0


if __name__ == "__main__":
    raise SystemExit(main())
