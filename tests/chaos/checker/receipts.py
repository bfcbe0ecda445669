"""Every record has one receipt, in order, that says what it has to."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from shared.contracts.catalogue import inbound_topic
from tests.chaos.checker.verdict import Verdict
from tests.chaos.logs import Entry, first_appearances, history
from tests.chaos.traffic import Told, Traffic

_RECEIPT = "feed.receipt.v1"


def judge_acknowledged(verdict: Verdict, logs: Mapping[str, list[Entry]], traffic: Traffic) -> None:
    """What the broker acknowledged is on its topic."""
    there = {(agency, entry.offset): entry.id for agency, log in logs.items() for entry in log}
    for place, id_ in traffic.taken.items():
        if there.get(place) != id_:
            verdict.lost["records that the broker had acknowledged"] += 1
    verdict.published = len(there)


def judge_receipts(
    verdict: Verdict,
    logs: Mapping[str, list[Entry]],
    feeds: Mapping[str, list[Entry]],
    traffic: Traffic,
    forgotten: Collection[tuple[str, int, int, str]] = (),
) -> dict[tuple[str, str], str]:
    """One receipt per record, in order, saying what it has to; gives references by message.

    `forgotten` are answers to records that are gone, by topic, partition, offset and message: the
    message came again as one that intake had not had.
    """
    references: dict[tuple[str, str], str] = {}
    verdict.answered_again = len(forgotten)
    answered: set[tuple[str, str]] = set()
    once: set[tuple[str, str]] = set()
    """Answered, and the answer forgotten."""
    for agency, log in logs.items():
        distinct = first_appearances(feeds[agency])
        receipts = [entry.data for entry in distinct if entry.type == _RECEIPT]
        verdict.receipts += len(receipts)
        held = history(log, traffic.cuts[agency])
        found = _judge_places(verdict, agency, held, receipts)
        by_place = dict(zip(found, receipts, strict=True))
        for entry, _ in held:
            receipt = by_place.get((entry.partition, entry.offset, entry.id))
            if receipt is None:
                continue
            message, topic = (agency, entry.id), inbound_topic(agency)
            gone = (topic, entry.partition, entry.offset, entry.id) in forgotten
            fates = _fates(traffic.told[message], message in answered, gone and message in once)
            _judge_receipt(verdict, references, message, receipt, traffic, fates)
            (once if gone else answered).add(message)
    verdict.sound = sum(traffic.told[message].sound for message in answered)
    return references


def _fates(told: Told, answered: bool, maybe: bool) -> tuple[str, ...]:
    """What may be said of a message. What was forgotten between two answers is not known."""
    if not told.sound:
        return (told.fate,)
    if maybe:
        return (told.fate, "duplicate")
    return ("duplicate",) if answered else (told.fate,)


_Place = tuple[int, int, str]


def _judge_places(
    verdict: Verdict,
    agency: str,
    held: list[tuple[Entry, bool]],
    receipts: list[dict[str, Any]],
) -> list[_Place]:
    """Each place has one receipt, and they come in the order of the log."""
    wanted = [(e.partition, e.offset, e.id) for e, lost in held if not lost]
    found = [(r["partition"], r["offset"], r["message_id"]) for r in receipts]
    # What the broker lost may have been read before, or not; its receipt stands if it was.
    gone = {(e.partition, e.offset, e.id) for e, lost in held if lost} - set(wanted)
    of_lost = [place for place in found if place in gone]
    verdict.doubled["receipts of lost records"] += len(of_lost) - len(set(of_lost))
    standing = [place for place in found if place not in gone]
    verdict.once("receipts", wanted, standing)
    offsets = [offset for _, offset, _ in standing]
    verdict.wrong[f"receipts of {agency} out of order"] += offsets != sorted(offsets)
    return found


def _judge_receipt(
    verdict: Verdict,
    references: dict[tuple[str, str], str],
    message: tuple[str, str],
    receipt: Mapping[str, Any],
    traffic: Traffic,
    fates: tuple[str, ...],
) -> None:
    told = traffic.told[message]
    if receipt["status"] not in fates:
        wanted = " or ".join(fates)
        verdict.wrong[f"receipt says {receipt['status']} for what is {wanted}"] += 1
    if not told.sound:
        return
    if references.setdefault(message, receipt["reference"]) != receipt["reference"]:
        verdict.wrong["a duplicate's receipt with another reference"] += 1
    if told.danger and not receipt["emergency_route"]:
        verdict.wrong["an emergency's receipt without the emergency route"] += 1
