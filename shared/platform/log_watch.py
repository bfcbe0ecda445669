"""Notices a log that is no longer the one that we have read: cut short, grown anew, or emptied.

A broker that lost the end of a log gives the same offsets out again. Where its log ends before our
place, the broker says so and the client begins anew without a word; where it has grown past our
place meanwhile, nobody says anything, and what was written in between would never be read. What
gives it away is the epoch that the broker writes on every batch: it changes with each start and
each new leader. Behind a change we look whether what lies before our place has taken effect here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from sqlalchemy import select, tuple_

from shared.contracts.envelope import Unreadable
from shared.platform import dead_letters
from shared.platform.broker import connection_options
from shared.platform.settings import Settings
from shared.platform.work import Incoming, Work

_TAIL = 20
"""How many records before our place are looked at."""
_SECONDS = 10.0


class LogWatch:
    """What a consumer knows of the logs that it reads: how far it was, and in which epoch."""

    def __init__(self) -> None:
        self._reached: dict[TopicPartition, int] = {}
        self._epochs: dict[TopicPartition, int] = {}
        self.generation = 0
        """Changes when places are gone to anew: what was in hand then tells nothing any more."""

    def forget(self, places: Iterable[TopicPartition] | None = None) -> None:
        """Places (all, without any named) are gone to anew: nothing is known of them."""
        self.generation += 1
        for place in list(self._reached if places is None else places):
            self._reached.pop(place, None)
        for place in list(self._epochs if places is None else places):
            self._epochs.pop(place, None)

    def note(self, records: Sequence[ConsumerRecord], generation: int) -> None:
        """These have taken effect; they were read in this generation."""
        if generation != self.generation:
            return
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            self._reached[place] = record.offset + 1
            if record.checksum is not None:
                self._epochs[place] = record.checksum

    def stepped_back(self, records: Sequence[ConsumerRecord]) -> set[TopicPartition]:
        """Where the client went back by itself: the log ended before the place that we had."""
        return {
            place
            for place, first in firsts(records).items()
            if first.offset < self._reached.get(place, 0)
        }

    def unsure(self, records: Sequence[ConsumerRecord]) -> dict[TopicPartition, int]:
        """Where the broker has begun a new epoch, or we have just come; and from which offset."""
        found: dict[TopicPartition, int] = {}
        epochs = dict(self._epochs)
        for record in records:
            place = TopicPartition(record.topic, record.partition)
            known, now = epochs.get(place), record.checksum
            if now is not None and now != known:
                if record.offset > 0:
                    found.setdefault(place, record.offset)
                epochs[place] = now
        return found


def firsts(records: Sequence[ConsumerRecord]) -> dict[TopicPartition, ConsumerRecord]:
    """The first record of each partition."""
    found: dict[TopicPartition, ConsumerRecord] = {}
    for record in records:
        found.setdefault(TopicPartition(record.topic, record.partition), record)
    return found


def before(
    records: Sequence[ConsumerRecord], places: Mapping[TopicPartition, int]
) -> list[ConsumerRecord]:
    """Those that lie before these offsets, or in other partitions."""
    return [
        record
        for record in records
        if record.offset < places.get(TopicPartition(record.topic, record.partition), 2**63)
    ]


async def untaken(
    work: Work, readings: Sequence[tuple[ConsumerRecord, Incoming[Any] | Unreadable | None]]
) -> set[TopicPartition]:
    """Partitions with a record that has neither taken effect here nor been set aside."""
    inbox = work.tables.inbox
    ids = [
        (reading.source, reading.event_id)
        for _, reading in readings
        if reading is not None and not isinstance(reading, Unreadable)
    ]
    rows = await work.session.execute(
        select(inbox.c.source, inbox.c.event_id).where(
            tuple_(inbox.c.source, inbox.c.event_id).in_(ids)
        )
    )
    taken = {(row.source, row.event_id) for row in rows}
    aside = await dead_letters.set_aside(work, [record for record, _ in readings])
    return {
        TopicPartition(record.topic, record.partition)
        for record, reading in readings
        if reading is not None
        and dead_letters.place_of(record) not in aside
        and (isinstance(reading, Unreadable) or (reading.source, reading.event_id) not in taken)
    }


async def read_before(
    settings: Settings, places: Mapping[TopicPartition, int]
) -> list[ConsumerRecord]:
    """The last records before each offset that the broker still has; over a connection of its own.

    Raises KafkaError or TimeoutError when the broker does not give them.
    """
    probe = AIOKafkaConsumer(**connection_options(settings), enable_auto_commit=False)
    await probe.start()
    try:
        begins = await probe.beginning_offsets(list(places))
        ends = await probe.end_offsets(list(places))
        spans = {
            place: (max(begins[place], offset - _TAIL), min(offset, ends[place]))
            for place, offset in places.items()
        }
        spans = {place: span for place, span in spans.items() if span[0] < span[1]}
        return await _read(probe, spans) if spans else []
    finally:
        await probe.stop()


async def _read(
    probe: AIOKafkaConsumer, spans: Mapping[TopicPartition, tuple[int, int]]
) -> list[ConsumerRecord]:
    probe.assign(list(spans))
    for place, (begin, _) in spans.items():
        probe.seek(place, begin)
    found: list[ConsumerRecord] = []
    waiting = dict(spans)
    while waiting:
        batches = await probe.getmany(*waiting, timeout_ms=int(_SECONDS * 1000))
        if not batches:
            raise TimeoutError
        for place, records in batches.items():
            found += [record for record in records if record.offset < spans[place][1]]
        for place in list(waiting):
            if await probe.position(place) >= spans[place][1]:
                del waiting[place]
    return found
