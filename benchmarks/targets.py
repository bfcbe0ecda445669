"""What was asked for, and whether it was measured so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Results = dict[str, Any]


@dataclass(frozen=True)
class Target:
    """A bound, and how the figure that it is held against is found in the results."""

    what: str
    bound: float
    figure: Callable[[Results], float]
    at_least: bool = False

    def met(self, results: Results) -> bool:
        """Whether the figure lies within the bound. Raises KeyError where it was not measured."""
        figure = self.figure(results)
        return figure >= self.bound if self.at_least else figure <= self.bound


def _dearest(results: Results) -> float:
    ratios: dict[str, float] = results["growth"]["ratios"]
    return max(ratios.values())


def _lost(results: Results) -> float:
    year = results["year"]
    missing = year["concerns_published"] - year["concerns_on_the_feed"]
    return float(year["lost"] + year["receipts_twice"] + year["out_of_order"] + missing)


def _grown(results: Results) -> float:
    """From the second tenth on, because it takes a while until caches are full."""
    memory: dict[str, dict[str, float]] = results["year"]["memory"]
    return max(one["last_tenth_mb"] / one["second_tenth_mb"] for one in memory.values())


def _p99(*path: str) -> Callable[[Results], float]:
    def figure(results: Results) -> float:
        found: Any = results
        for name in path:
            found = found[name]
        return float(found["p99_ms"])

    return figure


TARGETS = (
    Target("d/b", 0.5, lambda r: float(r["d/b"]), at_least=True),
    Target("d/c", 50, lambda r: float(r["d/c"]), at_least=True),
    Target("publish → receipt, p99 ms", 100, _p99("steady", "publish_to_receipt")),
    Target("publish → mail, p99 ms", 250, _p99("steady", "publish_to_mail")),
    Target("HTTP doors, p99 ms", 50, _p99("doors", "all")),
    Target("HTTP requests that failed", 0, lambda r: float(r["doors"]["failed"])),
    Target("memory of the four services, MB", 600, lambda r: float(sum(r["memory_mb"].values()))),
    Target("year: units lost, doubled or out of order", 0, _lost),
    Target("year: memory of the last tenth, times that of the second", 1.1, _grown),
    Target("growth: the dearest stage, times", 1.25, _dearest),
)


def judged(results: Results) -> list[tuple[str, str, str]]:
    """Each target that was measured: what, the bound, and the figure with whether it is met."""
    found = []
    for target in TARGETS:
        try:
            met, figure = target.met(results), target.figure(results)
        except KeyError:
            continue
        bound = f"{'≥' if target.at_least else '≤'} {target.bound:g}"
        found.append((target.what, bound, f"{figure:,.4g}, {'met' if met else '**not met**'}"))
    return found
