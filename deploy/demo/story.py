"""The story, chapter by chapter: partners publish, people act at their desks, mails arrive.

A chapter lets things happen and waits for what follows. What does not come raises nothing here: it
is missing in the evidence, and `checks` says so by name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from deploy.demo import cast
from deploy.demo.clients import Json, Person, read_mails
from deploy.demo.evidence import Evidence, eventually
from deploy.demo.messages import ACKNOWLEDGEMENT, Message, care_concern, first_message, messages

MAILS = 9
"""An acknowledgement, two handovers, the chair, two contacts, three invitations."""
QUIET_LOOKS = 5


def look_at_the_register(e: Evidence) -> None:
    """CQC's locations and the council's own services are there, also for who hears of them."""
    manager = "team-manager"
    eventually(lambda: len(_locations(e)) >= 40)
    e.location_ids = {line["reference"]: line["location_id"] for line in e.lines("locations")}
    for name, reference in (("registered", cast.SALTMARSH), ("unregistered", "CB-DAY-01")):
        path = f"/locations/{e.location_ids.get(reference)}"
        e.get(f"location-{name}", manager, "intake", path)
    last = f"/locations/{e.location_ids.get('CB-FLO-01')}/picture"
    eventually(lambda: e.get("picture", manager, "assessment", last).status == 200)
    _until_feeds_are_quiet(e)


def tell_of_an_enquiry(e: Evidence) -> None:
    """The message with which the whole trace begins."""
    e.publish(first_message(e.today))
    eventually(lambda: cast.LARCHFIELD in _considered(e))


def publish(e: Evidence) -> None:
    """Everything else that comes over Kafka."""
    for message in messages(e.today):
        e.publish(message)


def tell_over_http(e: Evidence) -> None:
    """The manager of Larchfield tells a concern: incomplete, whole, again, and of another's."""
    concern = care_concern(cast.LARCHFIELD, e.today, "medication")
    forms = {
        "concern-incomplete": {**concern, "action_taken": ""},
        "concern": concern,
        "concern-again": concern,
        "concern-elsewhere": care_concern(cast.TIDEWELL, e.today, "falls"),
    }
    for act, form in forms.items():
        e.post(act, "registered-manager", "intake", "/concerns", form)


def await_receipts(e: Evidence) -> None:
    """Each record has its receipt on the feed of who published it."""
    eventually(lambda: all(e.receipts(key) for key in e.published))


def work_off(e: Evidence) -> None:
    """Staff take what gave somebody away, without that; the public praises a garden."""
    e.get("quarantine", "practitioner", "intake", "/quarantine")
    for line in e.lines("quarantine"):
        if line["rule"] == "door.personal-data":
            path = f"/quarantine/{line['item_id']}/redaction"
            e.post("redaction", "practitioner", "intake", path, {})
    said = {
        "kind": "feedback",
        "location": cast.ELMSCAR,
        "category": "dignity",
        "occurred_on": str(e.today),
        "text": "The new garden is a joy to everybody.",
    }
    e.post("feedback", "portal", "intake", "/feedback", said)
    e.get("feedback-read", "practitioner", "intake", "/feedback")
    eventually(lambda: bool(e.feed("icb", "intake.quarantine.settled.v1")))


def acknowledge(e: Evidence) -> None:
    """Safeguarding takes over: once over Kafka, by the reference on its feed; once at the desk."""
    told, emergency = "intake.concern.redirected_to_safeguarding.v1", e.receipt("emergency")
    eventually(lambda: len(e.feed("council-safeguarding", told)) >= 2)
    for record in e.feed("council-safeguarding", told):
        if record.data["reference"] == emergency.get("reference"):
            body = {"location": record.place, "reference": record.data["reference"]}
            what = "it has taken over the emergency"
            e.publish(Message("acknowledged", "council-safeguarding", what, ACKNOWLEDGEMENT, body))
    e.get("handovers", "safeguarding", "intake", "/handovers")
    for line in e.lines("handovers"):
        if line["reference"] == e.receipt("harm").get("reference"):
            path = f"/handovers/{line['concern_id']}/acknowledgement"
            e.post("handover-acknowledged", "safeguarding", "intake", path)
    eventually(lambda: e.get("handovers-open", "safeguarding", "intake", "/handovers").body == [])


