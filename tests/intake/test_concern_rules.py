"""The rules of care concerns, without I/O."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain import concerns, handling
from services.intake.domain.concerns import (
    Concern,
    ConcernState,
    LimbAnswer,
    Limbs,
    TriageDecision,
)
from services.intake.domain.register import category_of, is_very_small
from shared.contracts.words import Label, Refused, ServiceCategory

SOUND = Concern(
    location="1-200000001",
    client_reference="R-1",
    occurred_on=date(2026, 11, 1),
    category="falls",
    description="A fall without injury.",
    action_taken="The floor was dried.",
    action_none_reason="",
    measures="Signs are put up.",
    significant_harm=False,
    immediate_danger=False,
    implicated_role=None,
)


def rule_broken(concern: Concern) -> tuple[str, str | None]:
    with pytest.raises(Refused) as caught:
        concerns.check(concern, ["falls"], "combined@1 categories")
    return caught.value.refusal.rule, caught.value.refusal.field


@pytest.mark.requirement("WCC1c")
def test_action_taken_is_required_and_none_needs_a_reason() -> None:
    concerns.check(SOUND, ["falls"], "-")
    assert rule_broken(replace(SOUND, action_taken=" ")) == ("WCC1c", "action_taken")
    for none in ("none", "None.", "N/A", "no", "-"):
        missing = replace(SOUND, action_taken=none)
        assert rule_broken(missing) == ("WCC1c", "action_none_reason")
        concerns.check(replace(missing, action_none_reason="It was outside."), ["falls"], "-")


@pytest.mark.requirement("W2.9")
def test_a_category_is_about_the_key_questions_of_the_policy() -> None:
    lines = ("falls: safe", "records: effective, well_led")
    assert concerns.key_questions_of("falls", lines) == ("safe",)
    assert concerns.key_questions_of("records", lines) == ("effective", "well_led")
    assert concerns.key_questions_of("other", lines) == ()


@pytest.mark.requirement("WCC2")
def test_measures_against_repetition_are_required() -> None:
    assert rule_broken(replace(SOUND, measures="")) == ("WCC2", "measures")


@pytest.mark.requirement("L1.2i")
def test_somebody_in_danger_is_not_asked_for_measures_first() -> None:
    concerns.check(
        replace(SOUND, immediate_danger=True, action_taken="", measures=""), ["falls"], "-"
    )


@pytest.mark.requirement("WCC1a")
@pytest.mark.parametrize("answers", list(product(LimbAnswer, repeat=3)))
@pytest.mark.parametrize("harm", [True, False])
def test_only_a_limb_answered_no_and_no_significant_harm_lets_a_care_concern_stand(
    answers: tuple[LimbAnswer, LimbAnswer, LimbAnswer], harm: bool
) -> None:
    limbs = Limbs(*answers)
    if harm or LimbAnswer.NO not in answers:
        with pytest.raises(Refused):
            concerns.triage(TriageDecision.CARE_CONCERN, limbs, harm, "WCC1a")
    else:
        decided = concerns.triage(TriageDecision.CARE_CONCERN, limbs, harm, "WCC1a")
        assert decided is ConcernState.TRIAGED
    to_safeguarding = concerns.triage(TriageDecision.SAFEGUARDING, limbs, harm, "WCC1a")
    assert to_safeguarding is ConcernState.REDIRECTED


@given(small=st.booleans(), implicated=st.booleans(), police=st.booleans(), agency=st.booleans())
def test_a_restricted_concern_names_who_told_it_and_nobody_at_the_provider(
    small: bool, implicated: bool, police: bool, agency: bool
) -> None:
    holder = "agency:icb" if agency else None
    held = handling.of_concern(
        very_small=small, implicated=implicated, police=police, source_holder=holder
    )
    assert (held.label is Label.NAMED) == (small or implicated or police)
    assert ("agency:icb" in held.holders) == (agency and held.label is not None)
    assert not any(h.startswith("provider:") for h in held.holders)


def test_the_kind_of_service_follows_cqc_service_types_mental_health_first() -> None:
    assert category_of(["Care home service with nursing"]) is ServiceCategory.NURSING_HOME
    assert category_of(["domiciliary care service "]) is ServiceCategory.HOME_CARE
    assert (
        category_of(
            [
                "Domiciliary care service",
                "Community based services for people with mental health needs",
            ]
        )
        is ServiceCategory.ADULT_MENTAL_HEALTH
    )
    assert category_of(["Dental service"]) is ServiceCategory.OTHER


@pytest.mark.parametrize(
    ("beds", "small"), [(None, False), (0, False), (1, True), (4, True), (5, False)]
)
def test_a_service_is_very_small_below_the_policys_number_of_people(
    beds: int | None, small: bool
) -> None:
    assert is_very_small(beds, 5) is small
