"""The rule tables of the triggers (L1.2a-d, f, g)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from services.assessment.domain.crossings import FIRST, Standing
from services.assessment.domain.facts import Fact, Kind, series_of_rating
from services.assessment.domain.triggers import series_rules, standing
from shared.contracts.words import Handling, ImplicatedRole, Label, Trigger
from tests.assessment.told import (
    TRIGGERS,
    fact,
    outcome_fact,
    rating_fact,
    return_fact,
    review_fact,
)


def judged(trigger: Trigger, *facts: Fact, enquiries: Sequence[Fact] = ()) -> Standing | None:
    """What a trigger's rule says of one whole series."""
    rule = next(rule for rule in series_rules(TRIGGERS) if rule.trigger is trigger)
    return standing(rule, facts, whole=True, enquiries=enquiries)


@pytest.mark.requirement("L1.2a")
@pytest.mark.parametrize("status", ["ongoing", "substantiated"])
@pytest.mark.parametrize("improvements", ["none", "limited"])
def test_an_organisational_enquiry_without_improvement_meets_the_trigger(
    status: str, improvements: str
) -> None:
    told = outcome_fact(status=status, improvements=improvements)
    found = judged(Trigger.ORGANISATIONAL_ABUSE, told)
    assert found is not None
    assert (found.evidence, found.clause) == ((told.reference,), "pack@1 L1.2a")
    assert not found.to_confirm


@pytest.mark.requirement("L1.2a")
@pytest.mark.parametrize(
    "said",
    [
        {"improvements": "implemented"},
        {"enquiry_type": "individual"},
        {"status": "not_substantiated"},
        {"status": "inconclusive"},
    ],
)
def test_an_improved_an_individual_or_an_unfounded_enquiry_does_not(said: dict[str, Any]) -> None:
    assert judged(Trigger.ORGANISATIONAL_ABUSE, outcome_fact(**said)) is None


@pytest.mark.requirement("L1.2a")
def test_a_later_outcome_of_the_matter_with_improvements_ends_it() -> None:
    first, later = outcome_fact("m"), outcome_fact("m", improvements="implemented")
    assert judged(Trigger.ORGANISATIONAL_ABUSE, first) is not None
    assert judged(Trigger.ORGANISATIONAL_ABUSE, first, later) is None


@pytest.mark.requirement("L1.2b")
def test_an_enquiry_whose_assessor_found_wider_concerns_meets_the_trigger() -> None:
    told = outcome_fact(wider_concern=True)
    found = judged(Trigger.ENQUIRY_WITH_WIDER_CONCERN, told, enquiries=[told])
    assert found is not None and found.evidence == (told.reference,)
    quiet = outcome_fact(wider_concern=False)
    assert judged(Trigger.ENQUIRY_WITH_WIDER_CONCERN, quiet, enquiries=[quiet]) is None


@pytest.mark.requirement("L1.2b")
def test_a_finding_at_our_desk_counts_once_there_is_an_enquiry() -> None:
    finding, enquiry = fact(Kind.WIDER_CONCERN), outcome_fact()
    assert judged(Trigger.ENQUIRY_WITH_WIDER_CONCERN, finding) is None
    found = judged(Trigger.ENQUIRY_WITH_WIDER_CONCERN, finding, enquiries=[enquiry])
    assert found is not None
    assert found.evidence == (finding.reference, enquiry.reference)


@pytest.mark.requirement("L1.2c")
@pytest.mark.parametrize("role", list(ImplicatedRole))
def test_a_concern_that_implicates_a_leader_meets_the_trigger_and_is_restricted(
    role: ImplicatedRole,
) -> None:
    told = fact(Kind.CONCERN_RECEIVED, implicated_role=role.value)
    found = judged(Trigger.LEADERSHIP_IMPLICATED, told)
    assert found is not None
    assert found.implicated_role is role
    holders = ("council_quality", "council_safeguarding")
    assert found.handling == Handling(Label.NAMED, holders)


@pytest.mark.requirement("L1.2c")
def test_a_leadership_case_is_never_wider_than_the_concern_itself() -> None:
    held = Handling(Label.NAMED, ("agency:police", "council_safeguarding"))
    told = fact(Kind.CONCERN_RECEIVED, implicated_role="proprietor", handling=held)
    found = judged(Trigger.LEADERSHIP_IMPLICATED, told)
    assert found is not None
    assert found.handling == Handling(Label.NAMED, ("council_safeguarding",))


