"""How far a consumer is, told beside its batches: to the broker, and where records are skipped to
the database, which knows by the batch itself where records take effect."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiokafka import ConsumerRecord, TopicPartition

from shared.platform import inbox
from shared.platform.places import Places
from shared.platform.telemetry import log
from shared.platform.work import Works

_EVERY_SECONDS = 0.5
"""The broker need not hear of each batch: the database knows."""


class Reached:
    """The places that a consumer group has come to, and has not told yet."""

    def __init__(self, group: str, works: Works, places: Places) -> None:
        self._group = group
        self._works = works
        self._places = places
        self._untold: dict[TopicPartition, int] = {}
        self._skipped: dict[TopicPartition, int] = {}
        """Places behind records that were skipped, which the database does not know yet."""
        self._telling: asyncio.Task[None] | None = None
        self._ending = asyncio.Event()

    def skip(self, records: Sequence[ConsumerRecord]) -> None:
        """Nothing follows from these; the database hears of them before the broker does."""
        self._skipped |= ends_of(records)

    async def tell(self, records: Sequence[ConsumerRecord]) -> None:
        """Let the broker know how far the database is (`restored.py`), beside the next batches."""
        self._untold |= ends_of(records)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell_all())
        if self._ending.is_set():
            await self._telling

    async def end(self) -> None:
        """Return when all is told; from now on each batch waits for that as well."""
        self._ending.set()
        if self._telling is not None:
            await self._telling

    async def _tell_all(self) -> None:
        while self._untold:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._ending.wait(), _EVERY_SECONDS)
            ends, skipped = self._ours(self._untold), self._ours(self._skipped)
            self._untold, self._skipped = {}, {}
            try:
                await self._tell(ends, skipped)
            except Exception as error:
                log.info("consumer.commit_failed", group=self._group, exc_info=error)
                if not self._ending.is_set():
                    self._untold, self._skipped = ends | self._untold, skipped | self._skipped

    async def _tell(
        self, ends: dict[TopicPartition, int], skipped: dict[TopicPartition, int]
    ) -> None:
        if skipped:
            async with self._works.begin() as work:
                await inbox.pass_over(work, self._group, skipped)
        if ends:
            await self._places.aiokafka().commit(ends)

    def _ours(self, places: Mapping[TopicPartition, int]) -> dict[TopicPartition, int]:
        assigned = self._places.assigned
        return {place: end for place, end in places.items() if place in assigned}


def ends_of(records: Sequence[ConsumerRecord]) -> dict[TopicPartition, int]:
    """Where to go on behind records, by partition."""
    return {TopicPartition(r.topic, r.partition): r.offset + 1 for r in records}
