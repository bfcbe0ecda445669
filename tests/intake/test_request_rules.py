"""What the quality team refuses and where the asker turns instead; rules without a database."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.domain import requests as rules
from services.intake.domain.requests import Asked, Open, Pointers, RequestType
from shared.contracts.words import Refused, Role

POINTERS = Pointers(
    visit_teams={"clinical": "The nurses.", "other": "Social work."},
    visit_clause="pack WX4",
    systems={"pamms": "Ask your administrator.", "other": "Ask admin support."},
    systems_clause="pack WX2",
    own_systems=["pamms"],
    owners={"case_management": "Social work owns it.", "other": "Its keeper."},
    owners_clause="pack WX6",
    strategy_outcome="Send the outcome.",
    strategy_clause="pack WX5",
    unknown="See the page.",
    unknown_clause="pack WX0",
    approvers=(Role.TEAM_MANAGER,),
)
EMERGENCY = ("Call 999.", "pack L1.2i")
MANAGER = (Role.TEAM_MANAGER,)


@pytest.mark.requirement("W0", "WX0", "WX2", "WX4", "WX5", "WX6", "L1.2h", "L1.2i")
@pytest.mark.parametrize(
    ("asked", "rule", "instead"),
    [
        ({"type": "wash_my_car"}, "WX0", "See the page."),
        (
            {"type": "data_in_accessible_system", "system": "pamms"},
            "WX2",
            "Ask your administrator.",
        ),
        ({"type": "data_in_accessible_system"}, "WX2", "Ask admin support."),
        ({"type": "provider_visit", "risk_type": "clinical"}, "WX4", "The nurses."),
        ({"type": "provider_visit", "risk_type": "of_no_known_kind"}, "WX4", "Social work."),
        ({"type": "strategy_meeting"}, "WX5", "Send the outcome."),
        (
            {"type": "summary_of_information", "system": "case_management"},
            "WX6",
            "Social work owns it.",
        ),
        ({"type": "summary_of_information"}, "WX6", "Its keeper."),
    ],
)
def test_what_is_refused_names_rule_clause_and_pointer(
    asked: dict[str, Any], rule: str, instead: str
) -> None:
    with pytest.raises(Refused) as raised:
        rules.judge(Asked(**asked), POINTERS)
    refusal = raised.value.refusal
    assert (refusal.rule, refusal.instead, refusal.clause) == (rule, instead, f"pack {rule}")
    assert refusal.sentence
    assert refusal.approvers == MANAGER


@pytest.mark.requirement("L1.2h")
def test_an_individuals_case_is_no_qip() -> None:
    with pytest.raises(Refused) as raised:
        rules.judge_at_once(Asked("qip_proposal", about_individual=True), *EMERGENCY)
    assert raised.value.refusal.rule == "L1.2h"
    assert "safeguarding" in raised.value.refusal.instead
    rules.judge_at_once(Asked("qip_proposal"), *EMERGENCY)
    rules.judge(Asked("qip_proposal"), POINTERS)


@pytest.mark.requirement("L1.2i")
def test_an_urgent_proposal_is_answered_with_the_emergency_route() -> None:
    with pytest.raises(Refused) as raised:
        rules.judge_at_once(
            Asked("qip_proposal", about_individual=True, immediate_danger=True), *EMERGENCY
        )
    assert (raised.value.refusal.rule, raised.value.refusal.instead) == ("L1.2i", "Call 999.")


@pytest.mark.requirement("WX6")
def test_a_summary_of_what_the_team_holds_is_taken() -> None:
    rules.judge(Asked("summary_of_information", system="pamms"), POINTERS)


@pytest.mark.requirement("WX0")
@pytest.mark.parametrize("kind", sorted(rules.STATUTORY))
def test_a_statutory_request_is_never_refused_whatever_it_asks(kind: RequestType) -> None:
    asked = Asked(
        kind,
        risk_type="clinical",
        system="case_management",
        about_individual=True,
        immediate_danger=True,
    )
    rules.judge_at_once(asked, *EMERGENCY)
    rules.judge(asked, POINTERS)


@pytest.mark.requirement("WX0")
@pytest.mark.parametrize("rule", sorted(rules.NOT_OVERRIDDEN - {"W3.3", "WX0.reason"}))
def test_some_refusals_are_never_lifted(rule: str) -> None:
    with pytest.raises(Refused) as raised:
        rules.check_override(
            rule, "emergency", asker="a", approver="b", may=True, approvers=MANAGER
        )
    assert raised.value.refusal.rule == "WX0.never"


@pytest.mark.requirement("WX0")
@pytest.mark.parametrize(
    ("reason", "approver", "may", "rule"),
    [
        ("because", "b", True, "WX0.reason"),
        ("emergency", "a", True, "WX0.approver"),
        ("prior_agreement", "b", False, "WX0.approver"),
    ],
)
def test_a_refusal_is_lifted_for_two_reasons_by_somebody_else_who_may(
    reason: str, approver: str, may: bool, rule: str
) -> None:
    with pytest.raises(Refused) as raised:
        rules.check_override(
            "WX4", reason, asker="a", approver=approver, may=may, approvers=MANAGER
        )
    assert raised.value.refusal.rule == rule


@pytest.mark.requirement("WX0")
@pytest.mark.parametrize("reason", rules.OverrideReason)
def test_both_reasons_of_the_source_are_taken(reason: rules.OverrideReason) -> None:
    given = rules.check_override(
        "WX4", reason.value, asker="a", approver="b", may=True, approvers=MANAGER
    )
    assert given is reason


@pytest.mark.requirement("W3.3")
def test_open_requests_are_shown_before_another_is_added() -> None:
    open_ = [Open(date(2026, 12, 1)), Open(date(2026, 11, 30)), Open(None)]
    with pytest.raises(Refused) as raised:
        rules.check_load(open_, seen=False, clause="pack W3.3")
    assert raised.value.refusal.sentence == (
        "Open requests on this provider: 3, due on 2026-11-30, 2026-12-01."
    )
    rules.check_load(open_, seen=True, clause="pack W3.3")
    rules.check_load([], seen=False, clause="pack W3.3")


@pytest.mark.parametrize(
    ("day", "count", "due"),
    [
        (date(2026, 11, 20), 1, date(2026, 11, 23)),
        (date(2026, 11, 20), 20, date(2026, 12, 18)),
        (date(2026, 12, 24), 1, date(2026, 12, 29)),
    ],
)
def test_working_days_leave_out_weekends_and_bank_holidays(
    day: date, count: int, due: date
) -> None:
    holidays = [date(2026, 12, 25), date(2026, 12, 28)]
    assert rules.working_days_after(day, count, holidays) == due
