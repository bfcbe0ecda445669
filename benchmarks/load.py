"""The load: sound concerns and signals on agencies' inbound topics, skewed as life is."""

from __future__ import annotations

import json
import threading
import time
import uuid
import zlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any

from confluent_kafka import Producer

from benchmarks.places import HOT_SHARE, Places
from deploy.local.stack import Stack
from shared.contracts.inbound_examples import GOOD
from shared.platform.identifiers import new_id

CONCERN = "partner.concern.raised.v1"
ENQUIRY = "partner.safeguarding_enquiry.updated.v1"
COMPLAINT = "partner.complaint.received.v1"
REQUEST = "partner.request.made.v1"
RETURN = "partner.quality_return.submitted.v1"
CONCERN_TELLERS = ("icb", "council-contracts")
TELLERS = (*CONCERN_TELLERS, "council-safeguarding", "council-complaints", "csu", "cqc", "police")


@dataclass(frozen=True)
class Seldom:
    """A type that comes now and then: who tells it, how often, and what differs each time."""

    agency: str
    share: float
    day: str = ""
    reference: str = ""


SELDOM = {
    "partner.contract_review.completed.v1": Seldom(
        "council-contracts", 0.02, "reviewed_on", "review_reference"
    ),
    "partner.public_feedback.received.v1": Seldom(
        "council-complaints", 0.02, "received_on", "feedback_reference"
    ),
    "partner.capacity.reported.v1": Seldom("council-contracts", 0.01, "reported_on"),
    "partner.compliment.received.v1": Seldom(
        "council-complaints", 0.005, "received_on", "compliment_reference"
    ),
    REQUEST: Seldom("council-contracts", 0.005, reference="request_reference"),
    RETURN: Seldom("csu", 0.005, "submitted_on"),
    "partner.cqc_rating.published.v1": Seldom("cqc", 0.005, "published_on"),
    "partner.complaint_outcome.recorded.v1": Seldom(
        "council-complaints", 0.002, "decided_on", "complaint_reference"
    ),
    "partner.ombudsman_outcome.published.v1": Seldom(
        "council-complaints", 0.002, "decided_on", "ombudsman_reference"
    ),
    "partner.cqc_inspection.published.v1": Seldom(
        "cqc", 0.002, "inspected_on", "inspection_reference"
    ),
    "partner.cqc_enforcement.taken.v1": Seldom("cqc", 0.002, "taken_on", "enforcement_reference"),
    "partner.police_matter.held.v1": Seldom("police", 0.001, "held_since", "matter_reference"),
    "partner.other_assessment.reported.v1": Seldom(
        "council-contracts", 0.001, "status_on", "assessment_reference"
    ),
}
MIX = {CONCERN: 0.7, ENQUIRY: 0.14, COMPLAINT: 0.08} | {t: s.share for t, s in SELDOM.items()}
"""The share of each type that partners may tell, but for acknowledged handovers.

Such a message belongs to one handover each, and is measured nowhere here.
"""
HARM, IMPLICATED, WIDER = 0.06, 0.003, 0.03
"""Of concerns: with significant harm (handed over by mail), against a manager (a trigger by
itself). Of enquiries: with wider concerns (a trigger from two enquiries on)."""
CATEGORIES = (
    *("medication", "falls", "nutrition", "skin_care", "staffing", "infection_control"),
    *("dignity", "records", "premises", "leadership", "other"),
)
"""The concerns about a place take them in turn, so that a reader of a feed can tell their order."""

Place = tuple[str, int]
"""The agency and the offset of a record."""


