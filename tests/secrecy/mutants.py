"""Leaks put into a copy of the code on purpose, each with the test that has to notice it.

The list is `mutants.toml`: a file, a text that stands in it once, what is put in its place, and
the test that fails then.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIST = Path(__file__).with_name("mutants.toml")
_COPIED = ("services", "shared", "deploy", "tests", "docs", "benchmarks")
_COPIED_FILES = ("pyproject.toml", "README.md", "docker-compose.yml", "Makefile")
_SECONDS = 300
_SHOWN = 4_000
"""How many characters of the end of an output a failure repeats."""
FAILED = 1
"""The exit code of pytest where tests ran and some failed; others mean that none could run."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One leak."""

    name: str
    leak: str
    """What would be told, and to whom."""
    file: str
    old: str
    new: str
    killed_by: str
    """The pytest node id of the test that notices."""
    quick: bool = False
    """True for those that are put in at every run of the tests."""


def mutants() -> tuple[Mutant, ...]:
    """The list, in its order."""
    document = tomllib.loads(LIST.read_text("utf-8"))
    return tuple(Mutant(**entry) for entry in document["mutant"])


def copy_of_the_code(directory: Path) -> Path:
    """A copy of what is needed to run the tests, without history, environment and left-overs."""
    for name in _COPIED:
        left_out = shutil.ignore_patterns("__pycache__", ".hypothesis")
        shutil.copytree(ROOT / name, directory / name, ignore=left_out)
    for name in _COPIED_FILES:
        shutil.copy2(ROOT / name, directory / name)
    return directory


def run(copy: Path, tests: Iterable[str]) -> tuple[int, str]:
    """Run tests in a copy with this very interpreter; gives the exit code and what was said."""
    environment = os.environ | {
        "PYTHONPATH": str(copy),
        "PYTHONDONTWRITEBYTECODE": "1",  # a mutant may be as long and as old as what it replaces
        "PAIRS": "2000",
    }
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", *tests],
        cwd=copy,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_SECONDS,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def survives(copy: Path, mutant: Mutant) -> str | None:
    """Put a leak into a copy, run its test, take it out again; what was said where it passed."""
    path = copy / mutant.file
    original = path.read_text("utf-8")
    if original.count(mutant.old) != 1:
        return f"{mutant.file} has changed: the text is not there once"
    path.write_text(original.replace(mutant.old, mutant.new), "utf-8")
    try:
        code, said = run(copy, [mutant.killed_by])
    finally:
        path.write_text(original, "utf-8")
    # A server that did not start ends pytest with the same code: that is an error, and no failure.
    # The whole output is searched: where `CI` is set, pytest says a failure in its full length.
    noticed = code == FAILED and re.search(r"^FAILED ", said, re.MULTILINE)
    return None if noticed else f"pytest ended with {code}\n{said[-_SHOWN:]}"
