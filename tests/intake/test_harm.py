"""Significant harm in what cannot be taken: handed over, or its teller told where to report it."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.intake import ConcernReceived, ConcernRedirected, ReceiptIssued
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.intake.test_emergencies import suspend
from tests.stage import person

CONCERN = "partner.concern.raised.v1"
NOWHERE = "1-299999999"
DESK = "adult safeguarding duty desk"
PORTAL = person(Role.PORTAL, subject="portal")
SAFEGUARDING = person(Role.SAFEGUARDING, subject="duty")

WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "no measures": ({"measures": ""}, "WCC2"),
    "no action, and no reason": ({"action_taken": "none"}, "WCC1c"),
    "unknown category": ({"category": "weather"}, "door.category"),
    "a day to come": ({"occurred_on": "2031-01-01"}, "door.future-date"),
    "unknown field": ({"mrs_example": "Mrs Example"}, "door.field"),
}


async def receive(intake: Intake, **told: Any) -> ReceiptIssued:
    data = concern(significant_harm=True, **told)
    [receipt] = await intake.receive(intake.message("csu", CONCERN, data))
    return receipt


async def quarantined(intake: Intake) -> Any:
    async with intake.world.http(SAFEGUARDING) as client:
        return (await client.get("/quarantine")).json()


@pytest.mark.requirement("WCC1b")
@pytest.mark.parametrize("wrong", WRONG)
async def test_a_message_of_harm_is_handed_over_though_it_is_refused(
    intake: Intake, wrong: str
) -> None:
    told, rule = WRONG[wrong]
    receipt = await receive(intake, **told)
    assert (receipt.status, receipt.rule, receipt.emergency_route) == ("refused", rule, None)
    assert DESK in (receipt.instead or "")
    [handed_over] = await intake.world.said(ConcernRedirected)
    assert (handed_over.emergency, handed_over.reference) == (False, receipt.reference)
    assert handed_over.location_id == intake.locations[CARE_HOME]
    [item] = await quarantined(intake)
    assert (item["reference"], item["owner_needed"]) == (receipt.reference, None)


@pytest.mark.requirement("WCC1b")
async def test_harm_at_a_place_that_we_do_not_know_lies_before_all_others(intake: Intake) -> None:
    plain = concern(location=NOWHERE, reference="OTHER")
    await intake.receive(intake.message("csu", CONCERN, plain))
    receipt = await receive(intake, location=NOWHERE)
    assert DESK in (receipt.instead or "") and receipt.reference is None
    assert await intake.world.said(ConcernRedirected) == []
    first, second = await quarantined(intake)
    assert (first["owner_needed"] is None, second["owner_needed"]) == (False, None)


async def test_a_suspended_agencys_harm_waits_for_somebody_who_looks(intake: Intake) -> None:
    await suspend(intake, "csu")
    receipt = await receive(intake)
    assert (receipt.rule, receipt.reference) == ("door.suspended", None)
    assert DESK in (receipt.instead or "")
    assert await intake.world.said(ConcernRedirected) == []
    [item] = await quarantined(intake)
    assert item["owner_needed"]


@pytest.mark.requirement("WCC1b")
async def test_the_same_message_of_harm_is_told_again_where_to_report(intake: Intake) -> None:
    data = concern(significant_harm=True)
    for status in ("accepted", "duplicate"):
        [receipt] = await intake.receive(intake.message("csu", CONCERN, data, id="same"))
        assert (receipt.status, DESK in (receipt.instead or "")) == (status, True)


@pytest.mark.requirement("WCC1b")
@pytest.mark.parametrize("wrong", [{"measures": ""}, {"location": NOWHERE}, {"category": 7}])
async def test_over_http_where_to_report_comes_first_and_the_form_is_mended(
    intake: Intake, wrong: dict[str, Any]
) -> None:
    async with intake.world.http(PORTAL) as client:
        answer = await client.post("/concerns", json=concern(significant_harm=True, **wrong))
        assert answer.status_code == 422
        assert next(iter(answer.json())) == "safeguarding_route"
        assert DESK in answer.json()["safeguarding_route"]
        assert "handed it over" not in answer.json()["safeguarding_route"]
        assert await intake.world.said(ConcernRedirected, ConcernReceived) == []
        plain = (await client.post("/concerns", json=concern(**wrong))).json()
    assert "safeguarding_route" not in plain


async def test_danger_is_read_before_harm(intake: Intake) -> None:
    form = concern(significant_harm=True, immediate_danger=True, category=7)
    async with intake.world.http(PORTAL) as client:
        answer = (await client.post("/concerns", json=form)).json()
    assert next(iter(answer)) == "emergency_route"
    assert "safeguarding_route" not in answer
