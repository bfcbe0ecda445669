"""The short form of `make chaos`: one burst, and what hurts most in the middle of it."""

from __future__ import annotations

import sys
from functools import partial
from random import Random

import pytest

from tests.chaos.campaign import KINDS, Happened, schedule
from tests.chaos.faults import Asleep, Killed
from tests.chaos.faults_mixed import mixed
from tests.chaos.faults_servers import BrokerKilled, DatabaseKilled
from tests.chaos.faults_stuck import Stuck
from tests.chaos.report import percentile, table_of
from tests.chaos.run import run
from tests.chaos.watch import Pulse
from tests.servers import room

SEED = 4


def say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")


def test_nothing_is_lost_doubled_or_out_of_order_while_parts_are_killed() -> None:
    with room() as directory:
        outcome = run(
            directory,
            Random(SEED),  # noqa: S311 - a schedule, no secret
            lambda random: [
                Killed(random, "intake"),
                mixed(BrokerKilled, partial(Killed, service="notifications"), random),
                DatabaseKilled(random),
                Asleep(random, "intake"),
                Stuck(random, "notifications", how="consumer"),
            ],
            seconds=600.0,
            rest_seconds=300.0,
            say=say,
        )
    assert outcome.verdict.sentences + outcome.problems == []
    assert len(outcome.happened) == 5
    assert outcome.verdict.published >= 2_000
    assert outcome.verdict.receipts == outcome.verdict.published


def test_the_same_seed_gives_the_same_faults() -> None:
    def names(seed: int) -> list[str]:
        return [fault.name for fault in schedule(Random(seed), 60)]  # noqa: S311 - no secret

    assert names(7) == names(7) != names(8)


def test_every_kind_of_fault_comes_before_any_comes_again() -> None:
    names = [fault.name for fault in schedule(Random(1), len(KINDS))]  # noqa: S311 - no secret
    assert len(set(names)) == len(KINDS)


def test_a_pulse_tells_what_came_next_and_how_long_nothing_came() -> None:
    pulse = Pulse([1.0, 2.0, 6.0])
    assert pulse.first_after(2.5) == 6.0
    assert pulse.first_after(7.0) is None
    assert pulse.longest_gap(0.0, 10.0) == 4.0


@pytest.mark.parametrize(("share", "value"), [(0.5, 2.0), (0.99, 3.0), (1.0, 3.0)])
def test_a_percentile_is_one_of_the_values(share: float, value: float) -> None:
    assert percentile([3.0, 1.0, 2.0], share) == value


def test_a_fault_after_which_nothing_came_is_shown() -> None:
    rows = table_of([Happened("kill -9 intake", 1.0, 2.0, None, 90.0, ())])
    assert rows[1] == ("kill -9 intake", "1", "-", "-", "-", "90.0 (1 never)")
