"""How partners, people and a mail reader meet the system: from outside, like anybody else.

Nothing here imports the system's own code. A partner has its login file and its guide; a person has
a token and the addresses.
"""

from __future__ import annotations

import json
import threading
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default as modern_policy
from pathlib import Path
from typing import Any

import httpx
from confluent_kafka import Consumer, KafkaError, Message, Producer

POLL_SECONDS = 0.1
SEND_SECONDS = 15.0
RECEIPT = "feed.receipt.v1"

Json = dict[str, Any]


@dataclass(frozen=True)
class Record:
    """A record on an agency's feed."""

    headers: dict[str, str]
    data: Json
    at: float
    """When the broker took it: seconds since 1970."""

    @property
    def type(self) -> str:
        return self.headers["ce_type"]

    @property
    def place(self) -> str:
        """The reference of the location that it is about, or ''."""
        location = self.data.get("location")
        return str(location["reference"]) if isinstance(location, dict) else ""


@dataclass(frozen=True)
class Sent:
    """A record that a partner published, and where the broker put it."""

    agency: str
    what: str
    id: str
    partition: int
    offset: int
    at: float
    """When the broker took it: seconds since 1970."""


@dataclass
class Partner:
    """An agency's own system: it publishes to its inbound topic and reads its feed."""

    agency: str
    login: Path
    group: str = ""
    """The consumer group; without one, one of the story's."""
    records: list[Record] = field(default_factory=list)
    """The feed so far, in order."""
    failures: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        settings = dict(line.split("=", 1) for line in self.login.read_text().splitlines())
        settings["log_level"] = "0"  # librdkafka would tell of the stack's own stop on our screen
        self._producer = Producer({**settings, "linger.ms": 0, "enable.idempotence": True})
        group = self.group or f"partner.{self.agency}.demo"
        reading = {"auto.offset.reset": "earliest", "fetch.wait.max.ms": 50}
        self._consumer = Consumer({**settings, "group.id": group, **reading})
        self._consumer.subscribe([f"partner.{self.agency}.out.v1"])
        self._ending = threading.Event()
        self._reader = threading.Thread(target=self._read, name=f"feed of {self.agency}")
        self._reader.start()

    def publish(
        self,
        what: str,
        type_: str,
        data: Json | bytes,
        *,
        id_: str | None = None,
        source: str | None = None,
        structured: bool = False,
        traceparent: str | None = None,
    ) -> Sent:
        """Send a CloudEvent and wait until the broker has it; `what` is for the account only."""
        attributes = {
            "specversion": "1.0",
            "id": id_ or str(uuid.uuid4()),
            "source": source or f"urn:agency:{self.agency}",
            "type": type_,
            "time": datetime.now(UTC).isoformat(),
        }
        headers: list[tuple[str, str | bytes | None]]
        if structured:
            body = json.dumps({**attributes, "data": data}).encode()
            headers = [("content-type", "application/cloudevents+json")]
        else:
            body = data if isinstance(data, bytes) else json.dumps(data).encode()
            named: dict[str, str | bytes | None] = {f"ce_{n}": v for n, v in attributes.items()}
            headers = [*named.items(), ("content-type", "application/json")]
        if traceparent is not None:
            headers.append(("traceparent", traceparent))
        taken = self._send(body, headers)
        return Sent(
            agency=self.agency,
            what=what,
            id=attributes["id"],
            partition=taken.partition() or 0,
            offset=taken.offset() or 0,
            at=taken.timestamp()[1] / 1000,
        )

    def read(self, type_: str = "", place: str = "") -> list[Record]:
        """What the feed has had so far; of a type, about a place."""
        return [
            record
            for record in list(self.records)
            if (not type_ or record.type == type_) and (not place or record.place == place)
        ]

    def receipts_of(self, sent: Sent) -> list[Record]:
        """The receipts for one record; there should be exactly one."""
        place = (sent.partition, sent.offset)
        return [
            record
            for record in self.read(RECEIPT)
            if (record.data.get("partition"), record.data.get("offset")) == place
        ]

    def close(self) -> None:
        """Stop reading and leave the broker."""
        self._ending.set()
        self._reader.join()
        self._producer.close()

    def _send(self, body: bytes, headers: list[tuple[str, str | bytes | None]]) -> Message:
        answers: list[tuple[KafkaError | None, Message]] = []
        self._producer.produce(
            f"partner.{self.agency}.in.v1",
            body,
            headers=headers,
            on_delivery=lambda error, message: answers.append((error, message)),
        )
        self._producer.flush(SEND_SECONDS)
        if not answers or answers[0][0] is not None:
            reason = answers[0][0] if answers else "no answer"
            raise ConnectionError(f"{self.agency} could not publish: {reason}")
        return answers[0][1]

    def _read(self) -> None:
        try:
            while not self._ending.is_set():
                for message in self._consumer.consume(500, timeout=POLL_SECONDS):
                    self._take(message)
        finally:
            self._consumer.close()

    def _take(self, message: Message) -> None:
        error = message.error()
        if error is not None:
            self.failures.append(str(error))
            return
        headers = {str(name): _text(raw) for name, raw in dict(message.headers() or []).items()}
        data = json.loads(message.value() or b"{}")
        self.records.append(Record(headers, data, message.timestamp()[1] / 1000))


