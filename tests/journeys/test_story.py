"""The story of the demo, requirement by requirement: it was told once, and this is what came."""

from __future__ import annotations

from copy import copy

import pytest

from deploy.demo.account import account_of
from deploy.demo.checks import judge
from deploy.demo.evidence import Evidence
from deploy.demo.followed import Followed
from deploy.demo.run import Told
from deploy.demo.timings import to_mail, to_receipt


def shown(told: Told, requirement: str) -> None:
    """All that the story has to show of a row of the register has happened."""
    about = [one for one in told.expectations if requirement in one.requirements]
    assert about, f"the story shows nothing of {requirement}"
    assert [f"{one.name}: {one.found}" for one in about if not one.met] == []


def test_everything_that_the_story_promises_has_happened(told: Told) -> None:
    assert [f"{one.name}: {one.found}" for one in told.missing] == []


@pytest.mark.requirement("WS1")
def test_services_inside_and_outside_cqcs_register_are_shown_with_source_and_date(
    told: Told,
) -> None:
    shown(told, "WS1")


@pytest.mark.requirement("WCC1c")
def test_a_concern_without_the_action_taken_is_refused_by_field(told: Told) -> None:
    shown(told, "WCC1c")


@pytest.mark.requirement("WCC2")
def test_a_provider_gets_the_same_reference_again_and_a_mail_with_it(told: Told) -> None:
    shown(told, "WCC2")


@pytest.mark.requirement("L1.2i")
def test_an_emergency_gets_its_route_first_and_goes_to_safeguarding_not_to_a_meeting(
    told: Told,
) -> None:
    shown(told, "L1.2i")


@pytest.mark.requirement("WCC1b")
def test_what_is_for_safeguarding_is_handed_over_until_it_is_acknowledged(told: Told) -> None:
    shown(told, "WCC1b")


@pytest.mark.requirement("WX0")
def test_a_refused_request_is_told_how_it_can_be_lifted(told: Told) -> None:
    shown(told, "WX0")


@pytest.mark.requirement("W1.8")
def test_what_gave_somebody_away_is_taken_without_that(told: Told) -> None:
    shown(told, "W1.8")


@pytest.mark.requirement("W3.10")
def test_what_the_public_says_opens_no_case(told: Told) -> None:
    shown(told, "W3.10")


@pytest.mark.requirement("WCC3a")
def test_a_triaged_concern_is_shared_with_the_three_teams(told: Told) -> None:
    shown(told, "WCC3a")


@pytest.mark.requirement("L1.2a")
def test_an_organisational_enquiry_meets_its_trigger(told: Told) -> None:
    shown(told, "L1.2a")


@pytest.mark.requirement("L1.2b")
def test_a_wider_concern_meets_its_trigger(told: Told) -> None:
    shown(told, "L1.2b")


@pytest.mark.requirement("L1.2c")
def test_a_leader_implicated_meets_its_trigger_and_restricts_who_learns_of_it(told: Told) -> None:
    shown(told, "L1.2c")


@pytest.mark.requirement("L1.2d")
def test_special_measures_are_met_on_a_persons_word_with_the_liaisons(told: Told) -> None:
    shown(told, "L1.2d")


@pytest.mark.requirement("L1.2e")
def test_high_activity_is_met_on_a_persons_word_with_its_five_items(told: Told) -> None:
    shown(told, "L1.2e")


@pytest.mark.requirement("L1.2f")
def test_an_action_unmet_twice_meets_its_trigger(told: Told) -> None:
    shown(told, "L1.2f")


@pytest.mark.requirement("L1.2g")
def test_clinical_risk_meets_its_trigger_and_is_attributed(told: Told) -> None:
    shown(told, "L1.2g")


@pytest.mark.requirement("L1.3g")
def test_the_intelligence_meeting_opens_a_qip_for_a_benefit_and_declines_another(
    told: Told,
) -> None:
    shown(told, "L1.3g")


@pytest.mark.requirement("L3a", "L3b")
def test_the_chair_is_agreed_by_the_meeting_and_comes_from_where_a_chair_may(told: Told) -> None:
    shown(told, "L3a")
    shown(told, "L3b")


@pytest.mark.requirement("L1.3j", "L5.1")
def test_the_provider_hears_from_the_chair_before_a_meeting_is_set(told: Told) -> None:
    shown(told, "L1.3j")
    shown(told, "L5.1")


@pytest.mark.requirement("L4.1", "L4.2")
def test_the_manager_and_the_nominated_individual_are_both_written_to(told: Told) -> None:
    shown(told, "L4.1")
    shown(told, "L4.2")


@pytest.mark.requirement("L2.2", "L5.5")
def test_the_invitation_tells_the_provider_of_part_ii_and_of_the_day_of_its_plan(
    told: Told,
) -> None:
    shown(told, "L2.2")
    shown(told, "L5.5")


@pytest.mark.requirement("WR1")
def test_answers_to_every_mail_go_to_the_quality_team(told: Told) -> None:
    shown(told, "WR1")


@pytest.mark.requirement("L1.2")
def test_who_is_not_in_the_case_learns_of_none(told: Told) -> None:
    shown(told, "L1.2")


@pytest.mark.requirement("L1.1")
def test_an_agency_without_an_agreement_gets_nothing_above_public(told: Told) -> None:
    shown(told, "L1.1")


@pytest.mark.requirement("WG5")
def test_every_disclosure_has_its_row_in_the_ledger(told: Told) -> None:
    shown(told, "WG5")


def tampered(told: Told) -> Evidence:
    return copy(told.evidence)


def names_of_missing(evidence: Evidence, followed: Followed) -> set[str]:
    return {one.name for one in judge(evidence, followed) if not one.met}


def test_a_mail_that_did_not_arrive_is_named(told: Told) -> None:
    evidence = tampered(told)
    evidence.mails = [m for m in told.evidence.mails if not m.subject.startswith("Handover")]
    assert "safeguarding's duty desk has a mail that hands over the harm" in names_of_missing(
        evidence, told.followed
    )


def test_a_record_that_reached_the_wrong_feed_is_named(told: Told) -> None:
    evidence = tampered(told)
    police = copy(told.evidence.partners["police"])
    police.records = told.evidence.partners["icb"].records
    evidence.partners = {**told.evidence.partners, "police": police}
    missing = names_of_missing(evidence, told.followed)
    assert "police, not in the case, learns nothing of it" in missing
    assert "no record's id occurs twice, on one feed or on two" in missing


def test_a_trace_that_breaks_off_is_named(told: Told) -> None:
    missing = names_of_missing(told.evidence, Followed())
    assert "one trace leads from the partner's message to the mails and the feeds" in missing
    assert "the trace shows: meetings decide consideration" in missing


def test_the_account_tells_what_was_refused_and_how_long_it_took(told: Told) -> None:
    account = account_of(told, 1.0)
    for rule in ("door.not-json", "door.wrong-agency", "WCC1c", "L1.3g", "L3b"):
        assert f"| {rule} |" in account
    assert str(to_receipt(told.evidence)) in account
    assert len(to_mail(told.evidence).milliseconds) == len(told.evidence.mails)
    assert "send mail [provider_invited, accepted]" in account
    assert "feed.intake" not in account  # what was told is told in words
