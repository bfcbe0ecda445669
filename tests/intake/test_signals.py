"""Signals of every kind: good and bad examples, the event of each, windows of returns."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from services.intake.domain import signals as rules
from shared.contracts import intake as said
from shared.contracts.inbound import inbound_messages, inbound_schema_of
from shared.contracts.inbound_examples import BAD, GOOD
from shared.contracts.intake import QualityReturnOverdue, QualityReturnRecorded
from shared.contracts.words import Label, Refused
from tests.intake.conftest import Intake

SENDER = {
    "partner.complaint_outcome.recorded.v1": "council-complaints",
    "partner.ombudsman_outcome.published.v1": "council-complaints",
    "partner.cqc_inspection.published.v1": "cqc",
    "partner.cqc_enforcement.taken.v1": "cqc",
    "partner.capacity.reported.v1": "council-contracts",
    "partner.police_matter.held.v1": "police",
    "partner.other_assessment.reported.v1": "council-contracts",
}
EVENT: dict[str, type[Any]] = {
    "partner.complaint_outcome.recorded.v1": said.ComplaintOutcomeRecorded,
    "partner.ombudsman_outcome.published.v1": said.OmbudsmanOutcomeRecorded,
    "partner.cqc_inspection.published.v1": said.CqcInspectionRecorded,
    "partner.cqc_enforcement.taken.v1": said.CqcEnforcementRecorded,
    "partner.capacity.reported.v1": said.CapacityRecorded,
    "partner.police_matter.held.v1": said.PoliceMatterRecorded,
    "partner.other_assessment.reported.v1": said.OtherAssessmentRecorded,
}


@pytest.mark.requirement("W2.7")
@pytest.mark.parametrize("type_", SENDER)
async def test_a_signal_is_taken_and_announced_by_reference_only(
    intake: Intake, type_: str
) -> None:
    data = GOOD[type_]
    (receipt,) = await intake.receive(intake.message(SENDER[type_], type_, data))
    assert receipt.status == "accepted", receipt
    (event,) = await intake.world.said(EVENT[type_])
    body = event.model_dump_json()
    references = [value for name, value in data.items() if name.endswith("_reference")]
    assert [value for value in references if value in body] == []


@pytest.mark.parametrize("type_", SENDER)
async def test_the_same_matter_has_the_same_id_however_often_it_is_told(
    intake: Intake, type_: str
) -> None:
    for _ in range(2):
        await intake.receive(intake.message(SENDER[type_], type_, GOOD[type_]))
    events = await intake.world.said(EVENT[type_])
    assert len({getattr(event, "matter_id", None) for event in events}) == 1


@pytest.mark.requirement("W2.8")
async def test_an_outcome_that_needs_improvement_is_told_on_once_however_often_it_comes(
    intake: Intake,
) -> None:
    type_ = "partner.safeguarding_enquiry.updated.v1"
    data = {**GOOD[type_], "improvement_needed": True}
    first = intake.message("council-safeguarding", type_, data, id="outcome-1")
    again = intake.message("council-safeguarding", type_, data, id="outcome-1")
    receipts = await intake.receive(first, again)
    assert [receipt.status for receipt in receipts] == ["accepted", "duplicate"]
    assert receipts[0].reference == receipts[1].reference
    (event,) = await intake.world.said(said.SafeguardingOutcomeRecorded)
    assert event.improvement_needed
    assert data["enquiry_reference"] not in event.model_dump_json()


@pytest.mark.requirement("L4.11")
async def test_what_the_police_hold_is_for_named_holders(intake: Intake) -> None:
    type_ = "partner.police_matter.held.v1"
    await intake.receive(intake.message("police", type_, GOOD[type_]))
    (event,) = await intake.world.said(said.PoliceMatterRecorded)
    assert event.handling.holders == ("agency:police", "council_quality", "council_safeguarding")


BAD_HERE: dict[str, tuple[str, dict[str, Any], str]] = {
    "a review that is past": (
        "partner.police_matter.held.v1",
        {"review_on": "2026-11-01"},
        "door.review-date",
    ),
    "an unknown reason": (
        "partner.police_matter.held.v1",
        {"hold_reason": "mrs_example"},
        "door.category",
    ),
    "an unknown theme": (
        "partner.ombudsman_outcome.published.v1",
        {"theme": "gossip"},
        "door.category",
    ),
    "a day to come": (
        "partner.cqc_enforcement.taken.v1",
        {"taken_on": "2026-12-01"},
        "door.future-date",
    ),
    "an authority by name": (
        "partner.other_assessment.reported.v1",
        {"authority": "Cheshire"},
        "door.field",
    ),
}


@pytest.mark.parametrize("case", BAD_HERE)
async def test_a_bad_signal_is_refused_under_its_rule(intake: Intake, case: str) -> None:
    type_, changes, rule = BAD_HERE[case]
    message = intake.message(SENDER[type_], type_, {**GOOD[type_], **changes})
    (receipt,) = await intake.receive(message)
    assert (receipt.status, receipt.rule) == ("refused", rule)
    assert "example" not in receipt.model_dump_json()


async def test_a_key_question_is_a_word_of_the_policys(intake: Intake) -> None:
    type_ = "partner.cqc_rating.published.v1"
    message = {**GOOD[type_], "key_question": "friendly"}
    (receipt,) = await intake.receive(intake.message("cqc", type_, message))
    assert (receipt.rule, receipt.field) == ("door.category", "key_question")


RETURN = "partner.quality_return.submitted.v1"


@pytest.mark.requirement("L1.2g", "WS2")
@pytest.mark.parametrize(("day", "late"), [("2026-10-30", False), ("2026-10-31", True)])
async def test_a_return_that_comes_after_its_window_is_late(
    intake: Intake, day: str, late: bool
) -> None:
    data = {**GOOD[RETURN], "quarter": "2026-Q3", "submitted_on": day}
    await intake.receive(intake.message("csu", RETURN, data))
    (event,) = await intake.world.said(QualityReturnRecorded)
    assert (event.due_on, event.late) == (date(2026, 10, 30), late)
    assert event.due_clause == "combined@2026-11 L1.2g"


async def returned(intake: Intake, quarter: str, day: str) -> None:
    data = {**GOOD[RETURN], "quarter": quarter, "submitted_on": day}
    (receipt,) = await intake.receive(intake.message("csu", RETURN, data))
    assert receipt.status == "accepted", receipt


@pytest.mark.requirement("L1.2g", "WS2")
async def test_a_return_that_does_not_come_is_told_once_its_window_is_over(intake: Intake) -> None:
    await returned(intake, "2026-Q3", "2026-10-30")
    intake.world.clock.now = datetime(2027, 1, 30, 23, 59, tzinfo=UTC)
    assert await intake.world.tick() == 0
    intake.world.clock.forward(minutes=2)
    assert await intake.world.tick() == 1
    (missing,) = await intake.world.said(QualityReturnOverdue)
    assert (missing.agency_id, missing.quarter) == ("csu", "2026-Q4")
    assert (missing.due_on, missing.due_clause) == (date(2027, 1, 30), "combined@2026-11 L1.2g")
    assert missing.handling.label is Label.NAMED
    assert {"agency:csu", "council_contracts"} <= set(missing.handling.holders)
    intake.world.clock.now = datetime(2027, 5, 1, 12, 0, tzinfo=UTC)
    assert await intake.world.tick() == 1  # the next one is awaited as well


@pytest.mark.requirement("L1.2g")
@pytest.mark.parametrize("first", ["the awaited one", "the one before"])
async def test_a_return_that_came_is_not_missed_in_whatever_order_they_come(
    intake: Intake, first: str
) -> None:
    intake.world.clock.now = datetime(2027, 1, 15, 12, 0, tzinfo=UTC)
    told = [("2026-Q4", "2027-01-14"), ("2026-Q3", "2026-10-30")]
    for quarter, day in told if first == "the awaited one" else reversed(told):
        await returned(intake, quarter, day)
    intake.world.clock.now = datetime(2027, 2, 1, 12, 0, tzinfo=UTC)
    assert await intake.world.tick() == 0
    assert await intake.world.said(QualityReturnOverdue) == []


@pytest.mark.requirement("L1.2g")
async def test_a_nil_return_is_a_return_and_tells_of_no_risk(intake: Intake) -> None:
    nil = {**GOOD[RETURN], "nil_return": True, "clinical_risk": False}
    (receipt,) = await intake.receive(intake.message("csu", RETURN, nil))
    assert receipt.status == "accepted"
    (event,) = await intake.world.said(QualityReturnRecorded)
    assert event.nil_return
    (refused,) = await intake.receive(intake.message("csu", RETURN, {**nil, "clinical_risk": True}))
    assert refused.rule == "door.nil-return"


def test_a_return_waits_for_the_end_of_its_quarter() -> None:
    with pytest.raises(Refused) as raised:
        rules.check_return("2026-Q4", date(2026, 12, 31), nil=False, risk=False)
    assert raised.value.refusal.rule == "door.window"
    rules.check_return("2026-Q4", date(2027, 1, 1), nil=False, risk=False)


@pytest.mark.parametrize(
    ("quarter", "ends"),
    [("2026-Q1", date(2026, 3, 31)), ("2026-Q4", date(2026, 12, 31))],
)
def test_a_quarter_ends_with_its_last_month(quarter: str, ends: date) -> None:
    assert rules.quarter_ends_on(quarter) == ends


def test_every_type_has_good_and_bad_examples() -> None:
    assert set(GOOD) == set(BAD) == set(inbound_messages())


@pytest.mark.parametrize("type_", GOOD)
def test_the_schema_takes_the_good_example_and_refuses_the_bad(type_: str) -> None:
    validator = Draft202012Validator(
        inbound_schema_of(inbound_messages()[type_]),
        format_checker=Draft202012Validator.FORMAT_CHECKER,
    )
    assert list(validator.iter_errors(GOOD[type_])) == []
    assert list(validator.iter_errors(BAD[type_])) != []
