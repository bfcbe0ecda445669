"""Clients that go on publishing and reading while something is done to their logins and rights."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer

PATIENCE_SECONDS = 60.0
"""How long a condition may take to come true on a machine that is busy with other things."""


def until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Wait for a condition; whether it came true."""
    deadline = time.monotonic() + seconds
    while not (true := condition()) and time.monotonic() < deadline:
        time.sleep(0.05)
    return true


@dataclass
class Publishing:
    """A client that publishes numbers until it is ended, a hundred a second."""

    login: dict[str, Any]
    topic: str
    first: int = 0
    taken: list[int] = field(default_factory=list)
    refused: list[tuple[float, int]] = field(default_factory=list)
    """When, and with which code."""

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Hand over what is left; gives the number that would have come next."""
        self._ending.set()
        self._thread.join()
        return self.next

    def _run(self) -> None:
        producer = Producer(self.login | {"message.timeout.ms": int(PATIENCE_SECONDS * 1000)})
        self.next = self.first
        while not self._ending.wait(0.01):
            try:
                producer.produce(self.topic, str(self.next).encode(), on_delivery=self._note)
                self.next += 1
            except KafkaException as error:  # the client knows already that it may not
                self.refused.append((time.monotonic(), error.args[0].code()))
            producer.poll(0)
        producer.flush(PATIENCE_SECONDS)

    def _note(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.taken.append(int(message.value() or b"-1"))
        else:
            self.refused.append((time.monotonic(), error.code()))


@dataclass
class Reading:
    """A client that reads its feed in its group until it is ended."""

    login: dict[str, Any]
    topic: str
    group: str
    found: list[bytes] = field(default_factory=list)
    refused: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.joined = threading.Event()
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        consumer = Consumer(self.login | {"group.id": self.group, "auto.offset.reset": "earliest"})
        consumer.subscribe([self.topic], on_assign=lambda *_: self.joined.set())
        while not self._ending.is_set():
            for message in consumer.consume(100, timeout=0.1):
                if (error := message.error()) is not None:
                    self.refused.append((time.monotonic(), error.code()))
                else:
                    self.found.append(message.value() or b"")
        consumer.close()
