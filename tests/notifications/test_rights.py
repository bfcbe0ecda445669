"""Who is in the case, on which day, under which clause."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.notifications.domain.projection import Audience
from services.notifications.domain.rights import (
    CONCERN_TRIAGED,
    Agency,
    Held,
    Terms,
    audience_of,
    next_change,
)

TERMS = Terms(
    seats=frozenset({"health_commissioner"}),
    seats_clause="combined@1 L4",
    concerns_shared_with=frozenset({"council_contracts"}),
    concerns_clause="combined@1 WCC3a",
    agreement_version="1",
)
TODAY = date(2026, 11, 20)
ONE_DAY = timedelta(days=1)


def agency(function: str, *, member: bool = False, agreement: str | None = "1") -> Agency:
    """An agency that has held one function for long."""
    return Agency("icb", agreement, False, (Held(function, date(2020, 1, 1)),), member)


def audience(
    found: Agency,
    *,
    in_qip: bool = False,
    event_type: str = "intake.concern.received.v1",
    terms: Terms | None = TERMS,
    day: date = TODAY,
) -> Audience:
    """The agency as the audience of a fact."""
    return audience_of(found, event_type, in_qip=in_qip, terms=terms, day=day, secret=b"")


def test_before_a_qip_the_seats_of_the_policy_are_in_the_case() -> None:
    seated = audience(agency("health_commissioner"))
    assert (seated.in_case, seated.right) == (True, "seat, combined@1 L4")
    assert not audience(agency("police")).in_case


@pytest.mark.requirement("L1.2")
def test_in_a_qip_its_members_are_in_the_case_and_seats_no_longer() -> None:
    assert audience(agency("police", member=True), in_qip=True).in_case
    assert not audience(agency("health_commissioner"), in_qip=True).in_case
    assert not audience(agency("police", member=True), in_qip=False).in_case


@pytest.mark.requirement("WCC3a")
@pytest.mark.parametrize("in_qip", [False, True])
def test_a_triaged_concern_is_always_shared_with_the_functions_of_the_policy(in_qip: bool) -> None:
    contracts = agency("council_contracts")
    shared = audience(contracts, in_qip=in_qip, event_type=CONCERN_TRIAGED)
    assert (shared.in_case, shared.right) == (True, "care concerns, combined@1 WCC3a")
    assert not audience(contracts, in_qip=in_qip).in_case


@pytest.mark.parametrize(
    ("day", "counts"),
    [
        (date(2026, 3, 31), False),
        (date(2026, 4, 1), True),
        (date(2026, 6, 30), True),
        (date(2026, 7, 1), False),
    ],
)
def test_a_function_counts_from_its_first_day_to_its_last(day: date, counts: bool) -> None:
    held = Held("health_commissioner", date(2026, 4, 1), date(2026, 6, 30))
    found = audience(Agency("icb", "1", False, (held,)), day=day)
    assert found.in_case is counts
    assert ("health_commissioner" in found.holds) is counts


@pytest.mark.requirement("L1.1")
@pytest.mark.parametrize("agreement", [None, "0"])
def test_an_agreement_that_is_missing_or_old_is_none(agreement: str | None) -> None:
    assert not audience(agency("health_commissioner", agreement=agreement)).agreed
    assert audience(agency("health_commissioner")).agreed


def test_a_policy_without_a_case_lets_nobody_in() -> None:
    found = audience(agency("health_commissioner", member=True), terms=None, in_qip=True)
    assert (found.in_case, found.agreed) == (False, False)


def test_the_next_change_is_the_day_on_which_a_function_begins_or_has_ended() -> None:
    past = Held("police", TODAY - 9 * ONE_DAY, TODAY - ONE_DAY)
    ends = Held("regulator", TODAY - 9 * ONE_DAY, TODAY + 3 * ONE_DAY)
    begins = Held("police", TODAY + 5 * ONE_DAY)
    assert next_change([past, ends, begins], TODAY) == TODAY + 4 * ONE_DAY
    assert next_change([past, begins], TODAY) == TODAY + 5 * ONE_DAY
    assert next_change([past], TODAY) is None
