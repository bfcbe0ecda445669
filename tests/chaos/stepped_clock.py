"""Runs a service whose time of day is wrong by what a file says, read again at each look.

python -m tests.chaos.stepped_clock SERVICE FILE

Nothing in the services knows of it: the clock of units of work is a parameter already, and all that
else asks for the time of day (tokens, spans, logs, clients of the broker) asks Python's `time`.
Time that only passes (pauses, time-outs) goes on as it does when a machine's clock is set.
"""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from shared.platform import app
from shared.platform.settings import load
from shared.platform.work import Works

_time, _time_ns, _gmtime = time.time, time.time_ns, time.gmtime


def offset_in(file: Path) -> Callable[[], float]:
    """Seconds by which the time of day is wrong now; none while there is no file."""

    def offset() -> float:
        try:
            return float(file.read_text())
        except FileNotFoundError:
            return 0.0

    return offset


def step(offset: Callable[[], float]) -> None:
    """Let this process believe in the stepped time of day."""
    time.time = lambda: _time() + offset()
    time.time_ns = lambda: _time_ns() + int(offset() * 1e9)
    time.gmtime = lambda seconds=None: _gmtime(time.time() if seconds is None else seconds)
    # The name by which a service's parts make their units of work.
    setattr(app, "Works", partial(Works, clock=lambda: datetime.fromtimestamp(time.time(), UTC)))  # noqa: B010 - not exported


def main(service: str, file: str) -> None:
    """Run a service until it is told to stop."""
    step(offset_in(Path(file)))
    found = importlib.import_module(f"services.{service}.main").SERVICE
    app.serve(found, load(found.settings))


if __name__ == "__main__":
    main(*sys.argv[1:])
