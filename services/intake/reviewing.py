"""Looks now and then for policy packs whose review nobody awaits yet: one came with an update."""

from __future__ import annotations

import asyncio

from services.intake.handlers import policy_reviews
from shared.platform.app import Runtime
from shared.platform.telemetry import log

_PAUSE_SECONDS = 3600.0


def start_reviewing(runtime: Runtime) -> asyncio.Task[None]:
    """Await the reviews of the packs in use, until cancelled."""
    return asyncio.create_task(_review(runtime))


async def _review(runtime: Runtime) -> None:
    while True:
        try:
            await policy_reviews.await_reviews(runtime.works)
        except Exception as error:
            log.warning("policy.reviews_later", exc_info=error)
        await asyncio.sleep(_PAUSE_SECONDS)
