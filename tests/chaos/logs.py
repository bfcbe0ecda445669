"""Reads whole topics with a plain consumer, as a partner or an auditor would."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import Consumer, KafkaException, TopicPartition

_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A record as it lies on a topic."""

    partition: int
    offset: int
    key: str
    headers: dict[str, str]
    value: bytes

    @property
    def id(self) -> str:
        return self.headers.get("ce_id", "")

    @property
    def type(self) -> str:
        return self.headers.get("ce_type", "")

    @property
    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.value)
        return found


@dataclass(frozen=True)
class Cut:
    """A log that lost its end: how many records it kept, and all that it had held."""

    kept: int
    before: list[Entry]


def history(log: list[Entry], cuts: Sequence[Cut]) -> list[tuple[Entry, bool]]:
    """All records that a log of one partition ever held, in order, and whether each was lost."""
    logs = [*(cut.before for cut in cuts), log]
    starts = [0, *(cut.kept for cut in cuts)]
    return [
        (entry, any(entry.offset >= cut.kept for cut in cuts[era:]))
        for era, (held, start) in enumerate(zip(logs, starts, strict=True))
        for entry in held
        if entry.offset >= start
    ]


def read_topic(login: dict[str, str], topic: str, group: str) -> list[Entry]:
    """All records of a topic, partition by partition in order. Raises TimeoutError."""
    settings = {"group.id": group, "enable.auto.commit": "false", "enable.partition.eof": "false"}
    consumer = Consumer(login | settings)
    try:
        ends = _ends(consumer, topic)
        consumer.assign([TopicPartition(topic, p, 0) for p in ends])
        return _read(consumer, {p: end for p, end in ends.items() if end > 0})
    finally:
        consumer.close()


def ends_of(login: dict[str, str], topic: str) -> dict[int, int]:
    """Where the partitions of a topic end now."""
    consumer = Consumer(login | {"group.id": "chaos-ends"})
    try:
        return _ends(consumer, topic)
    finally:
        consumer.close()


def _ends(consumer: Consumer, topic: str) -> dict[int, int]:
    """Where the partitions of a topic end; a broker that has just started needs a while."""
    deadline = time.monotonic() + _SECONDS
    while True:
        try:
            partitions = consumer.list_topics(topic, timeout=10).topics[topic].partitions
            return {
                p: consumer.get_watermark_offsets(TopicPartition(topic, p), timeout=10)[1]
                for p in partitions
            }
        except KafkaException:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.2)


def first_appearances(entries: list[Entry]) -> list[Entry]:
    """Each distinct record once, where it came first: topics are at least once."""
    first: dict[str, Entry] = {}
    for entry in entries:
        first.setdefault(entry.id, entry)
    return list(first.values())


def _read(consumer: Consumer, ends: dict[int, int]) -> list[Entry]:
    found: list[Entry] = []
    reached = dict.fromkeys(ends, 0)
    deadline = time.monotonic() + _SECONDS
    while any(reached[p] < end for p, end in ends.items()):
        if time.monotonic() > deadline:
            raise TimeoutError("a topic could not be read to its end")
        for message in consumer.consume(2000, timeout=0.5):
            if message.error() is not None:
                continue
            partition, offset = message.partition() or 0, message.offset() or 0
            reached[partition] = offset + 1
            headers = {str(n): _text(raw) for n, raw in dict(message.headers() or ()).items()}
            key = _text(message.key())
            found.append(Entry(partition, offset, key, headers, message.value() or b""))
    return sorted(found, key=lambda entry: (entry.partition, entry.offset))


def _text(raw: str | bytes | None) -> str:
    return raw.decode("utf-8", "replace") if isinstance(raw, bytes) else raw or ""
