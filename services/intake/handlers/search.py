"""Keep the search up to date, a little at a time, so that the door stays fast."""

from __future__ import annotations

from services.intake.store import search as store
from shared.platform.work import Works

AT_ONCE = 200
"""So many narratives in one transaction: some tens of milliseconds."""


async def index_some(works: Works) -> int:
    """Let the search know some of the concerns that it does not know yet; gives how many."""
    async with works.begin() as work:
        return await store.index_some(work, AT_ONCE)


async def queue_what_is_missing(works: Works) -> None:
    """At the start of a process: what came before there was a search waits for it."""
    async with works.begin() as work:
        await store.queue_what_is_missing(work)
