"""Each escalation clock that ran out has told safeguarding once more, and no other has."""

from __future__ import annotations

from collections.abc import Iterable

from tests.chaos.checker.reading import Row
from tests.chaos.checker.verdict import Verdict


def judge(verdict: Verdict, fired: Iterable[Row], told: Iterable[Row]) -> None:
    """`fired`: how many times a concern's clock ran out; `told`: its numbered escalations."""
    wanted = [(row["id"], number + 1) for row in fired for number in range(row["times"])]
    verdict.clocks = len(wanted)
    verdict.once("escalations", wanted, [(row["id"], row["number"]) for row in told])
