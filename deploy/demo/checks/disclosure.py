"""Disclosure: feeds, the ledger, what must not leave, and the trace of it all."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.demo import cast
from deploy.demo.checks.expectation import Expectation
from deploy.demo.evidence import Evidence
from deploy.demo.followed import Followed

_RATING = "feed.intake.cqc_rating.changed.v1"
_THEME = "feed.assessment.theme.detected.v1"
_MET = "feed.assessment.trigger.met.v1"


def feeds(e: Evidence) -> Iterator[Expectation]:
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
        told -= {_THEME} if agency == "council-complaints" else set()  # W3.8
        yield Expectation(
            f"{agency}, not in the case, learns nothing of it",
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


def ledger(e: Evidence) -> Iterator[Expectation]:
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


def secrets(e: Evidence) -> Iterator[Expectation]:
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


def trace(followed: Followed) -> Iterator[Expectation]:
    for step in followed.missing():
        yield Expectation(f"the trace shows: {step}", met=False)
    yield Expectation(
        "one trace leads from the partner's message to the mails and the feeds",
        bool(followed.lines) and not followed.missing(),
    )
