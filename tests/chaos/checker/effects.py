"""What took effect at the door is one row there, and one fact in each service that hears it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.chaos.checker.reading import Rows
from tests.chaos.checker.verdict import Verdict
from tests.chaos.desk import Act
from tests.chaos.traffic import CONCERN, Traffic

_RECEIVED = "intake.concern.received.v1"
_REDIRECTED = "intake.concern.redirected_to_safeguarding.v1"
_TRIAGED = "intake.concern.triaged.v1"


def judge_at_the_door(
    verdict: Verdict,
    rows: Rows,
    references: Mapping[tuple[str, str], str],
    traffic: Traffic,
    acts: Sequence[Act],
) -> None:
    """Every sound message has one row, under the reference of its receipt; so has every act."""
    by_kind: dict[bool, list[tuple[str, str]]] = defaultdict(list)
    for place, reference in references.items():
        told = traffic.told[place]
        by_kind[told.type == CONCERN].append((reference, told.reference))
    by_kind[True] += [(act.reference, act.name) for act in acts]
    concerns = [(row["reference"], row["theirs"]) for row in rows["concerns"]]
    signals = [(row["reference"], row["theirs"]) for row in rows["signals"]]
    verdict.once("concerns", by_kind[True], concerns)
    verdict.once("signals", by_kind[False], signals)
    taken = len(rows["receipts taken"])
    if taken != verdict.receipts:
        verdict.wrong["records in intake's inbox against receipts"] += abs(taken - verdict.receipts)


def judge_facts(verdict: Verdict, rows: Rows) -> None:
    """Each effect is one fact in assessment and one in notifications, of each kind of its own."""
    ordinary = [row["id"] for row in rows["concerns"] if not row["danger"]]
    signals = [row["id"] for row in rows["signals"]]
    handed = [row["id"] for row in rows["handovers"]]
    facts: dict[str, list[str]] = defaultdict(list)
    for row in rows["facts"]:
        facts[row["kind"]].append(row["id"])
    heard: dict[str, list[str]] = defaultdict(list)
    for row in rows["heard"]:
        if not row["escalation"]:
            heard[row["type"]].append(row["id"])
    verdict.once("concerns in assessment", ordinary, facts.pop("concern_received", []))
    verdict.once("concerns in notifications", ordinary, heard[_RECEIVED])
    verdict.once("handovers in assessment", handed, facts.pop("concern_redirected", []))
    verdict.once("handovers in notifications", handed, heard[_REDIRECTED])
    verdict.once("triages heard", facts.pop("concern_triaged", []), heard[_TRIAGED])
    facts.pop("cqc_rating", None)  # ratings come with the register
    verdict.once("signals in assessment", signals, [id_ for ids in facts.values() for id_ in ids])
    of_signals = [ids for type_, ids in heard.items() if type_ in _SIGNALS]
    verdict.once("signals in notifications", signals, [id_ for ids in of_signals for id_ in ids])


_SIGNALS = frozenset(
    {
        "intake.complaint.recorded.v1",
        "intake.contract_review.recorded.v1",
        "intake.safeguarding_outcome.recorded.v1",
    }
)
"""The signals that the traffic tells."""
