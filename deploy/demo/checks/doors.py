"""The doors: the register, receipts, refusals, and what is handed to safeguarding."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.demo import cast
from deploy.demo.checks.expectation import Expectation
from deploy.demo.clients import Json
from deploy.demo.evidence import Evidence

_REDIRECTED = "intake.concern.redirected_to_safeguarding.v1"


def register(e: Evidence) -> Iterator[Expectation]:
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


def doors(e: Evidence) -> Iterator[Expectation]:
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
    held = expected == "door.personal-data"
    status = "quarantined" if held else "refused"
    return receipt["status"] == status and receipt["rule"] == expected and says_why


def desk(e: Evidence) -> Iterator[Expectation]:
    yield Expectation(
        "a refusal names the two reasons for which it can be lifted, and who may",
        e.receipt("strategy-meeting").get("override_reasons") == ["emergency", "prior_agreement"]
        and e.receipt("strategy-meeting").get("approvers") == ["team_manager"],
        requirements=("WX0",),
    )
    settled = [one.data for one in e.feed("icb", "intake.quarantine.settled.v1")]
    yield Expectation(
        "a message that gave somebody away is taken without that, and its sender is told",
        [one["outcome"] for one in settled] == ["redacted"]
        and e.body("redaction").get("reference") == settled[0]["reference"],
        requirements=("W1.8",),
    )
    texts = [line["text"] for line in e.lines("feedback-read")]
    yield Expectation(
        "what the public says is kept and opens no case",
        e.status("feedback") == 201 and any("garden" in text for text in texts),
        requirements=("W3.10",),
    )


def handover(e: Evidence) -> Iterator[Expectation]:
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
