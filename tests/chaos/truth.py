"""Whether readiness told the truth, and recovery came in time, by what was seen from outside."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from shared.contracts.catalogue import SERVICES
from tests.chaos.campaign import Happened
from tests.chaos.faults import Dark
from tests.chaos.watch import Look

GRACE = 4.0
"""Seconds that readiness may take to notice what is missing."""
_JUDGED = 3.0
"""A span that leaves so many seconds to look must have been looked at."""
SETTLE = 15.0
"""Seconds after a fault in which processes may still be joining and leaving."""
LONGEST_NO = 10.0
"""Longer than this nobody may say 503 for no reason: one look may meet a rebalance."""


def slow(happened: Iterable[Happened]) -> list[str]:
    """Faults after which nothing moved again, or too late for their kind."""
    found = []
    for one in happened:
        if one.recovery is None:
            found.append(f"nothing moved again after: {one.name}")
        elif one.recovery > one.patience:
            found.append(f"{one.recovery:.1f} s until something moved again after: {one.name}")
    return found


def untrue(looks: Sequence[Look], happened: Iterable[Happened]) -> list[str]:
    """Where readiness said 200 though what a service cannot work without was away."""
    return [
        f"{dark.service} said that it is ready during: {one.name}"
        for one in happened
        for dark in one.dark
        if any(look.status == 200 for look in _inside(looks, dark))
    ]


def unseen(looks: Sequence[Look], happened: Iterable[Happened]) -> list[str]:
    """Spans that were long enough to look, and in which nobody looked: nothing was proven."""
    return [
        f"nobody looked at {dark.service} during: {one.name}"
        for one in happened
        for dark in one.dark
        if dark.ended - dark.began - GRACE > _JUDGED and not any(_inside(looks, dark))
    ]


def _inside(looks: Sequence[Look], dark: Dark) -> Iterator[Look]:
    for look in looks:
        inside = dark.began + GRACE < look.at < dark.ended
        if look.service == dark.service and inside:
            yield look


def unready(looks: Sequence[Look], happened: Iterable[Happened]) -> list[str]:
    """Where readiness did not say 200 for long, though nothing was wrong any more."""
    spans = [(one.injected_at, one.over + SETTLE) for one in happened]
    found = []
    for service in SERVICES:
        quiet = [look for look in looks if look.service == service and not _during(look, spans)]
        longest = max(_streaks(quiet, spans), default=0.0)
        if longest > LONGEST_NO:
            found.append(f"{service} was not ready for {longest:.0f} s though nothing was wrong")
    return found


def _during(look: Look, spans: Iterable[tuple[float, float]]) -> bool:
    return any(began <= look.at <= ended for began, ended in spans)


def _streaks(looks: Sequence[Look], spans: Sequence[tuple[float, float]]) -> Iterator[float]:
    """How long each unbroken row of noes is; a fault in between ends it."""
    began: float | None = None
    before: float | None = None
    for look in looks:
        broken = before is not None and any(before < start < look.at for start, _ in spans)
        if look.status == 200 or broken:
            began = None
        if look.status != 200:
            began = look.at if began is None else began
            yield look.at - began
        before = look.at
