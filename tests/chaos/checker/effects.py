"""What took effect at the door is one row there, and one fact in each service that hears it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from tests.chaos.checker.reading import Rows
from tests.chaos.checker.verdict import Verdict
from tests.chaos.desk import Act
from tests.chaos.kinds import CONCERN, KINDS, ROWS
from tests.chaos.traffic import Traffic

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
    wanted: dict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for place, reference in references.items():
        told = traffic.told[place]
        wanted[KINDS[told.type].row].append((told.type, reference, told.theirs))
    wanted["concern"] += [(CONCERN, act.reference, act.name) for act in acts]
    for row in ROWS:
        found = [(one["type"], one["reference"], one["theirs"]) for one in rows[f"{row}s"]]
        verdict.once(f"{row}s", wanted[row], found)
    taken = len(rows["receipts taken"])
    held = verdict.receipts - verdict.answered_again
    verdict.wrong["records in intake's inbox against receipts"] += abs(taken - held)


def judge_facts(verdict: Verdict, rows: Rows) -> None:
    """Each effect is one fact in assessment and one in notifications, of each kind of its own."""
    ordinary = [row["id"] for row in rows["concerns"] if not row["danger"]]
    handed = [row["id"] for row in rows["handovers"]]
    register = {row["id"] for row in rows["ratings of the register"]}
    facts: dict[str, list[str]] = defaultdict(list)
    for row in rows["facts"]:
        if row["id"] not in register:
            facts[row["kind"]].append(row["id"])
    heard: dict[str, list[str]] = defaultdict(list)
    for row in rows["heard"]:
        if not row["escalation"] and row["id"] not in register:
            heard[row["type"]].append(row["id"])
    verdict.once("concerns in assessment", ordinary, facts.pop("concern_received", []))
    verdict.once("concerns in notifications", ordinary, heard[_RECEIVED])
    verdict.once("handovers in assessment", handed, facts.pop("concern_redirected", []))
    verdict.once("handovers in notifications", handed, heard[_REDIRECTED])
    verdict.once("triages heard", facts.pop("concern_triaged", []), heard[_TRIAGED])
    _judge_others(verdict, rows, facts, heard)


def _judge_others(
    verdict: Verdict, rows: Rows, facts: dict[str, list[str]], heard: dict[str, list[str]]
) -> None:
    """Everything that is no concern, type by type; assessment has no other fact."""
    for row in ROWS:
        of_type: dict[str, list[str]] = defaultdict(list)
        for one in rows[f"{row}s"]:
            of_type[one["type"]].append(one["id"])
        for type_, kind in KINDS.items():
            if kind.row == row and kind.said:
                verdict.once(f"{row}s in notifications", of_type[type_], heard[kind.said])
            if kind.row == row and kind.fact:
                found = facts.pop(kind.fact, [])
                verdict.once(f"{row}s in assessment", of_type[type_], found)
    verdict.wrong["facts in assessment of what nobody tells"] += sum(map(len, facts.values()))
