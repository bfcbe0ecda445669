"""Feedback that is no concern, and compliments: counted, told to the right people, no case."""

from __future__ import annotations

import time
from typing import Any

import pytest

from services.intake.domain.lists import FeedbackWanted
from services.intake.store import told as told_store
from shared.contracts.intake import ComplimentReceived, ConcernReceived, PublicFeedbackRecorded
from shared.contracts.words import Role
from shared.platform.security import Person
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake
from tests.intake.test_readers import PRACTITIONER, concern_ids
from tests.intake.test_routes import PORTAL
from tests.stage import person

COMPLAINTS = person(Role.COMPLAINTS, subject="complaints")
CONTRACTS = person(Role.CONTRACTS_OFFICER, subject="c")


def said(**changes: Any) -> dict[str, Any]:
    return {
        "kind": "feedback",
        "location": CARE_HOME,
        "category": "nutrition",
        "occurred_on": "2026-11-18",
        "text": "The food is cold on Sundays.",
        **changes,
    }


async def give(intake: Intake, who: Any = PORTAL, **changes: Any) -> Any:
    async with intake.world.http(who) as client:
        return await client.post("/feedback", json=said(**changes))


async def read(intake: Intake, who: Any, why: str = "") -> list[dict[str, Any]]:
    async with intake.world.http(who) as client:
        answer = await client.get("/feedback", headers={"Read-Reason": why} if why else {})
        lines: list[dict[str, Any]] = answer.json()
    return lines


@pytest.mark.requirement("W3.10")
async def test_what_the_public_says_opens_no_case_and_keeps_no_name(intake: Intake) -> None:
    answer = await give(intake)
    assert answer.status_code == 201
    assert answer.json()["reference"].startswith("FB-")
    (event,) = await intake.world.said(PublicFeedbackRecorded)
    assert (event.category, event.key_questions) == ("nutrition", ("effective",))
    assert await intake.world.said(ConcernReceived) == []
    assert await concern_ids(intake, PRACTITIONER) == []
    (line,) = await read(intake, PRACTITIONER)
    assert line["text"] == said()["text"]


@pytest.mark.requirement("W3.10")
async def test_healthwatch_sends_what_it_heard_on_its_own_topic(intake: Intake) -> None:
    message = {
        "location": CARE_HOME,
        "feedback_reference": "HW-1",
        "received_on": "2026-11-18",
        "theme": "nutrition",
        "text": "Families praise the garden but not the food.",
    }
    (refused,) = await intake.receive(
        intake.message("csu", "partner.public_feedback.received.v1", message)
    )
    assert refused.rule == "door.function-not-held"
    (receipt,) = await intake.receive(
        intake.message("healthwatch", "partner.public_feedback.received.v1", message)
    )
    assert receipt.status == "accepted"
    assert len(await intake.world.said(PublicFeedbackRecorded)) == 1
    assert await intake.world.said(ConcernReceived) == []


@pytest.mark.requirement("W4.7")
async def test_a_compliment_is_told_to_the_complaints_team(intake: Intake) -> None:
    await give(intake, kind="compliment", text="They were wonderful to my mother.")
    (event,) = await intake.world.said(ComplimentReceived)
    assert event.handling.holders == ("council_complaints", "council_quality")
    (line,) = await read(intake, COMPLAINTS)
    assert line["kind"] == "compliment"


async def test_feedback_on_a_very_small_service_is_for_its_holders(intake: Intake) -> None:
    await give(intake, location=SMALL_HOME)
    (event,) = await intake.world.said(PublicFeedbackRecorded)
    assert event.handling.label == "NAMED"
    assert await read(intake, CONTRACTS, "to see") == []
    assert await read(intake, PRACTITIONER) == []
    assert len(await read(intake, PRACTITIONER, "to count it")) == 1


async def test_feedback_is_found_by_its_words_kind_place_and_day(intake: Intake) -> None:
    await give(intake, text="The soups are cold.")
    await give(intake, kind="compliment", location=SMALL_HOME, text="The soup was lovely.")

    async def found(who: Person = PRACTITIONER, why: str | None = "to see", **query: Any) -> int:
        headers = {"Read-Reason": why} if why else {}
        async with intake.world.http(who) as client:
            answer = await client.get("/feedback", params=query, headers=headers)
        assert answer.status_code == 200, answer.text
        return len(answer.json())

    assert await found(q="soup") == 2
    assert await found(q="soup -cold") == 1
    assert await found(q="soup", kind="compliment", location=intake.locations[SMALL_HOME]) == 1
    assert await found(category="nutrition", received_to="2026-11-19") == 0
    # Without a reason, or for those who may not know of it, it is as if nothing fitted.
    assert await found(q="lovely", why=None) == 0
    assert await found(CONTRACTS, q="lovely") == 0
    assert "feedback.searched" in [did for _, did, _ in await intake.world.audited()]


async def test_what_a_provider_tells_of_itself_is_kept_as_the_providers(intake: Intake) -> None:
    manager = person(Role.REGISTERED_MANAGER, provider="1-100000001", subject="rm")
    reference = (await give(intake, manager)).json()["reference"]
    async with intake.world.works.begin() as work:
        rows = await told_store.feedback(work, ["combined"], set(), FeedbackWanted(), None, 10)
    assert [(row.reference, row.source) for row, _ in rows] == [(reference, "provider:1-100000001")]


async def test_feedback_is_searched_for_personal_data_and_each_read_is_recorded(
    intake: Intake,
) -> None:
    refused = await give(intake, text="Ring my aunt on 07700 900123.")
    assert (refused.status_code, refused.json()["rule"]) == (422, "door.personal-data")
    assert "07700" not in refused.text
    await give(intake)
    await read(intake, PRACTITIONER)
    assert "feedback.read" in [did for _, did, _ in await intake.world.audited()]


async def test_a_hundred_thousand_unknown_fields_are_one_fault_and_answered_at_once(
    intake: Intake,
) -> None:
    body = {f"{number:x}": 1 for number in range(100_000)}
    began = time.process_time()
    async with intake.world.http(PORTAL) as client:
        answer = await client.post("/feedback", json=body)
    assert time.process_time() - began < 3
    assert answer.status_code == 422
    [fault] = answer.json()["fields"]
    assert fault == {"field": "body", "reason": "There are more fields than any form has."}
