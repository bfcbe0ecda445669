"""High activity (L1.2e) and themes (W2.9): distinct items in a window of days."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from services.assessment.domain.crossings import FIRST, THEME, Place
from services.assessment.domain.facts import Fact, Kind
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.windows import (
    ALL_ACTIVITY,
    Item,
    activity_rule,
    in_window,
    item_of,
    items_of,
    places_moved,
    rule_at,
    theme_rule,
)
from tests.assessment.told import POLICY, THEMES, TODAY, TRIGGERS, fact, outcome_fact

ACTIVITY_RULE = activity_rule(TRIGGERS)


def item(*facts: Fact) -> Item:
    """The item that some facts make."""
    found = item_of(facts)
    assert found is not None
    return found


def complaints(count: int, days_ago: int = 0) -> list[Item]:
    """So many complaints of one day."""
    return [item(fact(Kind.COMPLAINT, days_ago=days_ago)) for _ in range(count)]


def concern_facts(series: str, *kinds: Kind, by_provider: bool = False) -> list[Fact]:
    """Facts of these kinds about one concern."""
    said: dict[str, Any] = {"reported_by_provider": by_provider, "category": "falls"}
    return [fact(kind, series, **said) for kind in kinds]


@pytest.mark.requirement("L1.2e")
def test_the_fifth_distinct_item_raises_a_candidate_listing_all_five() -> None:
    four = complaints(4, days_ago=80)
    assert in_window(ACTIVITY_RULE, four, TODAY, FIRST) is None
    fifth = item(outcome_fact())
    found = in_window(ACTIVITY_RULE, [*four, fifth], TODAY, FIRST)
    assert found is not None and found.to_confirm
    assert set(found.evidence) == {each.reference for each in [*four, fifth]}
    assert (found.threshold, found.clause) == ("5 distinct in 90 days", "pack@1 L1.2e")


@pytest.mark.requirement("L1.2e")
@pytest.mark.parametrize(("days_ago", "holds"), [(0, True), (89, True), (90, False)])
def test_an_item_lies_in_the_window_for_ninety_days(days_ago: int, holds: bool) -> None:
    items = [*complaints(4), *complaints(1, days_ago=days_ago)]
    found = in_window(ACTIVITY_RULE, items, TODAY, FIRST)
    assert (found is not None) is holds
    if found is not None:
        assert found.ends_on == TODAY + timedelta(days=90 - days_ago)


@pytest.mark.requirement("L1.2e")
def test_the_window_ends_when_the_fifth_newest_item_leaves_it() -> None:
    items = [*complaints(1, days_ago=50), *complaints(3, days_ago=40), *complaints(2, days_ago=1)]
    found = in_window(ACTIVITY_RULE, items, TODAY, FIRST)
    assert found is not None and found.ends_on == TODAY + timedelta(days=50)


@pytest.mark.requirement("L1.2e")
def test_a_concern_that_the_provider_reported_does_not_count() -> None:
    own = concern_facts("c", Kind.CONCERN_RECEIVED, Kind.CONCERN_TRIAGED, by_provider=True)
    assert not item(*own).counts
    others = concern_facts("c", Kind.CONCERN_RECEIVED, Kind.CONCERN_TRIAGED)
    assert item(*others).counts


@pytest.mark.requirement("L1.2e")
def test_what_went_to_safeguarding_counts_whoever_reported_it() -> None:
    kinds = (Kind.CONCERN_RECEIVED, Kind.CONCERN_REDIRECTED)
    assert item(*concern_facts("c", *kinds, by_provider=True)).counts


def test_a_concern_is_one_item_however_many_facts_tell_of_it() -> None:
    kinds = (Kind.CONCERN_RECEIVED, Kind.CONCERN_REDIRECTED, Kind.CONCERN_TRIAGED)
    facts = concern_facts("c", *kinds)
    assert item(*facts) == item(*reversed(facts)) == item(*facts, *facts)
    assert item(*facts).series == "c"


def test_an_item_counts_on_the_last_day_on_which_anything_happened() -> None:
    assert item(outcome_fact("m", days_ago=9), outcome_fact("m", days_ago=2)).occurred_on == (
        TODAY - timedelta(days=2)
    )


def merge(one: str, other: str) -> dict[str, Fact]:
    """What is told in the series of each of the two."""
    return {
        one: fact(Kind.CONCERNS_MERGED, one, other=other),
        other: fact(Kind.CONCERNS_MERGED, other, other=one),
    }


@pytest.mark.requirement("L1.2e", "W2.9")
def test_what_was_taken_back_counts_neither_as_activity_nor_in_a_theme() -> None:
    facts = concern_facts("c", Kind.CONCERN_RECEIVED, Kind.CONCERN_TRIAGED)
    gone = item(*facts, fact(Kind.CONCERN_WITHDRAWN, "c"))
    assert item(*facts).counts and not gone.counts
    assert (item(*facts).category, gone.category) == ("falls", None)


@pytest.mark.requirement("L1.2e", "W2.9")
def test_concerns_that_were_merged_are_one_item_however_they_hang_together() -> None:
    series = {name: concern_facts(name, Kind.CONCERN_TRIAGED) for name in "abc"}
    for one, other in ("cb", "ba"):
        for name, told in merge(one, other).items():
            series[name].append(told)
    items = items_of(series)
    assert [name for name, each in items.items() if each.counts] == ["a"]
    assert [name for name, each in items.items() if each.category] == ["a"]
    assert items_of(dict(reversed(series.items()))) == items


@pytest.mark.requirement("L1.2e")
def test_a_merged_item_counts_as_long_as_one_of_its_concerns_does() -> None:
    own = concern_facts("a", Kind.CONCERN_RECEIVED, by_provider=True)
    others = concern_facts("b", Kind.CONCERN_RECEIVED)
    both = merge("a", "b")
    series = {"a": [*own, both["a"]], "b": [*others, both["b"]]}
    assert items_of(series)["a"].counts
    series["b"].append(fact(Kind.CONCERN_WITHDRAWN, "b"))
    assert not items_of(series)["a"].counts


@pytest.mark.requirement("W2.9")
def test_three_triaged_concerns_of_one_category_make_a_theme() -> None:
    rule = theme_rule(THEMES, "falls")
    two = [item(*concern_facts(s, Kind.CONCERN_TRIAGED, by_provider=True)) for s in "ab"]
    assert in_window(rule, two, TODAY, FIRST) is None
    third = item(*concern_facts("c", Kind.CONCERN_TRIAGED))
    found = in_window(rule, [*two, third], TODAY, FIRST)
    assert found is not None and not found.to_confirm
    assert len(found.evidence) == 3


@pytest.mark.requirement("W2.9")
def test_a_concern_has_no_category_before_it_is_triaged() -> None:
    assert item(*concern_facts("c", Kind.CONCERN_RECEIVED)).category is None


def test_a_fact_moves_only_the_windows_that_can_see_it() -> None:
    received = concern_facts("c", Kind.CONCERN_RECEIVED)
    triaged = [*received, *concern_facts("c", Kind.CONCERN_TRIAGED)]
    assert places_moved(None, item(*received)) == {ALL_ACTIVITY}
    assert places_moved(item(*received), item(*triaged)) == {Place(THEME, "falls")}
    assert places_moved(item(*triaged), item(*triaged)) == set()


def test_a_policy_without_a_process_has_no_window_for_it() -> None:
    nothing = Thresholds(None, None)
    for place in (ALL_ACTIVITY, Place(THEME, "falls")):
        assert rule_at(place, nothing) is None
        assert rule_at(place, POLICY) is not None


@pytest.mark.requirement("W3.10")
def test_feedback_of_the_public_counts_in_its_theme_and_is_no_activity() -> None:
    told = item(fact(Kind.PUBLIC_FEEDBACK, "one", category="nutrition"))
    assert theme_rule(THEMES, "nutrition").counts(told)
    assert not ACTIVITY_RULE.counts(told)
