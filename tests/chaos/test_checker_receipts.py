"""The checker finds receipts that are missing, twice, swapped, or say something wrong."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection
from types import SimpleNamespace
from typing import Any, cast

from tests.chaos.checker.receipts import judge_acknowledged, judge_receipts
from tests.chaos.checker.verdict import Verdict
from tests.chaos.kinds import CONCERN
from tests.chaos.logs import Cut, Entry
from tests.chaos.traffic import Told, Traffic

SOUND, TORN, DANGER = "sound", "torn", "danger"
FATES = {SOUND: "accepted", TORN: "refused", DANGER: "accepted"}


def told(id_: str) -> Told:
    return Told("icb", id_, CONCERN, id_, FATES[id_], False, id_ == DANGER, (), b"{}")


def traffic(*ids: str, cuts: tuple[Cut, ...] = ()) -> Traffic:
    return cast(
        "Traffic",
        SimpleNamespace(
            told={("icb", id_): told(id_) for id_ in ids},
            cuts=defaultdict(list, {"icb": list(cuts)}),
            taken={("icb", place): id_ for place, id_ in enumerate(ids)},
        ),
    )


def record(offset: int, id_: str) -> Entry:
    return Entry(0, offset, "key", {"ce_id": id_}, b"{}")


def receipt(offset: int, message: str, status: str = "accepted", **said: Any) -> Entry:
    data = {"partition": 0, "offset": offset, "message_id": message, "status": status}
    data |= {"reference": f"CC-{message}", "emergency_route": None} | said
    headers = {"ce_id": f"{offset}-{message}-{status}-{said}", "ce_type": "feed.receipt.v1"}
    return Entry(0, offset, "key", headers, json.dumps(data).encode())


LOG = [record(0, SOUND), record(1, TORN)]
RIGHT = [receipt(0, SOUND), receipt(1, TORN, "refused")]


def judged(
    log: list[Entry],
    feed: list[Entry],
    cuts: tuple[Cut, ...] = (),
    forgotten: Collection[tuple[str, int, int, str]] = (),
) -> list[str]:
    verdict = Verdict()
    of = traffic(SOUND, TORN, DANGER, cuts=cuts)
    judge_receipts(verdict, {"icb": log}, {"icb": feed}, of, forgotten)
    return verdict.sentences


def test_a_receipt_for_each_record_in_order_is_right() -> None:
    assert judged(LOG, RIGHT) == []


def test_the_same_receipt_once_more_under_its_id_is_right() -> None:
    assert judged(LOG, [*RIGHT, RIGHT[0]]) == []


def test_a_missing_receipt_is_lost() -> None:
    assert judged(LOG, RIGHT[:1]) == ["receipts: 1 lost"]


def test_a_second_receipt_under_another_id_is_doubled() -> None:
    again = receipt(1, TORN, "refused", sentence="once more")
    assert judged(LOG, [*RIGHT, again]) == ["receipts: 1 doubled"]


def test_swapped_receipts_are_out_of_order() -> None:
    assert judged(LOG, RIGHT[::-1]) == ["receipts of icb out of order: 1"]


def test_a_receipt_for_what_was_never_published_is_found() -> None:
    assert judged(LOG[:1], [RIGHT[0], receipt(7, SOUND, "duplicate")]) == [
        "receipts: found, though nobody published it: 1"
    ]


def test_a_wrong_status_is_found() -> None:
    assert judged(LOG, [RIGHT[0], receipt(1, TORN)]) == [
        "receipt says accepted for what is refused: 1"
    ]


def test_a_message_that_comes_again_has_to_be_a_duplicate_with_the_first_reference() -> None:
    log = [record(0, SOUND), record(1, SOUND)]
    assert judged(log, [receipt(0, SOUND), receipt(1, SOUND, "duplicate")]) == []
    assert judged(log, [receipt(0, SOUND), receipt(1, SOUND, "accepted")]) == [
        "receipt says accepted for what is duplicate: 1"
    ]
    assert judged(log, [receipt(0, SOUND), receipt(1, SOUND, "duplicate", reference="CC-9")]) == [
        "a duplicate's receipt with another reference: 1"
    ]


def test_an_emergency_has_to_be_told_where_to_turn() -> None:
    log = [record(0, DANGER)]
    assert judged(log, [receipt(0, DANGER, emergency_route="Call 999.")]) == []
    assert judged(log, [receipt(0, DANGER)]) == [
        "an emergency's receipt without the emergency route: 1"
    ]


def test_what_the_broker_lost_may_have_one_receipt_or_none_and_not_two() -> None:
    cuts = (Cut(0, [record(0, DANGER)]),)
    route = {"emergency_route": "Call 999."}
    of_lost = receipt(0, DANGER, **route)
    assert judged(LOG, RIGHT, cuts) == []
    assert judged(LOG, [of_lost, *RIGHT], cuts) == []
    twice = [of_lost, receipt(0, DANGER, **route, sentence="again"), *RIGHT]
    assert judged(LOG, twice, cuts) == ["receipts of lost records: 1 doubled"]


def test_what_intake_has_forgotten_as_well_is_accepted_again_under_the_same_reference() -> None:
    cuts = (Cut(0, [record(0, SOUND)]),)
    log, gone = [record(0, TORN), record(1, SOUND)], ("partner.icb.in.v1", 0, 0, SOUND)
    again = [receipt(0, SOUND), receipt(0, TORN, "refused"), receipt(1, SOUND)]
    assert judged(log, again, cuts, {gone}) == []
    assert judged(log, again, cuts) == ["receipt says accepted for what is duplicate: 1"]
    other = [*again[:2], receipt(1, SOUND, reference="CC-9")]
    assert judged(log, other, cuts, {gone}) == ["a duplicate's receipt with another reference: 1"]


def test_what_was_told_twice_before_it_was_forgotten_was_a_duplicate_the_second_time() -> None:
    cuts = (Cut(0, [record(0, SOUND), record(1, SOUND)]),)
    gone = {("partner.icb.in.v1", 0, offset, SOUND) for offset in (0, 1)}
    log = [record(0, TORN), record(1, TORN), record(2, SOUND)]
    torn = [receipt(offset, TORN, "refused") for offset in (0, 1)]
    before = [receipt(0, SOUND), receipt(1, SOUND, "duplicate")]
    assert judged(log, [*before, *torn, receipt(2, SOUND)], cuts, gone) == []
    first = [receipt(0, SOUND, "duplicate"), *before[1:], *torn, receipt(2, SOUND)]
    assert judged(log, first, cuts, gone) == ["receipt says duplicate for what is accepted: 1"]


def test_what_the_broker_had_acknowledged_and_is_gone_is_lost() -> None:
    verdict = Verdict()
    judge_acknowledged(verdict, {"icb": LOG[:1]}, traffic(SOUND, TORN))
    assert verdict.sentences == ["records that the broker had acknowledged: 1 lost"]