def triage(e: Evidence) -> None:
    """A care concern below the threshold is shared with those who commission and contract."""
    e.get("queue", "practitioner", "intake", "/concerns", state="received")
    below = dict.fromkeys(("care_and_support_needs", "abuse_or_neglect"), "no")
    form = {
        "decision": "care_concern",
        "cannot_protect_themselves": "unknown",
        "reason": "No harm came of it, and the provider has already acted.",
        **below,
    }
    for line in e.lines("queue"):
        if line["reference"] == e.receipt("concern").get("reference"):
            path = f"/concerns/{line['concern_id']}/triage"
            e.post("triage", "practitioner", "intake", path, form)


def confirm(e: Evidence) -> None:
    """Special measures and high activity are met on a person's word only (L1.2d, e)."""
    form = {"reason": f"Spoken to everybody concerned ({cast.TELLTALE})."}
    liaison = {"liaison_reference": "CQC-LIAISON-77"}
    measures, activity = (f"/triggers/{_candidate(e, t)}/confirmation" for t in ("L1.2d", "L1.2e"))
    e.post("confirm-without-liaison", "team-manager", "assessment", measures, form)
    e.post("confirm-L1.2d", "team-manager", "assessment", measures, form | liaison)
    e.post("confirm-L1.2e", "team-manager", "assessment", activity, form)


def decide(e: Evidence) -> None:
    """Every location with a trigger is up for consideration; one QIP is opened, one declined."""
    eventually(lambda: set(cast.TRIGGERS.values()) <= set(_considered(e)))
    eventually(lambda: len(_considered(e).get(cast.LARCHFIELD, {}).get("triggers", ())) >= 3)
    e.considerations = _considered(e)
    for name in ("team-manager", "safeguarding"):
        e.get(f"met-{name}", name, "assessment", "/triggers", state="met", limit=200)
    day = {"decided_on": str(e.today)}
    opening, declining = {"decision": "open", **day}, {"decision": "decline", **day}
    benefit = "The home gets one plan in place of five, and we see whether it helps."
    reason = "The provider's own plan is working; we look again in a quarter."
    _decide(e, "not-their-role", "practitioner", cast.SALTMARSH, {**declining, "reason": reason})
    _decide(e, "without-benefit", "intelligence-chair", cast.LARCHFIELD, opening)
    form = {**opening, "benefit_statement": benefit}
    _decide(e, "open", "intelligence-chair", cast.LARCHFIELD, form)
    _decide(e, "decline", "intelligence-chair", cast.TIDEWELL, {**declining, "reason": reason})


def appoint(e: Evidence) -> None:
    """The chair is somebody at an agency, and the meeting says why this one (L3a-d)."""
    e.get("contacts", "intelligence-chair", "intake", "/contacts", agency="council-quality")
    people = {line["name"]: line["person_ref"] for line in e.lines("contacts")}
    form = {
        "decision_id": e.body("open").get("decision_id"),
        "person_ref": people.get(cast.CHAIR_NAME),
        "function": "council_quality",
        "agency_id": "council-quality",
        "rationale": "The concerns are about quality of care across the home.",
    }
    outsider = {**form, "function": "police", "agency_id": "police"}
    path = f"/qips/{e.qip}/chair"
    e.post("chair-outsider", "intelligence-chair", "meetings", path, outsider)
    e.post("chair", "intelligence-chair", "meetings", path, form)


def contact(e: Evidence) -> None:
    """The provider hears from the chair before a meeting is set, and can read the case then.

    Whoever opens papers has accepted the procedures on confidentiality (L8a).
    """
    path = f"/qips/{e.qip}"
    form = {"contacted_on": str(e.today), "channel": "telephone", "pre_meeting": "offered_open"}
    e.get("qip-before-contact", "registered-manager", "meetings", path)
    e.post("meeting-too-early", "qip-chair", "meetings", f"{path}/meetings", _meeting(e))
    e.post("contact", "qip-chair", "meetings", f"{path}/provider-contact", form)
    e.get("qip-unaccepted", "registered-manager", "meetings", path)
    e.accept("registered-manager")
    reader = ("qip-after-contact", "registered-manager", "meetings", path)
    eventually(lambda: e.get(*reader).status == 200)


def schedule(e: Evidence) -> None:
    """The first meeting; the provider joins for Part ii only (L7.1)."""
    e.post("meeting", "qip-chair", "meetings", f"/qips/{e.qip}/meetings", _meeting(e))


def await_the_end(e: Evidence) -> None:
    """The last mail and the last record on every member's feed."""
    last = "meetings.meeting.scheduled.v1"
    page, directory = e.places.mail_page, e.places.mail_directory
    eventually(lambda: all(e.feed(agency, last) for agency in cast.MEMBERS))
    eventually(lambda: len(read_mails(page, directory)) >= MAILS)
    e.mails = read_mails(page, directory)