def _text(raw: str | bytes | None) -> str:
    return raw.decode() if isinstance(raw, bytes) else raw or ""


@dataclass(frozen=True)
class Answer:
    """What a service answered to a person."""

    status: int
    body: Any
    asked_at: float

    @property
    def rule(self) -> str:
        """The rule of a refusal, or ''."""
        return str(self.body.get("rule", "")) if isinstance(self.body, dict) else ""


class Person:
    """Somebody at a desk, with a token and the addresses of the services."""

    def __init__(self, name: str, token: str, services: dict[str, str]) -> None:
        self.name = name
        self._services = services
        self._client = httpx.Client(
            headers={"Authorization": f"Bearer {token}"}, trust_env=False, timeout=15.0
        )

    def get(self, service: str, path: str, **query: str | int) -> Answer:
        """Read something."""
        return self._ask("GET", service, path, params=query)

    def post(self, service: str, path: str, body: Json | None = None) -> Answer:
        """Do something."""
        return self._ask("POST", service, path, json=body)

    def close(self) -> None:
        self._client.close()

    def _ask(self, method: str, service: str, path: str, **content: Any) -> Answer:
        asked_at = time.time()
        answer = self._client.request(method, f"{self._services[service]}{path}", **content)
        body = answer.json() if answer.content else None
        return Answer(answer.status_code, body, asked_at)


@dataclass(frozen=True)
class Mail:
    """An e-mail as it arrived."""

    file: Path
    at: float
    """When it arrived: seconds since 1970."""
    to: str
    subject: str
    text: str
    calendar: str
    """The calendar file that is attached, or ''."""


def read_mails(page: str, directory: Path) -> list[Mail]:
    """Everything in the mailbox that receives all the mail, the oldest first."""
    found = httpx.get(f"{page}/messages", trust_env=False, timeout=10.0).json()
    mails = [
        Mail(
            file=directory / entry["id"],
            at=datetime.fromisoformat(entry["time"]).timestamp(),
            to=", ".join(entry["envelope_to"]),
            subject=entry["subject"],
            text="\n".join(entry["text"]),
            calendar=_calendar(directory / entry["id"]),
        )
        for entry in found
    ]
    return sorted(mails, key=lambda mail: mail.at)


def _calendar(file: Path) -> str:
    for part in message_from_bytes(file.read_bytes(), policy=modern_policy).walk():
        if part.get_content_type() == "text/calendar":
            return str(part.get_content())
    return ""
