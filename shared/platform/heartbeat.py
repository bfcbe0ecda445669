"""Finds an event loop that is blocked: nothing on it could find that, so a thread of its own does.

It counts its own turns and reads no clock, so that a process that was put to sleep and wakes again
is not taken for one that hangs. Code that never lets go of the interpreter stops the thread too.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

from shared.platform.telemetry import log

_LOOKS = 12
"""So many looks at which the loop has not moved, and it counts as blocked."""


class Heartbeat:
    """Moves with the event loop, and looks on from outside whether it does."""

    def __init__(self, blocked_after_seconds: float, end: Callable[[], None]) -> None:
        self._every = blocked_after_seconds / _LOOKS
        self._end = end
        self._beats = 0
        self._ending = threading.Event()

    async def run(self) -> None:
        """Beat until cancelled; meanwhile the thread looks on."""
        threading.Thread(target=self._look_on, name="heartbeat", daemon=True).start()
        try:
            while True:
                self._beats += 1
                await asyncio.sleep(self._every / 2)
        finally:
            self._ending.set()

    def _look_on(self) -> None:
        seen, missed = self._beats, 0
        while not self._ending.wait(self._every):
            missed = 0 if self._beats != seen else missed + 1
            seen = self._beats
            if missed == _LOOKS:
                log.critical("watchdog.blocked", seconds=round(missed * self._every))
                self._end()