def read_ledger(e: Evidence) -> None:
    """Every disclosure has its row, the chain over the rows holds, and feeds are one's own."""
    reader = e.people["information-governance"]

    def level() -> bool:
        e.ledger = list(_pages(reader))
        rows = Counter(row["audience"] for row in e.ledger)
        return all(rows[f"agency:{a}"] == len(e.feed(a)) for a in cast.AGENCIES)

    eventually(level)
    eventually(lambda: _is_sealed(reader))
    e.get("ledger-check", "information-governance", "notifications", "/ledger/check", limit=200)
    e.get("feed-of-others", "healthwatch", "notifications", "/agencies/council-quality/feed")


CHAPTERS: tuple[tuple[str, Callable[[Evidence], None]], ...] = (
    ("The register is loaded", look_at_the_register),
    ("Council safeguarding tells of an enquiry", tell_of_an_enquiry),
    ("Every other partner publishes", publish),
    ("A provider tells a concern over HTTP", tell_over_http),
    ("Each record gets its receipt", await_receipts),
    ("Staff work off what was held", work_off),
    ("Safeguarding acknowledges what was handed over", acknowledge),
    ("Staff triage a concern", triage),
    ("The team manager confirms two triggers", confirm),
    ("The intelligence meeting decides", decide),
    ("A chair is appointed", appoint),
    ("The chair contacts the provider", contact),
    ("The first meeting is scheduled", schedule),
    ("Mails and feed records arrive", await_the_end),
    ("Information governance reads the ledger", read_ledger),
)


def tell(e: Evidence, said: Callable[[str], None] = lambda _: None) -> None:
    """Let it all happen; `said` hears the title of each chapter as it begins."""
    for title, chapter in CHAPTERS:
        said(title)
        chapter(e)


def _locations(e: Evidence) -> list[Json]:
    e.get("locations", "team-manager", "intake", "/locations", limit=500)
    return e.lines("locations")


def _until_feeds_are_quiet(e: Evidence) -> None:
    """Until nothing more comes of what has happened, so that times can be measured."""
    counts: list[int] = []

    def quiet() -> bool:
        counts.append(sum(len(partner.records) for partner in e.partners.values()))
        latest = counts[-QUIET_LOOKS:]
        return latest[0] > 0 and latest == [latest[0]] * QUIET_LOOKS

    eventually(quiet)


def _considered(e: Evidence) -> dict[str, Json]:
    """What is before the intelligence meeting, by the location's reference."""
    references = {id_: reference for reference, id_ in e.location_ids.items()}
    e.get("considerations", "intelligence-chair", "meetings", "/considerations")
    return {references.get(line["location_id"], "?"): line for line in e.lines("considerations")}


def _candidate(e: Evidence, trigger: str) -> str | None:
    """The crossing that waits for a person's word, at the location where the story has it."""
    place = e.location_ids.get(cast.TRIGGERS[trigger])

    def found() -> list[str]:
        query: dict[str, str | int] = {"state": "candidate", "limit": 200}
        e.get("candidates", "team-manager", "assessment", "/triggers", **query)
        return [
            str(one["crossing_id"])
            for one in e.body("candidates").get("triggers", [])
            if (one["trigger"], one["location_id"]) == (trigger, place)
        ]

    eventually(lambda: bool(found()))
    return next(iter(found()), None)


def _decide(e: Evidence, act: str, person: str, place: str, form: Json) -> None:
    consideration = e.considerations.get(place, {}).get("consideration_id")
    e.post(act, person, "meetings", f"/considerations/{consideration}/decision", form)


def _meeting(e: Evidence) -> Json:
    return {
        "starts_at": e.meeting_time(10, 0).isoformat(),
        "ends_at": e.meeting_time(12, 0).isoformat(),
        "part_ii_starts_at": e.meeting_time(10, 30).isoformat(),
        "part_ii_ends_at": e.meeting_time(11, 30).isoformat(),
        "mode": "teams",
        "provider_participates": True,
        "note_taker": "note-taker",
    }


def _pages(reader: Person) -> Iterator[Json]:
    after = 0
    while lines := reader.get("notifications", "/ledger", after=after, limit=200).body:
        yield from lines
        after = lines[-1]["seq"]


def _is_sealed(reader: Person) -> bool:
    rows = reader.get("notifications", "/ledger", after=0, limit=1).body
    return bool(rows) and rows[0]["seal"] is not None
