"""So many requests a second from one credential, in this process: more are told when to come again.

A process counts for itself and forgets at its end: with N processes of a service somebody gets N
times as much at most. That protects the service from a script that runs wild, which is what it is
for. Steady time is used, so that a clock that is put right lets nobody in or out.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from shared.platform.problems import Problem
from shared.platform.telemetry import count_refusal

RULE = "http.rate"
BURST_SECONDS = 10
"""Who has been quiet may ask for so many seconds' worth at once."""
_SWEEP_AT = 10_000
_ROUNDING = 1e-6


@dataclass
class RateLimit:
    """A rate with a burst (the generic cell rate algorithm): one number per credential."""

    per_second: float
    clock: Callable[[], float] = time.monotonic
    _next: dict[str, float] = field(default_factory=dict)
    """When the credential would have used up nothing again."""

    def check(self, credential: str) -> None:
        """Count one request. Raises Problem 429 with `Retry-After` (whole seconds)."""
        now = self.clock()
        used_until = max(self._next.get(credential, now), now)
        wait = used_until - now - (BURST_SECONDS - 1 / self.per_second)
        if wait > _ROUNDING:
            raise self._too_many(wait)
        self._next[credential] = used_until + 1 / self.per_second
        if len(self._next) > _SWEEP_AT:
            self._next = {who: until for who, until in self._next.items() if until > now}

    def _too_many(self, wait: float) -> Problem:
        count_refusal(RULE)
        seconds = max(1, math.ceil(wait))
        at_once = int(self.per_second * BURST_SECONDS)
        return Problem(
            429,
            "too-many-requests",
            "More requests came with this sign-in than it may send.",
            headers={"Retry-After": str(seconds)},
            extra={
                "rule": RULE,
                "limit": f"{self.per_second:g} requests a second, {at_once} at once",
                "instead": f"Wait {seconds} s, then send the same request again.",
            },
        )


class RateLimits:
    """The rates of a process: people's, and that of the portal, which speaks for many."""

    def __init__(self, people: float, portal: float) -> None:
        self.people = RateLimit(people)
        self.portal = RateLimit(portal)

    def check(self, credential: str, *, portal: bool) -> None:
        """Count one request of a sign-in. Raises Problem 429."""
        (self.portal if portal else self.people).check(credential)
