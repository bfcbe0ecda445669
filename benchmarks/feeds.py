"""What agencies read: receipts with their times, and the order of the facts about each place."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer

from benchmarks.load import CATEGORIES, Place, login_of
from benchmarks.offsets import Offsets
from deploy.local.stack import Stack

RECEIPT = "feed.receipt.v1"
RECEIVED = "feed.intake.concern.received.v1"
MAY_KNOW_ALL = "council-quality"
"""The agency whose feed tells of every concern."""
_REMEMBERED = 50_000
"""Ids by which a record that came twice is known; a repetition follows soon after."""
_UNHURRIED = {"fetch.wait.max.ms": 250, "fetch.min.bytes": 1 << 20}
"""The broker's time of a record counts, so readers need not be told at once: seven that are told of
each record keep the broker busy, on the two cores that are measured."""


@dataclass(frozen=True)
class Receipt:
    """When a receipt was written to the feed, and under which reference."""

    at: float
    reference: str


class Feed:
    """Reads an agency's feed from now on, in a thread."""

    def __init__(self, stack: Stack, agency: str) -> None:
        self.agency = agency
        self._consumer = Consumer(
            {
                **login_of(stack, agency),
                "group.id": f"partner.{agency}.benchmark-{uuid.uuid4()}",
                "auto.offset.reset": "latest",
                **_UNHURRIED,
                "log_level": 0,
            }
        )
        self._placed, self._stop = threading.Event(), threading.Event()
        self._ids: set[bytes] = set()
        self._order: deque[bytes] = deque()
        self._next: dict[int, int] = {}
        """By partition, where to go on when the group is divided anew."""
        self.records = self.repeated = 0
        self._stumbled: Exception | None = None
        self._thread = threading.Thread(target=self._read, daemon=True)

    def start(self) -> None:
        """Return when the reader stands at the feed's end."""
        self._thread.start()
        if not self._placed.wait(30):
            raise TimeoutError(f"{self.agency} was given no feed to read")

    def stop(self) -> None:
        """Stop reading. Raises what the reader stumbled over."""
        self._stop.set()
        self._thread.join()
        if self._stumbled is not None:
            raise self._stumbled

    def take(self, type_: str, headers: dict[str, bytes], message: Any) -> None:
        """Look at a record; a repeated one does not come here."""

    def _read(self) -> None:
        try:
            self._read_on()
        except Exception as error:
            self._stumbled = error
        finally:
            self._consumer.close()

    def _read_on(self) -> None:
        self._consumer.subscribe([f"partner.{self.agency}.out.v1"], on_assign=self._go_to_end)
        while not self._stop.is_set():
            for message in self._consumer.consume(500, 0.05):
                if message.error() is None:
                    self._take(message)

    def _go_to_end(self, consumer: Consumer, places: list[Any]) -> None:
        for place in places:
            if place.partition not in self._next:
                end = consumer.get_watermark_offsets(place, timeout=10)[1]
                self._next[place.partition] = end
            place.offset = self._next[place.partition]
        consumer.assign(places)
        self._placed.set()

    def _take(self, message: Any) -> None:
        self._next[message.partition()] = message.offset() + 1
        headers = dict(message.headers() or [])
        id_ = uuid.UUID(headers["ce_id"].decode()).bytes
        if id_ in self._ids:
            self.repeated += 1
            return
        self._ids.add(id_)
        self._order.append(id_)
        if len(self._order) > _REMEMBERED:
            self._ids.discard(self._order.popleft())
        self.records += 1
        self.take(headers["ce_type"].decode(), headers, message)


@dataclass
class Receipts:
    """The receipts of all who publish: every offset once."""

    seen: dict[str, Offsets] = field(default_factory=dict)
    twice: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    kept: dict[Place, Receipt] = field(default_factory=dict)


class ReceiptFeed(Feed):
    """An agency that waits for its receipts."""

    def __init__(self, stack: Stack, agency: str, receipts: Receipts, *, times: bool) -> None:
        super().__init__(stack, agency)
        self._receipts, self._times = receipts, times
        self._offsets = receipts.seen.setdefault(agency, Offsets())

    def take(self, type_: str, headers: dict[str, bytes], message: Any) -> None:
        if type_ != RECEIPT:
            return
        body = json.loads(message.value() or b"")
        self._receipts.twice += not self._offsets.add(body["offset"])
        self._receipts.statuses[body["status"]] += 1
        if self._times:
            at = message.timestamp()[1] / 1000
            found = Receipt(at, body.get("reference") or "")
            self._receipts.kept[self.agency, body["offset"]] = found


class OrderFeed(Feed):
    """An agency that may know of all concerns: those about a place come in the order they had.

    Each concern about a place has the next category, and no earlier day than the one before.
    """

    def __init__(self, stack: Stack, agency: str = MAY_KNOW_ALL) -> None:
        super().__init__(stack, agency)
        self._turn: dict[str, int] = {}
        self._day: dict[str, str] = {}
        self.concerns = self.out_of_order = 0

    def take(self, type_: str, headers: dict[str, bytes], message: Any) -> None:
        if type_ != RECEIVED:
            return
        body = json.loads(message.value() or b"")
        place, day = body["location"]["reference"], body["occurred_on"]
        turn = CATEGORIES.index(body["category"])
        expected = self._turn.get(place, 0)
        if turn != expected or day < self._day.get(place, ""):
            self.out_of_order += 1
        self._turn[place], self._day[place] = (turn + 1) % len(CATEGORIES), day
        self.concerns += 1
