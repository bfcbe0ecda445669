"""The case: triggers, decisions, the chair, the contact and the meeting."""

from __future__ import annotations

from collections.abc import Iterator

from deploy.demo import cast
from deploy.demo.checks.expectation import Expectation
from deploy.demo.evidence import Evidence

PACK = "combined@"


def triggers(e: Evidence) -> Iterator[Expectation]:
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


def decisions(e: Evidence) -> Iterator[Expectation]:
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
    yield Expectation(
        "its papers open once the reader has accepted the procedures on confidentiality",
        e.rule("qip-unaccepted") == "L8a" and e.status("accepted") == 201,
        requirements=("L8a",),
    )
    meeting = e.body("meeting")
    yield Expectation(
        "the plan is due seven days before the meeting",
        meeting.get("plan_due_on") == str(e.plan_due_on) and meeting.get("short_notice") is False,
        requirements=("L5.5",),
    )
