"""The checker finds what it is there to find."""

from __future__ import annotations

from tests.chaos.checker import Verdict
from tests.chaos.logs import Cut, Entry, first_appearances, history


def entry(offset: int, id_: str) -> Entry:
    return Entry(0, offset, "key", {"ce_id": id_}, b"{}")


def test_what_is_there_once_is_no_violation() -> None:
    verdict = Verdict()
    verdict.once("rows", ["a", "b"], ["b", "a"])
    assert verdict.sentences == []


def test_what_is_missing_is_lost() -> None:
    verdict = Verdict()
    verdict.once("rows", ["a", "b"], ["a"])
    assert verdict.sentences == ["rows: 1 lost"]


def test_what_is_there_twice_is_doubled() -> None:
    verdict = Verdict()
    verdict.once("rows", ["a"], ["a", "a", "a"])
    assert verdict.sentences == ["rows: 2 doubled"]


def test_what_nobody_published_is_found() -> None:
    verdict = Verdict()
    verdict.once("rows", ["a"], ["a", "x"])
    assert verdict.sentences == ["rows: found, though nobody published it: 1"]


def test_a_record_that_comes_again_counts_where_it_came_first() -> None:
    log = [entry(0, "a"), entry(1, "b"), entry(2, "a"), entry(3, "c")]
    assert [e.offset for e in first_appearances(log)] == [0, 1, 3]


def test_what_a_log_has_lost_is_known_by_its_place_and_its_era() -> None:
    first = [entry(0, "a"), entry(1, "b"), entry(2, "c")]
    second = [entry(0, "a"), entry(1, "d"), entry(2, "e")]
    now = [entry(0, "a"), entry(1, "d"), entry(2, "f")]
    held = history(now, [Cut(1, first), Cut(2, second)])
    assert [(e.id, lost) for e, lost in held] == [
        ("a", False),
        ("b", True),
        ("c", True),
        ("d", False),
        ("e", True),
        ("f", False),
    ]


def test_a_log_that_was_never_cut_has_lost_nothing() -> None:
    assert history([entry(0, "a")], []) == [(entry(0, "a"), False)]
