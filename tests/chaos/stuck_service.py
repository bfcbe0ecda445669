"""Runs a service of which a part gets stuck for ever once a file names it.

python -m tests.chaos.stuck_service SERVICE FILE

`consumer`: batches are taken in hand and never end. `relay`: nothing is published any more. `loop`:
the event loop itself stands still. The process lives on, and looks well from outside.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from shared.platform import app
from shared.platform.consumer import Consumer
from shared.platform.relay import Relay
from shared.platform.settings import load

CONSUMER, RELAY, LOOP = HOW = ("consumer", "relay", "loop")


def stick(file: Path) -> None:
    """Let this process get stuck in the way that the file names."""

    def named(how: str) -> bool:
        return file.exists() and file.read_text() == how

    setattr(Consumer, "take", _stuck_while(lambda: named(CONSUMER), Consumer.take))  # noqa: B010 - a method
    setattr(Relay, "_start_sending", _stuck_while(lambda: named(RELAY), Relay._start_sending))  # noqa: B010 - a method
    threading.Thread(target=_block, args=(lambda: named(LOOP),), daemon=True).start()


def _stuck_while(
    stuck: Callable[[], bool], act: Callable[..., Awaitable[Any]]
) -> Callable[..., Awaitable[Any]]:
    async def acting(*given: Any) -> Any:
        while stuck():  # noqa: ASYNC110 - for ever, as what is stuck is
            await asyncio.sleep(0.2)
        return await act(*given)

    return acting


_loops: list[asyncio.AbstractEventLoop] = []


def _block(stuck: Callable[[], bool]) -> None:
    while not (stuck() and _loops):
        time.sleep(0.1)
    _loops[0].call_soon_threadsafe(time.sleep, 600.0)


class _Watched(app.Runtime):
    """Tells on which loop it runs."""

    async def start(self) -> None:
        _loops.append(asyncio.get_running_loop())
        await super().start()


def main(service: str, file: str) -> None:
    """Run a service until it is told to stop, or ends itself."""
    stick(Path(file))
    setattr(app, "Runtime", _Watched)  # noqa: B010 - the name by which it is made
    found = importlib.import_module(f"services.{service}.main").SERVICE
    app.serve(found, load(found.settings))


if __name__ == "__main__":
    main(*sys.argv[1:])