@dataclass(frozen=True)
class Days:
    """The days that a load of so many units is spread over, in order."""

    units: int
    span: int = 60

    def of(self, number: int) -> date:
        """The day of a unit: never later than today."""
        today = date.today()  # noqa: DTZ011 - a load; the door takes London's day and those before
        return today - timedelta(days=1 + self.span - (number * self.span) // self.units)


class Load:
    """Publishes with each agency's own login, and remembers what the broker acknowledged."""

    def __init__(
        self, stack: Stack, places: Places, days: Days, *, seed: int = 1, times: bool = True
    ) -> None:
        """`times`: keep when each unit was published; a year of them would not be small."""
        self.logins = {agency: login_of(stack, agency) for agency in TELLERS}
        more = {
            "linger.ms": 1,
            "log_level": 0,
            "enable.idempotence": True,
            "queue.buffering.max.messages": 200_000,
        }
        self._producers = {a: Producer({**login, **more}) for a, login in self.logins.items()}
        self._places, self._days = places, days
        self._random = Random(seed)  # noqa: S311 - a load, not a secret
        self._run = uuid.UUID(int=self._random.getrandbits(128)).hex[:6] + hex(seed)[2:]
        self._turn: dict[str, int] = defaultdict(int)
        self._times = times
        self._lock = threading.Lock()
        self.count = 0
        self.published: dict[Place, float] = {}
        """When each unit was handed to the client: seconds since 1970."""
        self.first: dict[str, int] = {}
        self.acknowledged: Counter[str] = Counter()
        self.kinds: Counter[str] = Counter()
        self.failed: list[str] = []

    def one(self, place: str | None = None, category: str | None = None) -> None:
        """Publish the next unit; about a place and of a category where they are given."""
        type_, agency, body = self._unit(place, category)
        producer = self._producers[agency]
        headers: dict[str, str | bytes | None] = {
            "ce_specversion": "1.0",
            "ce_id": str(new_id()),
            "ce_source": f"urn:agency:{agency}",
            "ce_type": type_,
            "ce_time": datetime.now(UTC).isoformat(),
        }
        at = time.time()

        def delivered(error: Any, message: Any) -> None:
            self._delivered(agency, at, error, message)

        while True:
            try:
                producer.produce(
                    f"partner.{agency}.in.v1", body, headers=headers, on_delivery=delivered
                )
                break
            except BufferError:
                producer.poll(0.05)
        producer.poll(0)
        self.count += 1
        self.kinds[type_] += 1

    def flush(self) -> None:
        """Wait until the broker has everything. Raises RuntimeError where it has refused some."""
        left = sum(producer.flush(120) for producer in self._producers.values())
        if left or self.failed:
            raise RuntimeError(f"{left} units not acknowledged, {len(self.failed)} refused")

    def close(self) -> None:
        """Leave the broker."""
        for producer in self._producers.values():
            producer.close()

    def _delivered(self, agency: str, at: float, error: Any, message: Any) -> None:
        if error is not None:
            self.failed.append(str(error))
            return
        with self._lock:
            offset = message.offset()
            self.first[agency] = min(offset, self.first.get(agency, offset))
            self.acknowledged[agency] += 1
            if self._times:
                self.published[agency, offset] = at

    def _unit(self, place: str | None, category: str | None) -> tuple[str, str, bytes]:
        draw = self._random
        type_ = CONCERN if place else draw.choices([*MIX], [*MIX.values()])[0]
        if place is None:
            hot = draw.random() < HOT_SHARE
            place = draw.choice(self._places.hot if hot else self._places.others)
        reference = f"B-{self._run}-{self.count:x}"
        day = str(self._days.of(min(self.count, self._days.units)))
        if type_ == ENQUIRY:
            agency, body = "council-safeguarding", _enquiry(draw, reference, day)
        elif type_ == COMPLAINT:
            agency = "council-complaints"
            body = {"complaint_reference": reference, "received_on": day, "theme": "staffing"}
        elif type_ in SELDOM:
            agency, body = SELDOM[type_].agency, _seldom(type_, reference, day)
        else:
            # All that is told of a place comes by one topic: its order is then one to hold.
            agency = CONCERN_TELLERS[zlib.crc32(place.encode()) % len(CONCERN_TELLERS)]
            if category is None:
                category = CATEGORIES[self._turn[place] % len(CATEGORIES)]
                self._turn[place] += 1
                harm, implicated = draw.random() < HARM, draw.random() < IMPLICATED
            else:
                harm = implicated = False
            body = concern(reference, day, category, harm=harm)
            if implicated:
                body["implicated_role"] = "registered_manager"
        return type_, agency, json.dumps({**body, "location": place}).encode()


def login_of(stack: Stack, agency: str) -> dict[str, Any]:
    """What the agency was handed."""
    lines = stack.partner(agency).read_text().splitlines()
    return dict(line.split("=", 1) for line in lines)


def concern(reference: str, day: str, category: str, *, harm: bool = False) -> dict[str, Any]:
    """A care concern of ordinary length, but for its location."""
    return {
        "reference": reference,
        "occurred_on": day,
        "category": category,
        "description": "Care fell short; nobody was harmed. " * 5,
        "action_taken": "Staff were briefed.",
        "measures": "Rounds are checked by two people.",
        "significant_harm": harm,
    }


def _enquiry(draw: Random, reference: str, day: str) -> dict[str, Any]:
    wider = draw.random() < WIDER
    return {
        "enquiry_reference": reference,
        "updated_on": day,
        "enquiry_type": "individual",
        "status": "ongoing",
        "improvements": "none",
        "wider_concern": wider,
        "wider_concern_assessed_by": "social worker" if wider else None,
    }


def _seldom(type_: str, reference: str, day: str) -> dict[str, Any]:
    """The example of the partners' guide, under this reference and of this day."""
    told = SELDOM[type_]
    own = {told.reference: reference, told.day: day}
    body = {**GOOD[type_], **{name: value for name, value in own.items() if name}}
    match type_:
        case "partner.request.made.v1":
            body["load_seen"] = True
        case "partner.quality_return.submitted.v1":
            body["quarter"] = f"{int(day[:4]) - 1}-Q4"  # over, whichever day of the year it is
        case "partner.contract_review.completed.v1":
            body["unmet_actions"] = []
        case "partner.cqc_inspection.published.v1":
            body["published_on"] = day
        case "partner.ombudsman_outcome.published.v1":
            body["remedy_due_on"] = str(date.fromisoformat(day) + timedelta(days=90))
        case "partner.police_matter.held.v1":
            body["review_on"] = str(date.fromisoformat(day) + timedelta(days=600))
    return body
