"""Personal data in feedback, compliments and requests: held back, needed for a reason, released."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from shared.contracts.inbound_examples import GOOD
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import person

HELD = "NHS number 943 476 5919, born 01/02/1940."
WHY = "The nurse has to find the record."
SENDERS = {
    "partner.public_feedback.received.v1": ("healthwatch", "feedback"),
    "partner.compliment.received.v1": ("council-quality", "feedback"),
    "partner.request.made.v1": ("council-quality", "request"),
}
"""Of each type with one text, an agency that sends it, and where it lies then."""
TRIAGER = person(Role.TEAM_MANAGER, subject="tm")
PORTAL = person(Role.PORTAL, subject="portal")


async def send(intake: Intake, type_: str, **changes: Any) -> Any:
    data = {**GOOD[type_], "text": HELD, **changes}
    (receipt,) = await intake.receive(intake.message(SENDERS[type_][0], type_, data))
    return receipt


async def kept(intake: Intake, type_: str) -> list[str]:
    """Why personal data lies in what was taken."""
    table = SENDERS[type_][1]
    async with intake.world.works.begin() as work:
        rows = await work.session.scalars(text(f"SELECT personal_data FROM intake.{table}"))
        return [mark["reason"] for row in rows if row for mark in row]


@pytest.mark.requirement("L1.2j", "W1.8")
@pytest.mark.parametrize("type_", SENDERS)
async def test_a_text_on_kafka_is_held_back_and_taken_for_a_reason_of_its_sender(
    intake: Intake, type_: str
) -> None:
    held = await send(intake, type_)
    assert (held.status, held.rule, held.field) == ("quarantined", "door.personal-data", "text")
    assert "NHS number" in held.sentence and "date of birth" in held.sentence
    assert "943 476" not in held.model_dump_json()
    taken = await send(intake, type_, personal_data_needed={"text": WHY})
    assert taken.status == "accepted"
    assert await kept(intake, type_) == [WHY]


@pytest.mark.requirement("L1.2j", "W1.8")
@pytest.mark.parametrize("type_", SENDERS)
async def test_what_was_held_back_is_released_for_a_reason_of_our_staff(
    intake: Intake, type_: str
) -> None:
    await send(intake, type_)
    async with intake.world.http(TRIAGER) as client:
        [item] = (await client.get("/quarantine")).json()
        path = f"/quarantine/{item['item_id']}/release"
        answer = await client.post(path, json={"reason": WHY})
    assert answer.status_code == 200, answer.text
    assert answer.json()["reference"]
    assert await kept(intake, type_) == [WHY]


@pytest.mark.requirement("W1.8")
@pytest.mark.parametrize("kind", ["feedback", "compliment"])
async def test_feedback_over_http_is_searched_too(intake: Intake, kind: str) -> None:
    form = {
        "kind": kind,
        "location": CARE_HOME,
        "category": "nutrition",
        "occurred_on": "2026-11-18",
        "text": HELD,
    }
    await over_http(intake, "/feedback", form)


@pytest.mark.requirement("L1.2j")
async def test_a_request_over_http_says_why_personal_data_is_needed(intake: Intake) -> None:
    form = {"type": "information_from_provider", "location": CARE_HOME, "text": HELD}
    await over_http(intake, "/requests", form)
    assert await kept(intake, "partner.request.made.v1") == [WHY]


@pytest.mark.requirement("L1.2j")
async def test_an_answer_says_why_personal_data_is_needed(intake: Intake) -> None:
    record = intake.message("council-quality", "partner.concern.raised.v1", concern())
    await intake.receive(record)
    async with intake.world.works.begin() as work:
        await work.session.execute(text("UPDATE intake.concern SET state = 'triaged'"))
        id_ = await work.session.scalar(text("SELECT id FROM intake.concern"))
    form = {"outcome": "no_further_action", "text": HELD}
    await over_http(intake, f"/concerns/{id_}/answer", form)
    assert ("tm", "personal_data.kept", str(id_)) in await intake.world.audited()


async def over_http(intake: Intake, path: str, form: dict[str, Any]) -> None:
    """Refused without a reason, and taken with one."""
    who = PORTAL if path == "/feedback" else TRIAGER
    async with intake.world.http(who) as client:
        refused = await client.post(path, json=form)
        taken = await client.post(path, json={**form, "personal_data_needed": WHY})
    assert (refused.status_code, refused.json()["rule"]) == (422, "door.personal-data")
    assert "943 476" not in refused.text
    assert taken.status_code in {200, 201}, taken.text
