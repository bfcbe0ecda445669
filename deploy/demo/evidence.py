"""What the actors of the story have, do and get to see: the evidence of what happened."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from zoneinfo import ZoneInfo

from deploy.demo import cast
from deploy.demo.clients import Answer, Json, Mail, Partner, Person, Record, Sent
from deploy.demo.messages import Message

LONDON = ZoneInfo("Europe/London")
PATIENCE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.1
NOBODY = "00000000-0000-0000-0000-000000000000"
ACTORS = (
    "registered-manager",
    "practitioner",
    "team-manager",
    "safeguarding",
    "intelligence-chair",
    "qip-chair",
    "information-governance",
    "healthwatch",
    "portal",
)


@dataclass(frozen=True)
class Places:
    """Where the actors find the system. They are told nothing else."""

    services: dict[str, str]
    mail_page: str
    mail_directory: Path
    logins: dict[str, Path]
    """Agency -> the file with its Kafka login."""
    tokens: Path
    spans: Path
    logs: Path
    """What those see who operate the system."""


class Evidence:
    """The actors, and everything that they published, asked for, were told and received."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.today = datetime.now(LONDON).date()
        self.meeting_on = _tuesday_after(self.today + timedelta(days=21))
        self.partners: dict[str, Partner] = {}
        self.people: dict[str, Person] = {}
        self.published: dict[str, tuple[Message, Sent]] = {}
        self.acts: dict[str, Answer] = {}
        """What people asked for and what they were answered, by a name of the story's."""
        self.location_ids: dict[str, str] = {}
        """The id by which the desks know a location, by its public reference."""
        self.considerations: dict[str, Json] = {}
        """What the intelligence meeting had before it, by the location's reference."""
        self.mails: list[Mail] = []
        self.ledger: list[Json] = []
        self._exit = ExitStack()

    def __enter__(self) -> Evidence:
        """The actors arrive: each has nothing but a login or a token."""
        for agency in cast.AGENCIES:
            self.partners[agency] = Partner(agency, self.places.logins[agency])
            self._exit.callback(self.partners[agency].close)
        for name in ACTORS:
            token = (self.places.tokens / f"{name}.jwt").read_text()
            self.people[name] = Person(name, token, self.places.services)
            self._exit.callback(self.people[name].close)
        return self

    def __exit__(self, *_: object) -> None:
        """They leave; what they know stays."""
        self._exit.close()

    def publish(self, message: Message) -> None:
        """Let a partner publish a message of the story."""
        sent = self.partners[message.agency].publish(
            message.what,
            message.type,
            message.data,
            id_=message.id,
            source=message.source,
            structured=message.structured,
            traceparent=message.traceparent,
        )
        self.published[message.key] = (message, sent)

    def get(self, act: str, person: str, service: str, path: str, **query: str | int) -> Answer:
        """Let somebody read something, and keep the answer."""
        self.acts[act] = self.people[person].get(service, path, **query)
        return self.acts[act]

    def post(
        self, act: str, person: str, service: str, path: str, form: Json | None = None
    ) -> Answer:
        """Let somebody do something, and keep the answer."""
        self.acts[act] = self.people[person].post(service, path, form)
        return self.acts[act]

    def accept(self, person: str) -> None:
        """Somebody accepts the procedures on confidentiality that are in force."""
        self.get("procedures", person, "intake", "/confidentiality")
        for one in self.lines("procedures"):
            form = {"partnership": one["partnership"], "version": one["version"]}
            self.post("accepted", person, "intake", "/confidentiality/acceptances", form)

    def receipts(self, key: str) -> list[Record]:
        """The receipts of a published message; there should be exactly one."""
        if key not in self.published:
            return []
        sent = self.published[key][1]
        return self.partners[sent.agency].receipts_of(sent)

    def receipt(self, key: str) -> Json:
        """What a message's receipt says; nothing where there is none."""
        found = self.receipts(key)
        return found[0].data if found else {}

    def feed(self, agency: str, type_: str = "", place: str = "") -> list[Record]:
        """What an agency has read on its feed; of a type, about a place."""
        return self.partners[agency].read(f"feed.{type_}" if type_ else "", place)

    def mails_to(self, address: str, words: str = "") -> list[Mail]:
        """The mails to one address that have these words in subject or text."""
        return [m for m in self.mails if m.to == address and words in f"{m.subject}\n{m.text}"]

    def body(self, act: str) -> Json:
        """What somebody was answered; nothing where it was not one thing."""
        answer = self.acts.get(act)
        return answer.body if answer is not None and isinstance(answer.body, dict) else {}

    def lines(self, act: str) -> list[Json]:
        """The lines that somebody was answered."""
        answer = self.acts.get(act)
        return answer.body if answer is not None and isinstance(answer.body, list) else []

    def status(self, act: str) -> int:
        """The HTTP status of an answer; 0 where nobody asked."""
        return self.acts[act].status if act in self.acts else 0

    def rule(self, act: str) -> str:
        """The rule of a refusal over HTTP, or ''."""
        return str(self.body(act).get("rule", ""))

    @property
    def qip(self) -> str:
        """The id of the QIP that was opened, or one of nothing."""
        return str(self.body("open").get("qip_id") or NOBODY)

    @property
    def plan_due_on(self) -> date:
        """Seven days before the meeting (L5.5)."""
        return self.meeting_on - timedelta(days=7)

    def meeting_time(self, hour: int, minute: int) -> datetime:
        """A time in London on the day of the meeting, in UTC."""
        local = datetime.combine(self.meeting_on, clock_time(hour, minute), tzinfo=LONDON)
        return local.astimezone(UTC)


def eventually(there: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Look until it is there, or the patience ends; gives whether it was."""
    deadline = time.monotonic() + seconds
    while not there():
        if time.monotonic() > deadline:
            return False
        time.sleep(LOOK_EVERY_SECONDS)
    return True


def _tuesday_after(day: date) -> date:
    return day + timedelta(days=(1 - day.weekday()) % 7)
