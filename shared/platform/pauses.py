"""A topic that takes nothing: since when, why, when it is tried again, and when to say so."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import asyncpg
from aiokafka.errors import (
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    OutOfOrderSequenceNumber,
    ProducerFenced,
    UnknownProducerId,
)

_LONGEST = 5.0
_LONGEST_REFUSED = 15.0
"""Seconds between tries of what was refused for good: only a person can change that."""
_ALARM_SECONDS = 30.0
"""A topic that takes nothing for so long, for whatever reason, is an alarm."""
SPENT = (
    ProducerFenced,
    OutOfOrderSequenceNumber,
    InvalidProducerEpoch,
    InvalidProducerIdMapping,
    UnknownProducerId,
)
"""After these a producer fails for ever: the broker lost what it knew of it (a shorter log)."""


@dataclass
class Pause:
    """A topic that failed, and when it is tried again."""

    seconds: float = 0.5
    until: float = field(default_factory=time.monotonic)
    since: float = field(default_factory=time.monotonic)
    reason: str = ""
    refused: bool = False
    """True where trying again will not help."""
    seq: int | None = None
    """The outbox number of the row that was refused."""

    def longer(self, error: Exception, row: asyncpg.Record | None, *, alone: bool) -> None:
        passes = isinstance(error, TimeoutError) or getattr(error, "retriable", False)
        if not isinstance(error, SPENT):  # which only follows from an earlier refusal
            self.reason, self.refused = type(error).__name__, not passes
            self.seq = row["seq"] if row is not None and alone else None
        longest = _LONGEST_REFUSED if self.refused else _LONGEST
        self.until = time.monotonic() + self.seconds
        self.seconds = min(self.seconds * 2, longest)

    def alarm(self, topic: str) -> str | None:
        """What to say of a topic that is held; None where it may pass soon."""
        held = time.monotonic() - self.since
        if not self.refused and held < _ALARM_SECONDS:
            return None
        row = f", event {self.seq} of the outbox" if self.seq is not None else ""
        return f"{topic} takes nothing: {self.reason}{row}"
