"""Precision and recall of the search for personal data, per kind, on the committed sets.

`python -m tests.intake.personal_data.measure` prints the table of docs/performance.md. In the files
`{name:Hartley}` marks what is to be found; every person, number and address is invented (numbers of
Ofcom's ranges for drama, NHS numbers of the range for tests).
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from services.intake.domain.personal_data.search import Found, Kind, find

HERE = Path(__file__).parent
SETS = ("written", "held_out")
"""`written` was at hand when the rules were made; of `held_out` only the figures were looked at."""
TODAY = date(2026, 11, 22)
_MARK = re.compile(r"\{([^:{}]+):([^{}]+)\}")


@dataclass
class Measured:
    """Counts per kind."""

    right: Counter[Kind] = field(default_factory=Counter)
    wrong: Counter[Kind] = field(default_factory=Counter)
    missed: Counter[Kind] = field(default_factory=Counter)
    odd: list[str] = field(default_factory=list)
    """Texts in which something was missed or found wrongly."""

    def precision(self, kinds: Iterable[Kind] = Kind) -> float:
        right, wrong = self._of(self.right, kinds), self._of(self.wrong, kinds)
        return right / ((right + wrong) or 1)

    def recall(self, kinds: Iterable[Kind] = Kind) -> float:
        right, missed = self._of(self.right, kinds), self._of(self.missed, kinds)
        return right / ((right + missed) or 1)

    @staticmethod
    def _of(counted: Counter[Kind], kinds: Iterable[Kind]) -> int:
        return sum(counted[kind] for kind in tuple(kinds))


def texts(name: str) -> list[tuple[str, list[Found]]]:
    """The texts of a set, each with what is to be found in it."""
    with (HERE / f"{name}.csv").open(encoding="utf-8", newline="") as lines:
        return [unmarked(row["text"]) for row in csv.DictReader(lines)]


def unmarked(marked: str) -> tuple[str, list[Found]]:
    """A text without its marks, and what they mark."""
    text, wanted, end = "", list[Found](), 0
    for mark in _MARK.finditer(marked):
        text += marked[end : mark.start()]
        wanted.append(Found(Kind(mark[1]), len(text), len(text) + len(mark[2])))
        text, end = text + mark[2], mark.end()
    return text + marked[end:], wanted


def measure(name: str) -> Measured:
    """How well a set is found. Found is what has the kind and shares a character."""
    told = Measured()
    for text, wanted in texts(name):
        found = find(text, TODAY)
        for one in wanted:
            hit = any(_meets(one, other) for other in found)
            (told.right if hit else told.missed)[one.kind] += 1
        false = [one for one in found if not any(_meets(one, other) for other in wanted)]
        told.wrong.update(one.kind for one in false)
        if false or any(not any(_meets(one, other) for other in found) for one in wanted):
            told.odd.append(
                f"{text}  {[(one.kind.value, text[one.start : one.end]) for one in found]}"
            )
    return told


def _meets(one: Found, other: Found) -> bool:
    return one.kind is other.kind and one.start < other.end and other.start < one.end


def table() -> str:
    """What docs/performance.md shows."""
    lines = ["| kind | " + " | ".join(f"{n}: precision | recall" for n in SETS) + " | marked |"]
    lines.append("| --- " * (2 * len(SETS) + 2) + "|")
    measured = [measure(name) for name in SETS]
    for label, kinds in [*((kind.value, (kind,)) for kind in Kind), ("all", tuple(Kind))]:
        cells = [f"{m.precision(kinds):.2f} | {m.recall(kinds):.2f}" for m in measured]
        marked = sum(m._of(m.right, kinds) + m._of(m.missed, kinds) for m in measured)
        lines.append(f"| {label} | {' | '.join(cells)} | {marked} |")
    return "\n".join(lines)


if __name__ == "__main__":
    print(table())  # noqa: T201 - a command line
