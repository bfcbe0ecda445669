"""Looks now and then for what recurs and nobody awaits yet: a pack or a partnership is new.

The reviews of policy packs, and the mornings on which who triages is reminded.
"""

from __future__ import annotations

import asyncio

from services.intake.handlers import policy_reviews, triage_reminders
from shared.platform.app import Runtime
from shared.platform.telemetry import log

_PAUSE_SECONDS = 3600.0


def start_reviewing(runtime: Runtime) -> asyncio.Task[None]:
    """Await the reviews of the packs in use, and mornings, until cancelled."""
    return asyncio.create_task(_review(runtime))


async def _review(runtime: Runtime) -> None:
    while True:
        try:
            await policy_reviews.await_reviews(runtime.works)
            await triage_reminders.await_mornings(runtime.works)
        except Exception as error:
            log.warning("policy.reviews_later", exc_info=error)
        await asyncio.sleep(_PAUSE_SECONDS)
