"""What went on a feed is entered, said and in the ledger, each once and all three alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from shared.contracts.catalogue import outbound_topic
from tests.chaos.checker.reading import Rows
from tests.chaos.checker.verdict import Verdict
from tests.chaos.logs import Entry, first_appearances

KNOWS_ALL = "council-quality"
"""Seated in every case, with an agreement, and a holder of what is restricted."""
_CONCERN = "feed.intake.concern.received.v1"


def judge(verdict: Verdict, rows: Rows) -> None:
    """Entered, said and in the ledger are the same set of (agency, event)."""
    entered = {(row["agency"], row["id"]): row["event"] for row in rows["disclosed"]}
    said = [(row["agency"], row["id"]) for row in rows["feeds said"]]
    verdict.once("records said of what feeds have got", entered, said)
    disclosures = [
        (row["agency"], row["event"], row["digest"])
        for row in rows["ledger"]
        if row["kind"] == "disclosure"
    ]
    withdrawn = {(r["agency"], r["event"]) for r in rows["ledger"] if r["kind"] == "withdrawal"}
    held = {(row["agency"], row["event"], row["digest"]) for row in rows["disclosed"]}
    # What was taken back before it left has a withdrawal beside its disclosure, and no record.
    standing = [one for one in disclosures if one in held or one[:2] not in withdrawn]
    verdict.once("ledger rows of what feeds have got", held, standing)


def judge_concerns(verdict: Verdict, rows: Rows, topics: Mapping[str, list[Entry]]) -> None:
    """Each ordinary concern is exactly once on the feed of an agency that may know all of them.

    Ids on a feed are its own, so that the records are counted by what they say.
    """
    wanted = Counter(
        (row["location"], row["category"], row["day"])
        for row in rows["concerns"]
        if not row["danger"]
    )
    found = Counter(
        (entry.data["location"]["reference"], entry.data["category"], entry.data["occurred_on"])
        for entry in first_appearances(topics[outbound_topic(KNOWS_ALL)])
        if entry.type == _CONCERN
    )
    verdict.lost[f"concerns on the feed of {KNOWS_ALL}"] += (wanted - found).total()
    verdict.doubled[f"concerns on the feed of {KNOWS_ALL}"] += (found - wanted).total()