@pytest.mark.requirement("L1.2c")
def test_a_concern_that_implicates_nobody_meets_no_trigger() -> None:
    told = fact(Kind.CONCERN_RECEIVED, implicated_role=None)
    assert judged(Trigger.LEADERSHIP_IMPLICATED, told) is None


@pytest.mark.requirement("L1.2d")
def test_an_inadequate_overall_rating_raises_a_candidate_only() -> None:
    found = judged(Trigger.SPECIAL_MEASURES, rating_fact("Inadequate"))
    assert found is not None and found.to_confirm


@pytest.mark.requirement("L1.2d")
@pytest.mark.parametrize("better", ["Requires improvement", "Good", "Outstanding"])
def test_a_later_better_rating_ends_special_measures(better: str) -> None:
    series = [rating_fact("Inadequate", days_ago=9), rating_fact(better)]
    assert judged(Trigger.SPECIAL_MEASURES, *series) is None


@pytest.mark.requirement("L1.2d")
def test_inherited_ratings_and_those_of_a_key_question_stand_apart() -> None:
    assert series_of_rating("overall", rated=True, inherited=False) == "rating.overall"
    assert series_of_rating("overall", rated=True, inherited=True) == "rating.apart"
    assert series_of_rating("overall", rated=False, inherited=False) == "rating.apart"
    apart = fact(Kind.CQC_RATING, "rating.safe", rating="Inadequate")
    assert judged(Trigger.SPECIAL_MEASURES, apart) is None


@pytest.mark.requirement("L1.2f")
def test_the_same_action_unmet_at_two_consecutive_reviews_meets_the_trigger() -> None:
    first, second = review_fact("a", "b", days_ago=9), review_fact("b", "c")
    found = judged(Trigger.CONTRACT_ACTIONS_UNMET, first, second)
    assert found is not None
    assert found.evidence == (first.reference, second.reference)
    assert found.threshold == "2 consecutive reviews with the same action unmet"


@pytest.mark.requirement("L1.2f")
@pytest.mark.parametrize(
    "reviews",
    [
        [("a",)],
        [("a",), ("b",)],
        [("a",), (), ("a",)],
        [("a",), ("a",), ()],
    ],
)
def test_one_review_other_actions_or_a_met_action_do_not(reviews: list[tuple[str, ...]]) -> None:
    series = [review_fact(*unmet) for unmet in reviews]
    assert judged(Trigger.CONTRACT_ACTIONS_UNMET, *series) is None


@pytest.mark.requirement("L1.2g")
def test_a_return_with_clinical_risk_is_attributed_to_the_agency_that_sent_it() -> None:
    told = return_fact(risk=True)
    found = judged(Trigger.CLINICAL_RISK, told)
    assert found is not None
    assert (found.evidence, found.attributed_to) == ((told.reference,), "csu")


@pytest.mark.requirement("L1.2g")
def test_a_later_return_without_clinical_risk_ends_it() -> None:
    series = [return_fact(risk=True, days_ago=90), return_fact(risk=False)]
    assert judged(Trigger.CLINICAL_RISK, *series) is None


def test_a_crossing_is_named_after_what_ended_the_one_before() -> None:
    risky, calm = return_fact(risk=True, days_ago=90), return_fact(risk=False, days_ago=60)
    again, still = return_fact(risk=True, days_ago=30), return_fact(risk=True)
    first = judged(Trigger.CLINICAL_RISK, risky)
    second = judged(Trigger.CLINICAL_RISK, risky, calm, again)
    third = judged(Trigger.CLINICAL_RISK, risky, calm, again, still)
    assert first is not None and second is not None and third is not None
    assert [first.name, second.name, third.name] == [FIRST, str(calm.id), str(calm.id)]


def test_a_name_that_lies_further_back_than_the_facts_at_hand_is_left_open() -> None:
    rule = next(r for r in series_rules(TRIGGERS) if r.trigger is Trigger.CLINICAL_RISK)
    part = [return_fact(risk=True, days_ago=30), return_fact(risk=True)]
    found = standing(rule, part, whole=False, enquiries=())
    assert found is not None and found.name is None


def test_the_strictest_input_decides_who_may_know_of_a_crossing() -> None:
    police = Handling(Label.NAMED, ("police",))
    first = fact(Kind.CONTRACT_REVIEW, "reviews", days_ago=9, unmet_actions=["a"], handling=police)
    found = judged(Trigger.CONTRACT_ACTIONS_UNMET, first, review_fact("a"))
    assert found is not None and found.handling == police
