"""Keeps the search up to date by itself, at a rate that leaves the machine to the doors."""

from __future__ import annotations

import asyncio

from services.intake.handlers import search
from shared.platform.app import Runtime
from shared.platform.telemetry import log

_PAUSE_SECONDS = 1.0
"""Between two steps: about 200 narratives a second, some 6 % of a processor."""


def start_indexing(runtime: Runtime) -> asyncio.Task[None]:
    """Let the search know new concerns, until cancelled."""
    return asyncio.create_task(_index(runtime))


async def _index(runtime: Runtime) -> None:
    looked_for_missing = False
    while True:
        try:
            if not looked_for_missing:
                await search.queue_what_is_missing(runtime.works)
                looked_for_missing = True
            await search.index_some(runtime.works)
        except Exception as error:
            log.warning("search.index_later", exc_info=error)
        await asyncio.sleep(_PAUSE_SECONDS)
