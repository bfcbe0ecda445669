"""The story, told by its actors: partners publish, people act at their desks, mails arrive.

`Story.tell` lets it happen and gathers what every side got to know; `checks` judges that, and
`account` writes it down.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from deploy.demo import cast
from deploy.demo.clients import Answer, Json, Mail, Partner, Person, Record, Sent, read_mails
from deploy.demo.messages import ACKNOWLEDGEMENT, Message, care_concern, first_message, messages

LONDON = ZoneInfo("Europe/London")
PATIENCE_SECONDS = 30.0
LOOK_EVERY_SECONDS = 0.1
ACTORS = (
    "registered-manager",
    "practitioner",
    "team-manager",
    "safeguarding",
    "intelligence-chair",
    "qip-chair",
    "information-governance",
    "operations",
    "healthwatch",
)
MAILS = 9
"""Acknowledgement, two handovers, chair, two contacts, three invitations."""


@dataclass(frozen=True)
class Places:
    """Where the actors find the system. They are told nothing else."""

    services: dict[str, str]
    mail_page: str
    logins: dict[str, Path]
    """Agency -> the file with its Kafka login."""
    tokens: Path


class Story:
    """One run of the story, and what came of it."""

    def __init__(self, places: Places) -> None:
        self.places = places
        self.today = datetime.now(LONDON).date()
        self.meeting_on = _tuesday_after(self.today + timedelta(days=21))
        self.published: dict[str, tuple[Message, Sent]] = {}
        self.acts: dict[str, Answer] = {}
        """What people asked for, and what they were answered, by a name of ours."""
        self.mails: list[Mail] = []
        self.ledger: list[Json] = []
        self._exit = ExitStack()
        self.partners: dict[str, Partner] = {}
        self.people: dict[str, Person] = {}

    def chapters(self) -> list[tuple[str, Callable[[], None]]]:
        """What happens, in order, each with its title."""
        return [
            ("The actors arrive", self.arrive),
            ("The register is loaded", self.look_at_the_register),
            ("Council safeguarding tells of an enquiry", self.first_message),
            ("Partners publish", self.publish),
            ("A provider tells a concern over HTTP", self.tell_over_http),
            ("Every record gets its receipt", self.await_receipts),
            ("Safeguarding acknowledges what was handed over", self.acknowledge),
            ("Staff triage a concern", self.triage),
            ("The team manager confirms two triggers", self.confirm),
            ("The intelligence meeting decides", self.decide),
            ("A chair is appointed", self.appoint),
            ("The provider is contacted", self.contact),
            ("The first meeting is scheduled", self.schedule),
            ("Mails and feeds arrive", self.await_the_end),
            ("Information governance reads the ledger", self.read_ledger),
        ]

    def tell(self, said: Callable[[str], None] = lambda _: None) -> None:
        """Let it all happen. What does not come is missing afterwards; nothing is raised for it."""
        for title, chapter in self.chapters():
            said(title)
            chapter()

    def close(self) -> None:
        """The actors leave."""
        self._exit.close()

    def __enter__(self) -> Story:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # What happens

    def arrive(self) -> None:
        """Each actor has nothing but a login or a token."""
        for agency in cast.AGENCIES:
            self.partners[agency] = Partner(agency, self.places.logins[agency])
            self._exit.callback(self.partners[agency].close)
        for name in ACTORS:
            token = (self.places.tokens / f"{name}.jwt").read_text()
            self.people[name] = Person(name, token, self.places.services)
            self._exit.callback(self.people[name].close)

    def look_at_the_register(self) -> None:
        """CQC's locations and the council's own services are there, also for who hears of them."""
        manager = self.people["team-manager"]
        self._until("locations", lambda: manager.get("intake", "/locations", limit=500), 40)
        ids = {line["reference"]: line["location_id"] for line in self._lines("locations")}
        self.location_ids: dict[str, str] = ids
        for name, reference in (("registered", cast.SALTMARSH), ("unregistered", "CB-DAY-01")):
            path = f"/locations/{ids.get(reference, reference)}"
            self.acts[f"location-{name}"] = manager.get("intake", path)
        last = ids.get(cast.MISTLETHORPE, "-")
        self._until("picture", lambda: manager.get("assessment", f"/locations/{last}/picture"), 1)

    def first_message(self) -> None:
        """The message that the whole trace begins with."""
        self._publish(first_message(self.today))
        chair = self.people["intelligence-chair"]
        self._until("first", lambda: chair.get("meetings", "/considerations"), 1)

    def publish(self) -> None:
        """Everything else that comes over Kafka."""
        for message in messages(self.today):
            self._publish(message)

    def tell_over_http(self) -> None:
        """The manager of Larchfield tells a concern; first one without what the door requires."""
        manager = self.people["registered-manager"]
        concern = care_concern(cast.LARCHFIELD, self.today, "medication")
        incomplete = {**concern, "action_taken": ""}
        self.acts["concern-incomplete"] = manager.post("intake", "/concerns", incomplete)
        self.acts["concern"] = manager.post("intake", "/concerns", concern)
        self.acts["concern-again"] = manager.post("intake", "/concerns", concern)
        other = {**care_concern(cast.TIDEWELL, self.today, "falls")}
        self.acts["concern-elsewhere"] = manager.post("intake", "/concerns", other)

    def await_receipts(self) -> None:
        """Each record that was published has its receipt on the feed of who published it."""
        eventually(lambda: all(self.receipts(key) for key in self.published))

    def acknowledge(self) -> None:
        """One handover over Kafka by the reference on the feed, one at the desk."""
        safeguarding = self.partners["council-safeguarding"]
        emergency = self.reference("emergency")
        told = "feed.intake.concern.redirected_to_safeguarding.v1"
        eventually(lambda: len(self.records("council-safeguarding", told)) >= 2)
        what = "it has taken over the emergency"
        body = {"location": cast.FOXHOLT, "reference": emergency}
        if any(r.data["reference"] == emergency for r in safeguarding.records if r.type == told):
            self._publish(
                Message("acknowledged", "council-safeguarding", what, ACKNOWLEDGEMENT, body)
            )
        desk = self.people["safeguarding"]
        harm = self.reference("harm")
        self.acts["handovers"] = desk.get("intake", "/handovers")
        for line in self._lines("handovers"):
            if line["reference"] == harm:
                path = f"/handovers/{line['concern_id']}/acknowledgement"
                self.acts["handover-acknowledged"] = desk.post("intake", path)
        eventually(lambda: not self._ask("handovers-open", desk, "intake", "/handovers"))

    def triage(self) -> None:
        """A care concern below the threshold is shared with those who commission and contract."""
        desk = self.people["practitioner"]
        self.acts["queue"] = desk.get("intake", "/concerns", state="received")
        reference = self.reference("concern")
        below = dict.fromkeys(("care_and_support_needs", "abuse_or_neglect"), "no")
        form = {"decision": "care_concern", "cannot_protect_themselves": "unknown", **below}
        for line in self._lines("queue"):
            if line["reference"] == reference:
                path = f"/concerns/{line['concern_id']}/triage"
                self.acts["triage"] = desk.post("intake", path, form)

    def confirm(self) -> None:
        """Special measures and high activity are met on a person's word only (L1.2d, e)."""
        manager = self.people["team-manager"]
        for trigger, liaison in (("L1.2d", "CQC-LIAISON-77"), ("L1.2e", None)):
            crossing = self._candidate(trigger)
            if crossing is None:
                continue
            path = f"/triggers/{crossing['crossing_id']}/confirmation"
            reason = {"reason": f"Spoken to everybody concerned ({cast.TELLTALE})."}
            if liaison is not None:
                self.acts["confirm-without-liaison"] = manager.post("assessment", path, reason)
                reason |= {"liaison_reference": liaison}
            self.acts[f"confirm-{trigger}"] = manager.post("assessment", path, reason)

    def decide(self) -> None:
        """Every location with a trigger is up for consideration; one QIP, one decline."""
        chair = self.people["intelligence-chair"]
        wanted = set(cast.TRIGGERS.values())
        eventually(lambda: wanted <= set(self._considered(chair)))
        eventually(lambda: len(self._triggers_at(chair, cast.LARCHFIELD)) >= 3)
        self.acts["considerations"] = chair.get("meetings", "/considerations")
        self.considered = self._considered(chair)
        for name in ("team-manager", "safeguarding"):
            self.acts[f"met-{name}"] = self.people[name].get(
                "assessment", "/triggers", state="met", limit=200
            )
        opening = {"decision": "open", "decided_on": str(self.today)}
        benefit = "The home gets one plan in place of five, and we see whether it helps."
        self._decide("without-benefit", chair, cast.LARCHFIELD, opening)
        self._decide("open", chair, cast.LARCHFIELD, {**opening, "benefit_statement": benefit})
        declining = {"decision": "decline", "decided_on": str(self.today)}
        reason = "The provider's own plan is working; we look again in a quarter."
        self._decide("decline", chair, cast.TIDEWELL, {**declining, "reason": reason})
        practitioner = self.people["practitioner"]
        self._decide("not-their-role", practitioner, cast.SALTMARSH, {**declining, "reason": "-"})

    def appoint(self) -> None:
        """The chair is somebody at an agency; the meeting says why this one (L3a-d)."""
        chair = self.people["intelligence-chair"]
        self.acts["contacts"] = chair.get("intake", "/contacts", agency="council-quality")
        people = {line["name"]: line["person_ref"] for line in self._lines("contacts")}
        decision = self._body("open")
        form = {
            "decision_id": decision.get("decision_id"),
            "person_ref": people.get(cast.CHAIR_NAME, decision.get("decision_id")),
            "function": "council_quality",
            "agency_id": "council-quality",
            "rationale": "The concerns are about quality of care across the home.",
        }
        path = f"/qips/{self.qip}/chair"
        outsider = {**form, "function": "police", "agency_id": "police"}
        self.acts["chair-outsider"] = chair.post("meetings", path, outsider)
        self.acts["chair"] = chair.post("meetings", path, form)

    def contact(self) -> None:
        """The provider hears from the chair before anything is set (L1.3j, L5.1)."""
        provider = self.people["registered-manager"]
        self.acts["qip-before-contact"] = provider.get("meetings", f"/qips/{self.qip}")
        form = {
            "contacted_on": str(self.today),
            "channel": "telephone",
            "pre_meeting": "offered_open",
        }
        path = f"/qips/{self.qip}/provider-contact"
        self.acts["contact"] = self.people["qip-chair"].post("meetings", path, form)
        self.acts["qip-after-contact"] = provider.get("meetings", f"/qips/{self.qip}")

    def schedule(self) -> None:
        """The first meeting; the provider joins for Part ii only (L7.1)."""
        form = {
            "starts_at": self.meeting_time(10, 0),
            "ends_at": self.meeting_time(12, 0),
            "part_ii_starts_at": self.meeting_time(10, 30),
            "part_ii_ends_at": self.meeting_time(11, 30),
            "mode": "teams",
            "provider_participates": True,
            "note_taker": "note-taker",
        }
        path = f"/qips/{self.qip}/meetings"
        self.acts["meeting"] = self.people["qip-chair"].post("meetings", path, form)

    def await_the_end(self) -> None:
        """The last mail and the last record on every member's feed."""
        told = "feed.meetings.meeting.scheduled.v1"
        eventually(lambda: all(self.records(agency, told) for agency in cast.MEMBERS))
        eventually(lambda: len(read_mails(self.places.mail_page)) >= MAILS)
        self.mails = read_mails(self.places.mail_page)
        operations = self.people["operations"]
        sent: dict[str, str | int] = {"state": "sent", "limit": 200}
        self._until("messages", lambda: operations.get("notifications", "/messages", **sent), MAILS)

    def read_ledger(self) -> None:
        """Every disclosure has its row, and the chain over the rows holds."""
        reader = self.people["information-governance"]
        self.ledger = list(self._pages(reader, "/ledger"))
        eventually(lambda: self._sealed(reader))
        self.acts["ledger-check"] = reader.get("notifications", "/ledger/check", limit=200)
        liaison = self.people["healthwatch"]
        others = "/agencies/council-quality/feed"
        self.acts["feed-of-others"] = liaison.get("notifications", others)

    # What came of it

    def receipts(self, key: str) -> list[Record]:
        """The receipts of a published message."""
        if key not in self.published:
            return []
        sent = self.published[key][1]
        return self.partners[sent.agency].receipts_of(sent)

    def reference(self, key: str) -> str:
        """Our reference on a message's receipt, or ''."""
        found = self.receipts(key)
        return str(found[0].data.get("reference") or "") if found else ""

    def records(self, agency: str, type_: str = "", place: str = "") -> list[Record]:
        """What an agency read on its feed; of a type, about a place."""
        return [
            record
            for record in list(self.partners[agency].records)
            if (not type_ or record.type == type_) and (not place or record.place == place)
        ]

    def meeting_time(self, hour: int, minute: int) -> str:
        """A time on the day of the meeting, as a program writes it (UTC)."""
        local = datetime.combine(self.meeting_on, clock_time(hour, minute), tzinfo=LONDON)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    @property
    def plan_due_on(self) -> date:
        """Seven days before the meeting (L5.5)."""
        return self.meeting_on - timedelta(days=7)

    @property
    def qip(self) -> str:
        """The id of the QIP that was opened, or what is none."""
        return str(self._body("open").get("qip_id") or "00000000-0000-0000-0000-000000000000")

    def _body(self, act: str) -> Json:
        answer = self.acts.get(act)
        return answer.body if answer is not None and isinstance(answer.body, dict) else {}

    def _lines(self, act: str) -> list[Json]:
        body = self.acts[act].body
        return body if isinstance(body, list) else []

    def _publish(self, message: Message) -> None:
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

    def _until(self, act: str, ask: Callable[[], Answer], count: int) -> None:
        """Ask until there are so many lines, or one thing that is there."""

        def there() -> bool:
            answer = self.acts[act] = ask()
            lines = len(answer.body) if isinstance(answer.body, list) else 1
            return answer.status == 200 and lines >= count

        eventually(there)

    def _ask(self, act: str, person: Person, service: str, path: str) -> Any:
        self.acts[act] = person.get(service, path)
        return self.acts[act].body

    def _candidate(self, trigger: str) -> Json | None:
        manager, found = self.people["team-manager"], list[Json]()
        location = self.location_ids.get(cast.TRIGGERS[trigger])

        def there() -> bool:
            page = manager.get("assessment", "/triggers", state="candidate", limit=200).body
            found[:] = [
                one
                for one in page.get("triggers", [])
                if (one["trigger"], one["location_id"]) == (trigger, location)
            ]
            return bool(found)

        eventually(there)
        return found[0] if found else None

    def _considered(self, chair: Person) -> dict[str, Json]:
        """Considerations by the reference of their location."""
        references = {id_: reference for reference, id_ in self.location_ids.items()}
        lines = chair.get("meetings", "/considerations").body
        return {references.get(line["location_id"], "?"): line for line in lines}

    def _triggers_at(self, chair: Person, place: str) -> list[str]:
        return list(self._considered(chair).get(place, {}).get("triggers", ()))

    def _decide(self, act: str, person: Person, place: str, form: Json) -> None:
        consideration = self.considered.get(place, {}).get("consideration_id", "-")
        path = f"/considerations/{consideration}/decision"
        self.acts[act] = person.post("meetings", path, form)

    def _pages(self, reader: Person, path: str) -> Iterator[Json]:
        after = 0
        while lines := reader.get("notifications", path, after=after, limit=200).body:
            yield from lines
            after = lines[-1]["seq"]

    def _sealed(self, reader: Person) -> bool:
        rows = reader.get("notifications", "/ledger", after=0, limit=1).body
        return bool(rows) and rows[0]["seal"] is not None


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
