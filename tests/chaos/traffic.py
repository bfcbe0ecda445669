"""What the partners publish: sound messages, the same ones again, and some that are broken."""

from __future__ import annotations

import json
import threading
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, Message, Producer

from deploy.demo.market import LOCATIONS
from deploy.local.stack import AGENCIES as DEMO
from shared.contracts.agencies import load
from tests.chaos.kinds import CONCERN, HANDOVER, KINDS, NAMELESS, data_of, types_of
from tests.chaos.logs import Cut

if TYPE_CHECKING:
    from tests.chaos.installation import Installation

AGENCIES = (
    "icb",
    "council-contracts",
    "council-safeguarding",
    "council-complaints",
    "healthwatch",
    "csu",
    "cqc",
    "police",
)
_SAFEGUARDING = "council-safeguarding"
_CONCERNS = 0.43
"""The share of concerns in what each agency tells; of the rest, each type has its weight."""
_FUNCTIONS = {
    agency.id: frozenset(held.function for held in agency.functions) for agency in load(DEMO)
}
SAYS = {agency: types_of(_FUNCTIONS[agency]) for agency in AGENCIES}
"""All that each of them may tell."""
_NHS_NUMBER = "943 476 5919"
"""Of the range that is given to nobody; its check digit is right."""
_SLOWEST_DAYS = 3
"""Nothing happened so lately that it lies in the future of a clock that is days slow."""
_ANYWHERE = 0.7
"""The share of messages about any location; the others are about four of them, as life is."""


@dataclass(frozen=True)
class Told:
    """A message that a partner means to publish."""

    agency: str
    id: str
    type: str
    reference: str
    fate: str
    """What its first receipt has to say: accepted, refused or quarantined."""
    harm: bool
    danger: bool
    headers: tuple[tuple[str, str], ...]
    body: bytes

    @property
    def sound(self) -> bool:
        return self.fate == "accepted"

    @property
    def state(self) -> str:
        """The final state that it has to come to."""
        if not self.sound:
            return {"refused": "refused", "quarantined": "held back"}[self.fate]
        if self.danger:
            return "emergency handed over"
        return "handed over" if self.harm else KINDS[self.type].row

    @property
    def theirs(self) -> str:
        """The sender's own reference, as intake keeps it."""
        return "" if self.type in NAMELESS else self.reference


