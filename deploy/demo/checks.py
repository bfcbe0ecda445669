"""What has to have happened, named one by one: the demo ends well only if all of it has."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr

from deploy.demo import cast
from deploy.demo.clients import Json, Mail
from deploy.demo.evidence import Evidence
from deploy.demo.followed import Followed

PACK = "combined@"


@dataclass(frozen=True)
class Expectation:
    """Something that has to have happened."""

    name: str
    met: bool
    found: str = ""
    """What there was instead; ids and counts only."""
    requirements: tuple[str, ...] = ()
    """The rows of the register that it shows."""


def judge(e: Evidence, followed: Followed) -> list[Expectation]:
    """Hold the evidence against everything that the story promises."""
    parts = (_register, _doors, _handover, _triggers, _decisions, _mails, _feeds, _ledger, _secrets)
    return [one for part in parts for one in part(e)] + list(_trace(followed))


def _register(e: Evidence) -> Iterator[Expectation]:
    locations = e.lines("locations")
    yield Expectation(
        "the register holds 40 locations of CQC's and 4 services of the council's",
        len(locations) == 44,
        f"{len(locations)}",
    )
    for name, registered in (("registered", True), ("unregistered", False)):
        facts = e.body(f"location-{name}")
        yield Expectation(
            f"a service that is {name} with CQC is shown with source and date",
            facts.get("cqc_registered") is registered and bool(facts.get("source_date")),
            requirements=("WS1",),
        )


def _doors(e: Evidence) -> Iterator[Expectation]:
    for key, (message, sent) in e.published.items():
        receipts = [record.data for record in e.receipts(key)]
        yield Expectation(
            f"{sent.agency} gets one receipt for: {message.what}",
            len(receipts) == 1 and _as_expected(receipts[0], message.expect),
            f"{len(receipts)} receipts, {[r.get('rule') or r.get('status') for r in receipts]}",
        )
    again = e.receipt("review-again").get("reference")
    yield Expectation(
        "the duplicate's receipt repeats the first reference",
        bool(again) and again == e.receipt("review-2").get("reference"),
    )
    traces = [record.headers.get("traceparent") for record in e.receipts("enquiry")]
    yield Expectation(
        "a partner's own trace comes back to it on the receipt", traces == [cast.PARTNERS_TRACE]
    )
    yield Expectation(
        "a concern over HTTP without action taken is refused by field",
        e.rule("concern-incomplete") == "WCC1c"
        and e.body("concern-incomplete").get("field") == "action_taken",
        requirements=("WCC1c",),
    )
    first, second = e.body("concern"), e.body("concern-again")
    yield Expectation(
        "the same concern over HTTP twice gives the same reference",
        e.status("concern") == 201
        and first.get("reference") == second.get("reference")
        and second.get("duplicate") is True,
        requirements=("WCC2",),
    )
    yield Expectation(
        "a provider cannot tell a concern for another provider's service",
        e.rule("concern-elsewhere") == "door.unknown-location",
    )


def _as_expected(receipt: Json, expected: str) -> bool:
    if expected in ("accepted", "duplicate"):
        return bool(receipt["status"] == expected and receipt["reference"])
    says_why = all(receipt.get(part) for part in ("sentence", "clause", "instead"))
    return receipt["status"] == "refused" and receipt["rule"] == expected and says_why


def _handover(e: Evidence) -> Iterator[Expectation]:
    yield Expectation(
        "the emergency is answered with the emergency route in the same receipt",
        "999" in str(e.receipt("emergency").get("emergency_route")),
        requirements=("L1.2i",),
    )
    yield Expectation(
        "significant harm is answered with where to report it",
        "safeguarding" in str(e.receipt("harm").get("instead")),
        requirements=("WCC1b",),
    )
    considered = set(e.considerations)
    yield Expectation(
        "neither puts a provider up for the intelligence meeting",
        not considered & {cast.FOXHOLT, cast.DUNNOCKFIELD},
        str(sorted(considered)),
        requirements=("L1.2i", "WCC1b"),
    )
    yield Expectation(
        "safeguarding acknowledged both, and no handover is open",
        "acknowledged" in e.published
        and e.status("handover-acknowledged") == 204
        and e.acts["handovers-open"].body == [],
        requirements=("WCC1b", "L1.2i"),
    )
    told = "intake.handover.acknowledged.v1"
    others = [agency for agency in cast.AGENCIES if agency != "council-safeguarding"]
    yield Expectation(
        "only safeguarding is told of handovers",
        len(e.feed("council-safeguarding", told)) == 2
        and not any(e.feed(a, told) or e.feed(a, _REDIRECTED) for a in others),
    )


_REDIRECTED = "intake.concern.redirected_to_safeguarding.v1"


def _triggers(e: Evidence) -> Iterator[Expectation]:
    met = {
        (one["trigger"], one["location_id"]): one
        for name in ("met-team-manager", "met-safeguarding")
        for one in e.body(name).get("triggers", [])
    }
    for trigger, place in cast.TRIGGERS.items():
        found = met.get((trigger, e.location_ids.get(place)), {})
        yield Expectation(
            f"{trigger} is met at {cast.NAMES[place]}, with its evidence and its clause",
            bool(found.get("evidence")) and str(found.get("clause", "")).startswith(PACK),
            requirements=(trigger,),
        )
    evidence = met.get(("L1.2e", e.location_ids.get(cast.MISTLETHORPE)), {}).get("evidence", [])
    yield Expectation(
        "high activity lists its five items", len(set(evidence)) == 5, requirements=("L1.2e",)
    )
    risk = met.get(("L1.2g", e.location_ids.get(cast.LARCHFIELD)), {})
    yield Expectation(
        "the clinical risk is attributed to the commissioning support unit",
        risk.get("attributed_to") == "csu",
        requirements=("L1.2g",),
    )
    yield Expectation(
        "special measures are not confirmed without the word of CQC's liaison",
        e.rule("confirm-without-liaison") == "L1.2d",
        requirements=("L1.2d",),
    )
    considered = set(e.considerations)
    yield Expectation(
        "every location with a trigger is before the intelligence meeting",
        set(cast.TRIGGERS.values()) <= considered,
        str(sorted(considered)),
    )


def _decisions(e: Evidence) -> Iterator[Expectation]:
    yield Expectation(
        "a QIP is not opened without a benefit statement",
        e.rule("without-benefit") == "L1.3g",
        requirements=("L1.3g",),
    )
    opened = e.body("open")
    yield Expectation(
        "the intelligence meeting opened a QIP with the pack's members, and declined one",
        set(opened.get("members", ())) == set(cast.MEMBERS) and e.status("decline") == 201,
        str(opened.get("members")),
        requirements=("L1.3g",),
    )
    yield Expectation("a practitioner cannot decide", e.status("not-their-role") == 403)
    yield Expectation(
        "a chair from the police is refused, one from the council appointed",
        e.rule("chair-outsider") == "L3b" and e.status("chair") == 201,
        requirements=("L3a", "L3b"),
    )
    yield Expectation(
        "no meeting is set before the provider was contacted",
        e.rule("meeting-too-early") == "L1.3j",
        requirements=("L1.3j",),
    )
    yield Expectation(
        "the contact states the terms and the offer of a pre-meeting",
        bool(e.body("contact").get("terms_version"))
        and e.body("contact").get("pre_meeting") == "offered_open",
        requirements=("L5.1",),
    )
    yield Expectation(
        "for the provider the case exists from the contact on, and not before",
        (e.status("qip-before-contact"), e.status("qip-after-contact")) == (404, 200),
        requirements=("L1.2",),
    )
    meeting = e.body("meeting")
    yield Expectation(
        "the plan is due seven days before the meeting",
        meeting.get("plan_due_on") == str(e.plan_due_on) and meeting.get("short_notice") is False,
        requirements=("L5.5",),
    )


def mails_to(e: Evidence, address: str, words: str = "") -> list[Mail]:
    """The mails to one address that have these words in subject or text."""
    return [m for m in e.mails if m.to == address and words in f"{m.subject}\n{m.text}"]


def _mails(e: Evidence) -> Iterator[Expectation]:
    due = f"{e.plan_due_on:%A} {e.plan_due_on.day} {e.plan_due_on:%B %Y}"
    reference = str(e.body("concern").get("reference"))
    yield Expectation(
        "the manager who told the concern has a mail with its reference",
        len(mails_to(e, cast.MANAGER, reference)) == 1,
        requirements=("WCC2",),
    )
    for key in ("emergency", "harm"):
        handed_over = str(e.receipt(key).get("reference"))
        yield Expectation(
            f"safeguarding's duty desk has a mail that hands over the {key}",
            len(mails_to(e, cast.SAFEGUARDING_DESK, handed_over)) == 1,
            requirements=("WCC1b",),
        )
    yield Expectation(
        "the chair has a mail of the appointment and an invitation to the whole meeting",
        len(mails_to(e, cast.CHAIR, "appointed as chair")) == 1
        and [_starts(m) for m in mails_to(e, cast.CHAIR) if m.calendar] == [_at(e, 10, 0)],
    )
    for who in (cast.MANAGER, cast.NOMINATED):
        yield Expectation(
            f"{who} has the terms of reference and the offer of a pre-meeting",
            len(mails_to(e, who, "terms of reference")) == 1,
            requirements=("L5.1", "L4.1", "L4.2"),
        )
        invitations = [m for m in mails_to(e, who) if m.calendar]
        yield Expectation(
            f"{who} has an invitation to Part ii, with the day on which the plan is due",
            [_starts(m) for m in invitations] == [_at(e, 10, 30)] and due in invitations[0].text,
            requirements=("L2.2", "L5.5"),
        )
    invitations = [m for m in e.mails if m.calendar]
    yield Expectation(
        "an invitation names its one recipient and nobody else",
        len(invitations) == 3 and all(_names_only(m) for m in invitations),
    )
    yield Expectation("nobody has a mail beyond these nine", len(e.mails) == 9, f"{len(e.mails)}")


def _starts(mail: Mail) -> str:
    lines = [line for line in mail.calendar.splitlines() if line.startswith("DTSTART")]
    return lines[0].partition(":")[2] if lines else ""


def _at(e: Evidence, hour: int, minute: int) -> str:
    return f"{e.meeting_time(hour, minute):%Y%m%dT%H%M%SZ}"


def _names_only(mail: Mail) -> bool:
    unfolded = mail.calendar.replace("\r\n ", "").replace("\n ", "")
    attendees = [line for line in unfolded.splitlines() if line.startswith("ATTENDEE")]
    recipient = parseaddr(mail.to)[1]
    others = {cast.MANAGER, cast.NOMINATED, cast.CHAIR} - {recipient}
    return len(attendees) == 1 and not any(other in unfolded for other in others)


def _feeds(e: Evidence) -> Iterator[Expectation]:
    for agency in cast.MEMBERS:
        wanted = ("qip.opened", "chair.appointed", "provider.contacted", "meeting.scheduled")
        missing = [w for w in wanted if len(e.feed(agency, f"meetings.{w}.v1")) != 1]
        yield Expectation(
            f"{agency}, a member, is told once of opening, chair, contact and meeting",
            not missing,
            str(missing),
        )
    for agency in cast.OUTSIDE:
        told = {r.type for r in e.feed(agency)} - {"feed.receipt.v1", _RATING}
        yield Expectation(
            f"{agency}, not in the case, is told of nothing that is not public",
            not told,
            str(sorted(told)),
            requirements=("L1.2", "L1.1") if agency == "healthwatch" else ("L1.2",),
        )
    for agency in cast.AGENCIES:
        told = {r.type for r in e.feed(agency, place=cast.HOLLOWBECK)} - {_RATING}
        knows = agency in ("council-quality", "council-safeguarding")
        allowed = {"feed.intake.concern.received.v1"} if agency == "icb" else set()
        yield Expectation(
            f"of the restricted case {agency} learns "
            + ("what it holds" if knows else "what it told itself" if allowed else "nothing"),
            _MET in told if knows else told <= allowed,
            str(sorted(told)),
            requirements=("L1.2c",),
        )
    shared = ("council-contracts", "council-quality")
    yield Expectation(
        "the triaged care concern is with contracts, commissioning and quality improvement",
        all(e.feed(a, "intake.concern.triaged.v1", cast.ELMSCAR) for a in shared),
        requirements=("WCC3a",),
    )
    ids = [r.headers["ce_id"] for a in cast.AGENCIES for r in e.feed(a)]
    yield Expectation(
        "no record's id occurs twice, on one feed or on two", len(ids) == len(set(ids))
    )


_RATING = "feed.intake.cqc_rating.changed.v1"
_MET = "feed.assessment.trigger.met.v1"


def _ledger(e: Evidence) -> Iterator[Expectation]:
    read = {agency: len(e.feed(agency)) for agency in cast.AGENCIES}
    rows = {
        agency: sum(1 for row in e.ledger if row["audience"] == f"agency:{agency}")
        for agency in cast.AGENCIES
    }
    differing = {a: (read[a], rows[a]) for a in cast.AGENCIES if read[a] != rows[a]}
    yield Expectation(
        "each record on each feed has its row in the disclosure ledger",
        not differing,
        f"(read, in the ledger): {differing}",
        requirements=("WG5",),
    )
    withheld = [row for row in e.ledger if row["kind"] == "withholding"]
    yield Expectation(
        "what was withheld has one row for each event, which names no agency",
        bool(withheld) and all(not row["audience"] for row in withheld),
    )
    people = [r for r in e.ledger if str(r["audience"]).startswith(("person:", "mailbox:"))]
    yield Expectation(
        "each mail has its row in the ledger", len(people) == len(e.mails), f"{len(people)}"
    )
    check = e.body("ledger-check")
    yield Expectation(
        "the chain over the ledger holds",
        check.get("broken_at", 0) is None and bool(check.get("rows")),
    )
    yield Expectation("nobody reads another agency's feed", e.status("feed-of-others") == 404)


def _secrets(e: Evidence) -> Iterator[Expectation]:
    """The narratives all name a resident and hold a telltale word: both stay inside."""
    feeds = "".join(str((r.headers, r.data)) for a in cast.AGENCIES for r in e.feed(a))
    mails = "".join(m.file.read_text("utf-8", "replace") + m.text + m.calendar for m in e.mails)
    places = {
        "feed": feeds,
        "mail": mails,
        "row of the ledger": str(e.ledger),
        "span": "".join(path.read_text("utf-8") for path in e.places.spans.glob("*")),
        "line of the logs": "".join(
            path.read_text("utf-8", "replace") for path in e.places.logs.glob("*")
        ),
        "refusal": str([answer.body for answer in e.acts.values() if answer.status >= 400]),
    }
    for place, text in places.items():
        yield Expectation(
            f"no {place} repeats a narrative or names a resident",
            bool(text) and cast.TELLTALE not in text and cast.RESIDENT not in text,
        )


def _trace(followed: Followed) -> Iterator[Expectation]:
    for step in followed.missing():
        yield Expectation(f"the trace shows: {step}", met=False)
    yield Expectation(
        "one trace leads from the partner's message to the mails and the feeds",
        bool(followed.lines) and not followed.missing(),
    )
