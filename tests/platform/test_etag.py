"""A tag says which state somebody has read, and what has changed since; and nothing else."""

from __future__ import annotations

import pytest
from pydantic import BaseModel

from shared.platform.etag import etag_of, must_match
from shared.platform.problems import Problem


class View(BaseModel):
    """What a reader is shown."""

    name: str = "Larchfield"
    beds: int | None = 40
    notes: str = "A dose was given late."


READ = View()


def refusal(if_match: str | None, view: View) -> Problem:
    with pytest.raises(Problem) as found:
        must_match(if_match, view)
    return found.value


def test_the_same_state_has_the_same_tag_and_another_state_another() -> None:
    assert etag_of(READ) == etag_of(View())
    assert etag_of(READ) != etag_of(View(beds=41))
    assert etag_of(READ).startswith('"')


@pytest.mark.parametrize("if_match", [etag_of(READ), f'"other", {etag_of(READ)}', "*"])
def test_a_change_of_what_was_read_is_let_through(if_match: str) -> None:
    must_match(if_match, READ)


def test_a_change_of_something_older_is_told_which_fields_are_different() -> None:
    problem = refusal(etag_of(READ), View(beds=41, notes="Two doses."))
    assert problem.status == 412
    assert problem.extra["changed"] == ["beds", "notes"]
    assert problem.headers["ETag"] == etag_of(View(beds=41, notes="Two doses."))
    assert "Two doses" not in str(problem.extra)


@pytest.mark.parametrize("foreign", ['"xyz"', "W/x", '"' + "A" * 999 + '"', "", "\u00e9"])
def test_a_tag_that_is_not_ours_matches_nothing(foreign: str) -> None:
    problem = refusal(foreign, READ)
    assert (problem.status, problem.extra["changed"]) == (412, ["beds", "name", "notes"])


def test_a_weak_tag_does_not_match() -> None:
    assert refusal(f"W/{etag_of(READ)}", READ).status == 412


def test_a_change_without_a_tag_is_asked_for_one_where_one_is_needed() -> None:
    assert refusal(None, READ).status == 428
    must_match(None, READ, needed=False)
