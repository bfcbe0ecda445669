"""What a campaign has found, as a table for people and as a document for programs."""

from __future__ import annotations

import os
import platform
from collections import defaultdict
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import Any

import psutil

from tests.chaos.campaign import Happened
from tests.chaos.run import Outcome

_HEAD = ("fault", "how many", "p50", "p99", "longest", "longest gap")


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least this share of the values does not exceed."""
    ordered = sorted(values)
    return ordered[ceil(share * len(ordered)) - 1]


def table_of(happened: Sequence[Happened]) -> list[tuple[str, ...]]:
    """Per kind of fault: how many, recovery (seconds from the heal), longest gap without one."""
    by_name: dict[str, list[Happened]] = defaultdict(list)
    for one in happened:
        by_name[one.name].append(one)
    rows = [_row(name, ones) for name, ones in sorted(by_name.items())]
    return [_HEAD, *rows, *([_row("all", happened)] if happened else [])]


def _row(name: str, ones: Sequence[Happened]) -> tuple[str, ...]:
    took = [one.recovery for one in ones if one.recovery is not None]
    never = len(ones) - len(took)
    figures = [f"{percentile(took, share):.1f}" if took else "-" for share in (0.5, 0.99, 1.0)]
    gap = f"{max(one.longest_gap for one in ones):.1f}"
    return (name, str(len(ones)), *figures, f"{gap} ({never} never)" if never else gap)


def text_of(outcome: Outcome) -> str:
    """The report for people."""
    verdict, restarts = outcome.verdict, outcome.restarts
    rows = table_of(outcome.happened)
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    lines = ["  ".join(cell.ljust(w) for cell, w in zip(row, widths, strict=True)) for row in rows]
    lines += [
        "",
        f"published {verdict.published}, sound and distinct {verdict.sound}, "
        f"receipts {verdict.receipts}, records repeated under their id {verdict.repeated}",
        *(f"{count:8d} {state}" for state, count in sorted(verdict.states.items())),
        f"acts over HTTP {verdict.acts}, requests for them {verdict.requests}",
        f"escalations {verdict.clocks}, mails {verdict.mails}, withheld {verdict.mails_withheld}, "
        f"of those sent twice and marked so {verdict.mails_twice}",
        f"lost {verdict.lost.total()}, doubled {verdict.doubled.total()}, "
        f"otherwise wrong {verdict.wrong.total() + len(outcome.problems)}",
        f"services that ended by themselves and were started again: {len(restarts)}",
        *(f"  {restart.service}: {restart.last_line[:200]}" for restart in restarts),
        *(f"VIOLATED {sentence}" for sentence in (*verdict.sentences, *outcome.problems)),
    ]
    return "\n".join(lines)


def machine() -> str:
    """The machine that the figures come from."""
    model = next(
        (
            line.split(":", 1)[1].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        )
        if Path("/proc/cpuinfo").exists()
        else iter(()),
        platform.processor(),
    )
    memory = psutil.virtual_memory().total / 2**30
    return f"{os.cpu_count()} x {model}, {memory:.0f} GiB, Python {platform.python_version()}"


def document_of(seed: int, outcome: Outcome) -> dict[str, Any]:
    """The report for programs."""
    verdict = outcome.verdict
    return {
        "seed": seed,
        "machine": machine(),
        "faults": len(outcome.happened),
        "table": table_of(outcome.happened),
        "published": verdict.published,
        "receipts": verdict.receipts,
        "states": dict(verdict.states),
        "acts": verdict.acts,
        "lost": verdict.lost.total(),
        "doubled": verdict.doubled.total(),
        "violated": [*verdict.sentences, *outcome.problems],
    }
