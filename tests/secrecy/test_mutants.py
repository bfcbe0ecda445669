"""Every leak on the list is noticed by the test that is named for it.

At each run: that the list fits the code, that its tests pass on the code as it is, and the quick
ones put in for good. `MUTANTS=all` puts in all of them (`make secrecy`).
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.secrecy.mutants import ROOT, Mutant, copy_of_the_code, mutants, run, survives

MUTANTS = mutants()
PUT_IN = [m for m in MUTANTS if m.quick or os.environ.get("MUTANTS") == "all"]
AT_LEAST = 40


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the code that a leak can be put into."""
    yield copy_of_the_code(tmp_path_factory.mktemp("copy"))


def test_there_are_forty_leaks_and_each_is_another() -> None:
    assert len(MUTANTS) >= AT_LEAST
    assert len({m.name for m in MUTANTS}) == len(MUTANTS)
    assert len({(m.file, m.old, m.new) for m in MUTANTS}) == len(MUTANTS)
    rooms = {Path(m.file).parts[:2] for m in MUTANTS}
    for service in ("intake", "assessment", "meetings", "notifications"):
        assert ("services", service) in rooms
    assert {("shared", "contracts"), ("shared", "platform"), ("deploy", "local")} <= rooms


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda m: m.name)
def test_a_leak_has_its_place_in_the_code_and_its_test(mutant: Mutant) -> None:
    assert (ROOT / mutant.file).read_text("utf-8").count(mutant.old) == 1
    assert mutant.new != mutant.old
    path, _, test = mutant.killed_by.partition("::")
    assert f"def {test}(" in (ROOT / path).read_text("utf-8")


def test_the_tests_that_notice_pass_on_the_code_as_it_is(copy: Path) -> None:
    code, said = run(copy, sorted({m.killed_by for m in PUT_IN}))
    assert code == 0, said[-4_000:]


@pytest.mark.parametrize("mutant", PUT_IN, ids=lambda m: m.name)
def test_a_leak_is_noticed(copy: Path, mutant: Mutant) -> None:
    said = survives(copy, mutant)
    assert said is None, f"tells {mutant.leak}; {mutant.killed_by} does not notice: {said}"
