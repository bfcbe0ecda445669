"""Every message has exactly one final state: the messages are parted, none left over or in two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from tests.chaos.checker.reading import Rows
from tests.chaos.checker.verdict import Verdict
from tests.chaos.kinds import KINDS, ROWS
from tests.chaos.traffic import Traffic

Message = tuple[str, str]
"""Agency and `ce_id`."""


def judge(
    verdict: Verdict, references: Mapping[Message, str], traffic: Traffic, rows: Rows
) -> None:
    """Each message on the log is in one state, and in the one that its sender meant."""
    found = _states_found(references, traffic, rows)
    reached = set(traffic.taken.values())
    for message, told in traffic.told.items():
        if told.id not in reached:
            continue  # the broker never had it
        states = found.get(message, set())
        if len(states) == 1:
            verdict.states[next(iter(states))] += 1
        else:
            verdict.wrong[f"messages with {len(states)} final states"] += 1
        if states and states != {told.state}:
            verdict.wrong[f"messages that are {', '.join(sorted(states))}, not {told.state}"] += 1
    verdict.wrong["final states of what nobody told"] += len(found.keys() - traffic.told.keys())


def _states_found(
    references: Mapping[Message, str], traffic: Traffic, rows: Rows
) -> dict[Message, set[str]]:
    """What the tables of the door say of each message."""
    of_row = {
        (row, one["reference"]): row for row in ROWS if row != "concern" for one in rows[f"{row}s"]
    }
    for one in rows["concerns"]:
        of_row["concern", one["reference"]] = _of_concern(harm=one["harm"], danger=one["danger"])
    found: dict[Message, set[str]] = defaultdict(set)
    for message, reference in references.items():
        place = (KINDS[traffic.told[message].type].row, reference)
        if place in of_row:
            found[message].add(of_row[place])
    for row in rows["quarantined"]:
        held = row["rule"] == "door.personal-data"
        found[row["agency_id"], row["message_id"]].add("held back" if held else "refused")
    return found


def _of_concern(*, harm: bool, danger: bool) -> str:
    """The final state of a concern by what it tells."""
    if danger:
        return "emergency handed over"
    return "handed over" if harm else "concern"
