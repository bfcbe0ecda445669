"""(d) Our four services end to end: from an agency's inbound topic to the receipt on its feed."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import psutil
from confluent_kafka import Consumer, Producer

from deploy.local.stack import Stack

AGENCY = "icb"
HOT_SHARE = 0.9
"""The share of messages that a tenth of the locations has: life is skewed."""


@dataclass
class Feed:
    """Reads an agency's feed in a thread; notes when each receipt was written."""

    login: dict[str, Any]
    receipts: dict[int, float] = field(default_factory=dict)
    statuses: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self._thread.join()

    def _read(self) -> None:
        consumer = Consumer(
            {
                **self.login,
                "group.id": f"partner.{AGENCY}.benchmark-{uuid.uuid4()}",
                "auto.offset.reset": "earliest",
                "fetch.wait.max.ms": 20,
            }
        )
        consumer.subscribe([f"partner.{AGENCY}.out.v1"])
        while not self._stop.is_set():
            for message in consumer.consume(500, 0.2):
                if message.error() is None and _type(message) == "feed.receipt.v1":
                    body = json.loads(message.value() or b"")
                    self.receipts[body["offset"]] = message.timestamp()[1] / 1000
                    self.statuses.add(body["status"])
        consumer.close()


def _type(message: Any) -> str:
    found: bytes = dict(message.headers() or []).get("ce_type", b"")
    return found.decode()


class Load:
    """Publishes sound concerns of one agency, skewed over the register's locations."""

    def __init__(self, stack: Stack, seed: int = 1) -> None:
        lines = stack.partner(AGENCY).read_text().splitlines()
        self.login: dict[str, Any] = dict(line.split("=", 1) for line in lines)
        self._producer = Producer({**self.login, "linger.ms": 1, "enable.idempotence": True})
        self._random = random.Random(seed)  # noqa: S311 - a load, not a secret
        self._locations = [f"1-2000000{n:02d}" for n in range(1, 21)]
        self.published: dict[int, float] = {}

    def one(self) -> None:
        """Publish a concern."""
        hot = self._random.random() < HOT_SHARE
        tenth = max(1, len(self._locations) // 10)
        location = self._random.choice(self._locations[:tenth] if hot else self._locations[tenth:])
        body = {
            "location": location,
            "reference": f"B-{uuid.uuid4().hex}",
            "occurred_on": str(date.today() - timedelta(days=self._random.randrange(60))),  # noqa: DTZ011 - a load
            "category": self._random.choice(["falls", "medication", "staffing"]),
            "description": "Care fell short; nobody was harmed. " * 5,
            "action_taken": "Staff were briefed.",
            "measures": "Rounds are checked by two people.",
        }
        headers: dict[str, str | bytes | None] = {
            "ce_specversion": "1.0",
            "ce_id": str(uuid.uuid4()),
            "ce_source": f"urn:agency:{AGENCY}",
            "ce_type": "partner.concern.raised.v1",
        }
        self._producer.produce(
            f"partner.{AGENCY}.in.v1",
            json.dumps(body).encode(),
            headers=headers,
            on_delivery=self._delivered,
        )
        self._producer.poll(0)

    def _delivered(self, _: Any, message: Any) -> None:
        self.published[message.offset()] = message.timestamp()[1] / 1000

    def flush(self) -> None:
        self._producer.flush(60)


def back_fill(stack: Stack, units: int) -> dict[str, Any]:
    """Units per second when all of them lie there at once."""
    load = Load(stack)
    feed = Feed(load.login)
    feed.start()
    started = time.perf_counter()
    for _ in range(units):
        load.one()
    load.flush()
    _until(lambda: set(load.published) <= set(feed.receipts), units / 20 + 60)
    seconds = time.perf_counter() - started
    feed.stop()
    return {"units": units, "seconds": seconds, "per_second": units / seconds}


def steady(stack: Stack, rate: float, seconds: float) -> dict[str, float]:
    """Milliseconds from publication to the receipt on the feed at a steady rate."""
    load = Load(stack, seed=2)
    feed = Feed(load.login)
    feed.start()
    begin = time.perf_counter()
    for n in range(int(rate * seconds)):
        time.sleep(max(0.0, begin + n / rate - time.perf_counter()))
        load.one()
    load.flush()
    _until(lambda: set(load.published) <= set(feed.receipts), 60)
    feed.stop()
    times = sorted(1000 * (feed.receipts[o] - at) for o, at in load.published.items())
    return {
        "rate": rate,
        "p50_ms": statistics.median(times),
        "p99_ms": times[int(len(times) * 0.99)],
        "max_ms": times[-1],
    }


def memory(stack: Stack) -> dict[str, float]:
    """Resident megabytes of each service."""
    return {
        name: psutil.Process(service.pid).memory_info().rss / 2**20
        for name, service in stack.services.items()
    }


def _until(arrived: Any, seconds: float) -> None:
    deadline = time.perf_counter() + seconds
    while not arrived():
        if time.perf_counter() > deadline:
            raise TimeoutError("not everything arrived in time")
        time.sleep(0.02)
