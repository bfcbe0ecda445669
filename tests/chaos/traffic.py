"""What the partners publish: sound messages, the same ones again, and some that are broken."""

from __future__ import annotations

import json
import threading
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaError, Message, Producer

from deploy.demo.market import LOCATIONS
from tests.chaos.logs import Cut
from tests.secrecy.canaries import door_word

if TYPE_CHECKING:
    from tests.chaos.installation import Installation

AGENCIES = ("icb", "council-contracts", "council-safeguarding", "council-complaints", "healthwatch")
CONCERN = "partner.concern.raised.v1"
COMPLAINT = "partner.complaint.received.v1"
REVIEW = "partner.contract_review.completed.v1"
ENQUIRY = "partner.safeguarding_enquiry.updated.v1"
_SAYS = {
    "icb": (CONCERN, CONCERN, COMPLAINT),
    "council-contracts": (REVIEW, CONCERN),
    "council-safeguarding": (ENQUIRY, CONCERN),
    "council-complaints": (COMPLAINT,),
    "healthwatch": (CONCERN, COMPLAINT),
}
_CATEGORIES = ("medication", "falls", "nutrition", "staffing", "dignity", "records")
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
        if self.harm:
            return "handed over"
        return "concern" if self.type == CONCERN else "signal"


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
        """The broker lost the end of an agency's topic; gives the ids of what is gone with it."""
        self.cuts[agency].append(cut)
        with self._lock:
            gone = [(a, offset) for a, offset in self.taken if a == agency and offset >= cut.kept]
            lost = {self.taken.pop(place) for place in gone}
        # A client whose broker forgot what it had sent begins anew, as after a restart of its own.
        self._producers[agency] = self._producer(agency)
        return sorted(lost)

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

    def _sound(self, agency: str = "") -> Told:
        agency = agency or self.random.choice(AGENCIES)
        type_ = self.random.choice(_SAYS[agency])
        harm = type_ == CONCERN and self.random.random() < 0.06
        danger = type_ == CONCERN and self.random.random() < 0.01
        reference = f"CH-{self.count:06d}"
        data = self._data(type_, reference)
        if type_ == CONCERN:
            data |= {"significant_harm": harm, "immediate_danger": danger}
        body = json.dumps(data).encode()
        return self._message(agency, type_, reference, body, harm=harm, danger=danger)

    def _revealing(self) -> Told:
        """A concern that gives somebody away, without a reason: it is held back."""
        agency = self.random.choice([a for a in AGENCIES if CONCERN in _SAYS[a]])
        reference = f"HELD-{self.count:06d}"
        data = self._data(CONCERN, reference)
        data["description"] += f" NHS number {_NHS_NUMBER}."
        body = json.dumps(data).encode()
        return self._message(agency, CONCERN, reference, body, fate="quarantined")

    def _data(self, type_: str, reference: str) -> dict[str, Any]:
        anywhere = self.random.random() < _ANYWHERE
        location = self.random.choice(self._places if anywhere else self._busy)
        day = self._day - timedelta(days=self.random.randrange(_SLOWEST_DAYS, 200))
        return _data(type_, location, reference, day, self.random)

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


def _data(type_: str, location: str, reference: str, day: date, random: Random) -> dict[str, Any]:
    about: dict[str, Any]
    match type_:
        case "partner.concern.raised.v1":
            about = {
                "reference": reference,
                "occurred_on": str(day),
                "category": random.choice(_CATEGORIES),
                "description": f"Somebody fell on the stairs. {door_word()}",
                "action_taken": "A nurse came.",
                "measures": "A second rail.",
            }
        case "partner.complaint.received.v1":
            about = {
                "complaint_reference": reference,
                "received_on": str(day),
                "theme": random.choice(_CATEGORIES),
            }
        case "partner.contract_review.completed.v1":
            unmet = [f"ACT-{number}" for number in range(random.randrange(3))]
            about = {"review_reference": reference, "reviewed_on": str(day), "unmet_actions": unmet}
        case _:
            about = {
                "enquiry_reference": reference,
                "updated_on": str(day),
                "enquiry_type": random.choice(("individual", "organisational")),
                "status": "ongoing",
                "improvements": "none",
            }
    return {"location": location, **about}