@dataclass
class Traffic:
    """Publishes with each agency's own credentials; remembers what the broker acknowledged."""

    installation: Installation
    random: Random
    told: dict[tuple[str, str], Told] = field(default_factory=dict)
    """By agency and `ce_id`, as first told."""
    taken: dict[tuple[str, int], str] = field(default_factory=dict)
    """Where the broker put each: (agency, offset) to `ce_id`."""
    failed: list[str] = field(default_factory=list)
    cuts: dict[str, list[Cut]] = field(default_factory=lambda: defaultdict(list))
    """By agency, what the broker lost of its topic."""
    count: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._producers = {agency: self._producer(agency) for agency in AGENCIES}
        self._told: Counter[str] = Counter()
        """Sound messages by type."""
        self._handed_over: set[str] = set()
        """Our references of what safeguarding told and has itself to take over."""
        self._to_acknowledge: dict[str, tuple[str, str]] = {}
        """Reference and location of those that it has not acknowledged yet, by message."""
        day = datetime.now(UTC).date()
        places = [place.location_id for place in LOCATIONS if place.is_active(day)]
        self._day, self._busy, self._places = day, places[:4], places

    def burst(self, size: int) -> None:
        """Hand a burst of messages to the agencies' producers."""
        for _ in range(size):
            chance = self.random.random()
            if chance < 0.04 and self.told:
                self._send(self.random.choice(list(self.told.values())[-500:]))
            elif chance < 0.07:
                self._send(self._broken())
            elif chance < 0.08:
                self._send(self._revealing())
            else:
                self._send(self._sound())

    def settle(self, seconds: float) -> int:
        """Wait until the broker has everything; gives how many it has not acknowledged."""
        left = sum(producer.flush(seconds) for producer in self._producers.values())
        return left + len(self.failed)

    def close(self) -> None:
        """Leave the broker."""
        for producer in self._producers.values():
            producer.purge()
            producer.close()

    def flush(self, agency: str) -> None:
        """Wait until the broker has what the agency has handed over."""
        self._producers[agency].flush(60.0)

    def lose(self, agency: str, cut: Cut) -> list[str]:
        """The broker lost the end of an agency's topic; gives the ids of what is gone, in order."""
        self.cuts[agency].append(cut)
        with self._lock:
            gone = [(a, offset) for a, offset in self.taken if a == agency and offset >= cut.kept]
            lost = [self.taken.pop(place) for place in sorted(gone)]
            for id_ in lost:  # it has to be told again before anybody takes it over
                self._to_acknowledge.pop(id_, None)
        # A client whose broker forgot what it had sent begins anew, as after a restart of its own.
        self._producers[agency] = self._producer(agency)
        return list(dict.fromkeys(lost))

    def send_more(self, agency: str, count: int) -> None:
        """New messages of one agency."""
        for _ in range(count):
            self._send(self._sound(agency))

    def send_again(self, agency: str, ids: Iterable[str]) -> None:
        """The same messages once more, under their own ids."""
        for id_ in ids:
            self._send(self.told[agency, id_])

    def ends(self) -> dict[str, int]:
        """Where the topic of each agency ends, as far as the broker has acknowledged."""
        with self._lock:
            places = list(self.taken)
        return {a: max((o + 1 for b, o in places if a == b), default=0) for a in AGENCIES}

    def _producer(self, agency: str) -> Producer:
        more = {
            "enable.idempotence": "true",
            "linger.ms": "5",
            "message.timeout.ms": "180000",
            "queue.buffering.max.messages": "200000",
        }
        return Producer(self.installation.agency_login(agency) | more)

    def _send(self, told: Told) -> None:
        self.told.setdefault((told.agency, told.id), told)
        producer = self._producers[told.agency]
        producer.produce(
            f"partner.{told.agency}.in.v1",
            told.body,
            headers=list(told.headers),
            on_delivery=self._noted(told),
        )
        self.count += 1
        if self.count % 50 == 0:
            producer.poll(0)

    def _noted(self, told: Told) -> Callable[[KafkaError | None, Message], None]:
        def note(error: KafkaError | None, message: Message) -> None:
            with self._lock:
                if error is not None:
                    self.failed.append(f"{told.agency}: {error}")
                else:
                    self.taken[told.agency, message.offset() or 0] = told.id

        return note

    def answered(self, agency: str, id_: str, reference: str) -> None:
        """A receipt has come: what safeguarding handed over to itself it can acknowledge.

        It acknowledges its own concerns alone: they lie before that on its own topic, also where
        intake goes back to a backup and reads all topics again in another interleaving.
        """
        told = self.told.get((agency, id_))
        if agency != _SAFEGUARDING or told is None or not (told.harm or told.danger):
            return
        with self._lock:
            if reference not in self._handed_over:
                self._handed_over.add(reference)
                self._to_acknowledge[id_] = reference, json.loads(told.body)["location"]

    def _sound(self, agency: str = "") -> Told:
        agency = agency or self.random.choice(AGENCIES)
        type_ = self._type_of(agency)
        if type_ == HANDOVER:
            return self._acknowledging(agency)
        harm = type_ == CONCERN and self.random.random() < 0.06
        danger = type_ == CONCERN and self.random.random() < 0.01
        reference = f"CH-{self.count:06d}"
        data = self._data(type_, reference)
        if type_ == CONCERN:
            data |= {"significant_harm": harm, "immediate_danger": danger}
        body = json.dumps(data).encode()
        return self._message(agency, type_, reference, body, harm=harm, danger=danger)

    def _type_of(self, agency: str) -> str:
        """A concern, or another type that it may tell, as often as that type is told."""
        others = [t for t in SAYS[agency] if t != CONCERN]
        if HANDOVER in others and not self._to_acknowledge:
            others.remove(HANDOVER)
        weights = [KINDS[type_].weight for type_ in others]
        told = self.random.random() < _CONCERNS
        return CONCERN if told else self.random.choices(others, weights)[0]

    def _acknowledging(self, agency: str) -> Told:
        """Safeguarding takes over what it has not acknowledged yet."""
        with self._lock:
            first = next(iter(self._to_acknowledge))
            reference, location = self._to_acknowledge.pop(first)
        body = json.dumps({"location": location, "reference": reference}).encode()
        return self._message(agency, HANDOVER, reference, body)

    def _revealing(self) -> Told:
        """A concern that gives somebody away, without a reason: it is held back."""
        agency = self.random.choice(AGENCIES)
        reference = f"HELD-{self.count:06d}"
        data = self._data(CONCERN, reference)
        data["description"] += f" NHS number {_NHS_NUMBER}."
        body = json.dumps(data).encode()
        return self._message(agency, CONCERN, reference, body, fate="quarantined")

    def _data(self, type_: str, reference: str) -> dict[str, Any]:
        anywhere = self.random.random() < _ANYWHERE
        location = self.random.choice(self._places if anywhere else self._busy)
        last = self._day - timedelta(days=_SLOWEST_DAYS)
        day = last - timedelta(days=self.random.randrange(200))
        self._told[type_] += 1
        return data_of(type_, location, reference, (day, last), self._told[type_], self.random)

    def _broken(self) -> Told:
        """Not JSON, of no known type, or about no known location."""
        agency = self.random.choice(AGENCIES)
        reference = f"BAD-{self.count:06d}"
        match self.random.randrange(3):
            case 0:
                torn = b'{"location": "'
                return self._message(agency, CONCERN, reference, torn, fate="refused")
            case 1:
                return self._message(agency, "partner.nothing.v1", reference, b"{}", fate="refused")
            case _:
                data = self._data(CONCERN, reference) | {"location": "1-999999999"}
                body = json.dumps(data).encode()
                return self._message(agency, CONCERN, reference, body, fate="refused")

    def _message(
        self,
        agency: str,
        type_: str,
        reference: str,
        body: bytes,
        *,
        fate: str = "accepted",
        harm: bool = False,
        danger: bool = False,
    ) -> Told:
        id_ = str(uuid.UUID(int=self.random.getrandbits(128), version=4))
        headers = {
            "ce_specversion": "1.0",
            "ce_id": id_,
            "ce_source": f"urn:agency:{agency}",
            "ce_type": type_,
            "ce_time": datetime.now(UTC).isoformat(),
            "content-type": "application/json",
        }
        return Told(agency, id_, type_, reference, fate, harm, danger, tuple(headers.items()), body)
