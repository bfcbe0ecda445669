"""Readiness is judged in both directions, recovery by its time, and nothing unseen counts."""

from __future__ import annotations

from tests.chaos.campaign import Happened
from tests.chaos.faults import Dark
from tests.chaos.truth import SETTLE, slow, unready, unseen, untrue
from tests.chaos.watch import Look

DARK = (Dark("intake", 100.0, 115.0), Dark("meetings", 100.0, 115.0))
AWAY = Happened("database away", 100.0, 115.0, 116.0, 16.0, DARK, ended_at=116.0)


def every_second(service: str, status: int | None, start: float, end: float) -> list[Look]:
    return [Look(float(at), service, status) for at in range(int(start), int(end))]


def test_readiness_that_says_yes_while_the_database_is_away_is_found() -> None:
    looks = [Look(107.0, "intake", 200), Look(107.0, "meetings", 503), Look(101.0, "meetings", 200)]
    assert untrue(looks, [AWAY]) == ["intake said that it is ready during: database away"]


def test_nobody_answering_is_no_lie() -> None:
    assert untrue([Look(107.0, "intake", None)], [AWAY]) == []


def test_a_span_at_which_nobody_looked_proves_nothing() -> None:
    looks = [Look(107.0, "intake", 503)]
    assert unseen(looks, [AWAY]) == ["nobody looked at meetings during: database away"]


def test_a_span_too_short_to_be_noticed_need_not_be_looked_at() -> None:
    short = Happened("kill -9 broker", 1.0, 6.0, 7.0, 5.0, (Dark("intake", 1.0, 6.0),))
    assert unseen([], [short]) == []


def test_a_service_that_is_not_ready_for_long_for_no_reason_is_found() -> None:
    late = AWAY.over + SETTLE + 1
    looks = every_second("intake", 503, late, late + 30)
    assert unready(looks, [AWAY]) == ["intake was not ready for 29 s though nothing was wrong"]


def test_a_service_may_be_not_ready_during_a_fault_and_while_it_settles() -> None:
    looks = every_second("intake", 503, 100.0, AWAY.over + SETTLE)
    assert unready(looks, [AWAY]) == []


def test_noes_on_both_sides_of_a_fault_are_not_one_row() -> None:
    looks = [*every_second("intake", 503, 92.0, 100.0), *every_second("intake", 503, 132.0, 140.0)]
    assert unready(looks, [AWAY]) == []


def test_a_yes_ends_a_row_of_noes() -> None:
    looks = every_second("intake", 503, 1.0, 9.0)
    looks += [Look(9.0, "intake", 200), *every_second("intake", 503, 10.0, 18.0)]
    assert unready(looks, []) == []


def test_nothing_that_moves_again_is_a_problem() -> None:
    never = Happened("kill -9 intake", 1.0, 2.0, None, 90.0)
    assert slow([never]) == ["nothing moved again after: kill -9 intake"]


def test_a_recovery_that_takes_too_long_for_its_kind_is_a_problem() -> None:
    late = Happened("kill -9 intake", 1.0, 2.0, 40.0, 39.0, patience=30.0)
    assert slow([late]) == ["38.0 s until something moved again after: kill -9 intake"]
    assert slow([Happened("kill -9 broker", 1.0, 2.0, 40.0, 39.0, patience=60.0)]) == []
