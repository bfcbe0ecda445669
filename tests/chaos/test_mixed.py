"""Faults that are mixed: both happen, each for its own time, and the schedule names them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from random import Random
from typing import cast

import pytest

from tests.chaos.campaign import KINDS, schedule
from tests.chaos.faults import Fault
from tests.chaos.faults_mixed import MIXED, Mixed
from tests.chaos.installation import Installation

NOWHERE = cast("Installation", None)


@dataclass
class Noted(Fault):
    """A fault that only notes what is done to it."""

    kind = "noted"
    label: str = ""
    diary: list[str] = field(default_factory=list)
    complaint: str = ""

    @property
    def name(self) -> str:
        return self.label

    @property
    def pulse(self) -> str:
        return self.label

    @property
    def blind(self) -> tuple[str, ...]:
        return (self.label,)

    def inject(self, there: Installation) -> None:
        self.diary.append(f"inject {self.label}")

    def heal(self, there: Installation) -> None:
        self.diary.append(f"heal {self.label}")

    def finish(self, there: Installation) -> None:
        self.diary.append(f"finish {self.label}")
        if self.complaint:
            raise AssertionError(self.complaint)


def random(seed: int = 1) -> Random:
    return Random(seed)  # noqa: S311 - a schedule, no secret


def pair(seed: int, diary: list[str], complaint: str = "") -> Mixed:
    first = Noted(random(), label="a", diary=diary, complaint=complaint)
    return Mixed(random(seed), parts=(first, Noted(random(), label="b", diary=diary)))


def test_both_are_injected_healed_and_cleared_away() -> None:
    diary: list[str] = []
    both = pair(1, diary)
    both.inject(NOWHERE)
    both.heal(NOWHERE)
    both.finish(NOWHERE)
    assert diary[:2] == ["inject a", "inject b"]
    assert sorted(diary[2:4]) == ["heal a", "heal b"]
    assert diary[4:] == ["finish a", "finish b"]


def test_the_seed_decides_which_is_healed_first() -> None:
    def order(seed: int) -> list[str]:
        diary: list[str] = []
        pair(seed, diary).heal(NOWHERE)
        return diary

    assert {tuple(order(seed)) for seed in range(8)} == {
        ("heal a", "heal b"),
        ("heal b", "heal a"),
    }
    assert order(3) == order(3)


def test_each_service_is_dark_until_its_own_part_begins_to_be_healed() -> None:
    both = pair(1, [])
    for part in both.parts:
        part.heal = lambda there: time.sleep(0.05)  # type: ignore[method-assign]  # takes its time
    began = time.time()
    both.heal(NOWHERE)
    spans = [dark.ended - began for dark in both.darkness(began, began + 10)]
    assert len(spans) == len(both.blind) == 2
    assert min(spans) < 0.05 <= max(spans) < 10


def test_what_either_hits_has_to_move_again() -> None:
    assert pair(1, []).pulses == ("a", "b")


def test_a_complaint_of_one_does_not_keep_the_other_from_being_cleared_away() -> None:
    diary: list[str] = []
    with pytest.raises(AssertionError, match="a \\+ b: nothing was cut"):
        pair(1, diary, "nothing was cut").finish(NOWHERE)
    assert diary == ["finish a", "finish b"]


def test_a_schedule_names_mixed_faults_among_the_others() -> None:
    names = [fault.name for fault in schedule(random(), len(KINDS))]
    mixed = {make(random()).name for make in MIXED}
    assert len(mixed) == len(MIXED) >= 10
    assert mixed <= set(names)


def test_no_part_of_a_mixed_fault_is_of_the_same_service_as_the_other() -> None:
    for make in MIXED:
        fault = make(random())
        assert isinstance(fault, Mixed)
        hit = [(part.kind, part.service) for part in fault.parts]
        services = [service for _, service in hit if service]
        assert len(set(hit)) == 2
        assert len(set(services)) == len(services)
