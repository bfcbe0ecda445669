"""Whatever the order of arrival, the same crossings hold; and nothing is said twice."""

from __future__ import annotations

from collections.abc import Iterable
from random import Random
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.domain.crossings import Change, Held, Place, State, change, differences
from services.assessment.domain.facts import OVERALL, Fact, Kind
from services.assessment.domain.picture import standings
from services.assessment.domain.thresholds import Thresholds
from tests.assessment.told import LOCATION, POLICY, TODAY, ago, fact, rating_fact


def said_of(kind: Kind) -> st.SearchStrategy[dict[str, Any]]:
    """What a fact of a kind may say."""
    yes = st.booleans()
    match kind:
        case Kind.SAFEGUARDING_OUTCOME:
            return st.fixed_dictionaries(
                {
                    "enquiry_type": st.sampled_from(["organisational", "individual"]),
                    "status": st.sampled_from(["ongoing", "not_substantiated"]),
                    "improvements": st.sampled_from(["none", "implemented"]),
                    "wider_concern": yes,
                }
            )
        case Kind.CQC_RATING:
            return st.fixed_dictionaries({"rating": st.sampled_from(["Inadequate", "Good"])})
        case Kind.CONTRACT_REVIEW:
            actions = st.lists(st.sampled_from("ab"), max_size=2)
            return st.fixed_dictionaries({"unmet_actions": actions})
        case Kind.QUALITY_RETURN:
            return st.fixed_dictionaries({"clinical_risk": yes})
        case _:
            return st.just({})


SERIES = {
    Kind.SAFEGUARDING_OUTCOME: ["enquiry 1", "enquiry 2"],
    Kind.CQC_RATING: [OVERALL],
    Kind.CONTRACT_REVIEW: ["reviews"],
    Kind.QUALITY_RETURN: ["returns"],
    Kind.COMPLAINT: [f"complaint {n}" for n in range(5)],
}
CONCERNS = [f"concern {n}" for n in range(6)]


@st.composite
def signals(draw: st.DrawFn) -> Fact:
    """A fact of any kind but a concern. Times often tie."""
    kind = draw(st.sampled_from(sorted(SERIES)))
    series = draw(st.sampled_from(SERIES[kind]))
    id_ = UUID(int=draw(st.integers(min_value=1, max_value=2**64)))
    return fact(kind, series, days_ago=draw(st.integers(0, 5)) * 30, id=id_, **draw(said_of(kind)))


@st.composite
def concerns(draw: st.DrawFn) -> Fact:
    """Something about one of a few concerns; each says the same of itself whenever it is told."""
    number = draw(st.integers(0, len(CONCERNS) - 1))
    kinds = [Kind.CONCERN_RECEIVED, Kind.CONCERN_TRIAGED, Kind.CONCERN_REDIRECTED]
    kind = draw(st.sampled_from(kinds))
    return fact(
        kind,
        CONCERNS[number],
        days_ago=number * 10,
        id=UUID(int=kinds.index(kind) * 100 + number + 2**70),
        category="falls" if number % 3 else "medication",
        reported_by_provider=number % 2 == 0,
        implicated_role="proprietor" if number == 1 and kind is Kind.CONCERN_RECEIVED else None,
    )


@st.composite
def afterwards(draw: st.DrawFn) -> Fact:
    """A concern is taken back, or is found to be about the same as another."""
    one, other = draw(st.permutations(range(len(CONCERNS))))[:2]
    if draw(st.booleans()):
        return fact(Kind.CONCERN_WITHDRAWN, CONCERNS[one], id=UUID(int=one + 2**71))
    id_ = UUID(int=one * 10 + other + 2**72)
    return fact(Kind.CONCERNS_MERGED, CONCERNS[one], id=id_, other=CONCERNS[other])


FACTS = st.lists(
    st.one_of(signals(), concerns(), afterwards()), max_size=24, unique_by=lambda f: f.id
)


def heard_one_by_one(facts: Iterable[Fact]) -> dict[Place, UUID]:
    """Let facts arrive one at a time, keeping what holds after each."""
    known: list[Fact] = []
    kept: dict[Place, Held] = {}
    for each in facts:
        known.append(each)
        now = standings(known, POLICY, TODAY, {place: h.name for place, h in kept.items()})
        for place, what in differences(kept, now).items():
            if what.ends is not None:
                del kept[place]
            begun = what.begins or what.moves
            if begun is not None:
                id_ = begun.crossing_id(LOCATION)
                kept[place] = Held(id_, place, str(begun.name), State.MET, begun.ends_on)
    return {place: held.id for place, held in kept.items()}


@pytest.mark.requirement("L1.2e")
@given(FACTS, st.randoms(use_true_random=False))
def test_any_order_of_arrival_ends_in_the_same_crossings(facts: list[Fact], random: Random) -> None:
    shuffled = [*facts]
    random.shuffle(shuffled)
    assert heard_one_by_one(shuffled) == heard_one_by_one(facts)


@given(FACTS, st.randoms(use_true_random=False))
def test_facts_that_come_twice_change_nothing(facts: list[Fact], random: Random) -> None:
    twice = [*facts, *facts]
    random.shuffle(twice)
    assert heard_one_by_one(twice) == heard_one_by_one(facts)


def test_a_late_fact_from_before_neither_renames_a_crossing_nor_raises_it_again() -> None:
    newest, older = rating_fact("Inadequate"), rating_fact("Inadequate", days_ago=30)
    assert heard_one_by_one([newest]) == heard_one_by_one([newest, older])


def test_comparing_again_finds_nothing_to_change() -> None:
    (found,) = standings([rating_fact("Inadequate")], POLICY, TODAY, {}).values()
    held = Held(found.crossing_id(LOCATION), found.place, str(found.name), State.CANDIDATE)
    assert change(None, found) == Change(begins=found)
    assert change(held, found) == Change()
    assert change(held, None) == Change(ends=held)


def test_a_crossing_of_a_window_is_named_after_the_one_before() -> None:
    facts = [fact(Kind.COMPLAINT) for _ in range(5)]
    (first,) = standings(facts, POLICY, TODAY, {}).values()
    before = str(first.crossing_id(LOCATION))
    (second,) = standings(facts, POLICY, TODAY, {first.place: before}).values()
    assert second.name == before
    assert second.crossing_id(LOCATION) != first.crossing_id(LOCATION)


def test_locations_rules_and_series_never_share_a_crossing() -> None:
    (found,) = standings([rating_fact("Inadequate")], POLICY, TODAY, {}).values()
    assert found.crossing_id(LOCATION) != found.crossing_id(UUID(int=1))


def test_a_policy_without_triggers_and_themes_finds_nothing() -> None:
    facts = [rating_fact("Inadequate"), *(fact(Kind.COMPLAINT) for _ in range(9))]
    assert standings(facts, Thresholds(None, None), ago(0), {}) == {}
