"""Somebody in danger comes first at every door, whatever else is amiss with what is told."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.contracts.intake import (
    ConcernAcknowledged,
    ConcernRedirected,
    ConcernWithdrawn,
    EmergencyUnplaced,
    ReceiptIssued,
    RequestRecorded,
    RequestRouted,
    StatutoryRequestRecorded,
)
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import person

PORTAL = person(Role.PORTAL, subject="portal")
PRACTITIONER = person(Role.PRACTITIONER, subject="p")
SAFEGUARDING = person(Role.SAFEGUARDING, subject="duty")
LIAISON = person(Role.AGENCY_LIAISON, agency="csu", subject="liaison")
NHS_NUMBER = "Her NHS number is 943 476 5919."
NOWHERE = "1-299999999"

WRONG: dict[str, dict[str, Any]] = {
    "nothing is wrong": {},
    "unknown place": {"location": NOWHERE},
    "personal data": {"text": NHS_NUMBER},
    "invalid field": {"mrs_example": "Mrs Example"},
}
"""By what is amiss; `text` stands for the narrative of each door."""

Answer = tuple[list[str], str]
"""The names of the answer's fields in their order, and the emergency route."""


def of_http(answer: httpx.Response) -> Answer:
    body = answer.json()
    assert "943 476" not in answer.text
    return list(body), body.get("emergency_route") or ""


def of_kafka(receipt: ReceiptIssued) -> Answer:
    assert "943 476" not in receipt.model_dump_json()
    return ["emergency_route"], receipt.emergency_route or ""


def narrative(told: dict[str, Any]) -> dict[str, Any]:
    """A concern's fields, with its narrative under its own name."""
    text = {"description": told["text"]} if "text" in told else {}
    return {**text, **{name: value for name, value in told.items() if name != "text"}}


async def post(intake: Intake, path: str, form: dict[str, Any], who: Any = PORTAL) -> Answer:
    async with intake.world.http(who) as client:
        return of_http(await client.post(path, json=form))


async def concern_by_http(intake: Intake, **told: Any) -> Answer:
    return await post(intake, "/concerns", concern(**narrative({"immediate_danger": True, **told})))


async def concern_by_kafka(intake: Intake, **told: Any) -> Answer:
    data = concern(**narrative({"immediate_danger": True, **told}))
    [receipt] = await intake.receive(intake.message("csu", "partner.concern.raised.v1", data))
    return of_kafka(receipt)


async def request_by_http(intake: Intake, who: Any = PRACTITIONER, **told: Any) -> Answer:
    form = {"type": "information_from_provider", "location": CARE_HOME}
    return await post(intake, "/requests", {**form, "immediate_danger": True, **told}, who)


async def request_by_kafka(intake: Intake, **told: Any) -> Answer:
    data = {
        "request_type": told.pop("type", "information_from_provider"),
        "location": CARE_HOME,
        "request_reference": "R-1",
        "immediate_danger": True,
        **told,
    }
    [receipt] = await intake.receive(intake.message("csu", "partner.request.made.v1", data))
    return of_kafka(receipt)


async def draft(intake: Intake, **told: Any) -> Answer:
    form = concern(**narrative({"immediate_danger": True, **told}))
    unknown = {name: form.pop(name) for name in told if name == "mrs_example"}
    form |= {"occurred_on": 0} if unknown else {}
    async with intake.world.http(PORTAL) as client:
        saved = await client.post("/drafts", json={"concern": form})
        assert next(iter(saved.json())) == "emergency_route"
        assert "999" in saved.json()["emergency_route"]
        return of_http(await client.post(f"/drafts/{saved.json()['draft_id']}/submission"))


async def addition(intake: Intake, **told: Any) -> Answer:
    async with intake.world.http(PORTAL) as client:
        reference = (await client.post("/concerns", json=concern())).json()["reference"]
    if told.pop("location", None):
        reference = "CC-ZZZZ-ZZZZ"
    entry = {"kind": "addition", "text": "It burns.", "immediate_danger": True, **told}
    return await post(intake, f"/concerns/status/{reference}/entries", entry)


async def feedback_by_http(intake: Intake, who: Any = PORTAL, **told: Any) -> Answer:
    said = {"kind": "feedback", "category": "other", "occurred_on": "2026-11-18", "text": "Fire."}
    form = {"location": CARE_HOME, **said, "immediate_danger": True}
    return await post(intake, "/feedback", {**form, **told}, who)


async def feedback_by_kafka(intake: Intake, **told: Any) -> Answer:
    said = {"feedback_reference": "F-1", "received_on": "2026-11-18", "theme": "other"}
    data = {"location": CARE_HOME, **said, "text": "Fire.", "immediate_danger": True, **told}
    type_ = "partner.public_feedback.received.v1"
    [receipt] = await intake.receive(intake.message("healthwatch", type_, data))
    return of_kafka(receipt)


async def complaint_by_kafka(intake: Intake, **told: Any) -> Answer:
    data = {"location": CARE_HOME, "immediate_danger": True, **told}
    type_ = "partner.complaint.received.v1"
    [receipt] = await intake.receive(intake.message("council-complaints", type_, data))
    return of_kafka(receipt)


DOORS: dict[str, Callable[..., Awaitable[Answer]]] = {
    "POST /concerns": concern_by_http,
    "partner.concern.raised": concern_by_kafka,
    "POST /requests": request_by_http,
    "partner.request.made": request_by_kafka,
    "POST /drafts/{draft_id}/submission": draft,
    "POST /concerns/status/{reference}/entries": addition,
    "POST /feedback": feedback_by_http,
    "partner.public_feedback.received": feedback_by_kafka,
    "partner.complaint.received": complaint_by_kafka,
}


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("wrong", WRONG)
async def test_danger_gets_the_route_first_and_is_handed_over_whatever_is_amiss(
    intake: Intake, door: str, wrong: str
) -> None:
    names, route = await DOORS[door](intake, **WRONG[wrong])
    assert (names[0], "999" in route) == ("emergency_route", True)
    handed_over = await intake.world.said(ConcernRedirected)
    unplaced = await intake.world.said(EmergencyUnplaced)
    assert (len(handed_over), len(unplaced)) == ((0, 1) if wrong == "unknown place" else (1, 0))
    for one in handed_over:
        assert one.emergency
        assert one.location_id == intake.locations[CARE_HOME]


OTHER_TYPES: dict[str, dict[str, Any]] = {
    "evidence": {"type": "evidence_from_provider"},
    "a visit": {"type": "provider_visit", "risk_type": "clinical"},
    "a proposal": {"type": "qip_proposal", "about_individual": True},
    "nothing known": {"type": "wash_my_car"},
}


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("ask", [request_by_http, request_by_kafka])
@pytest.mark.parametrize("kind", OTHER_TYPES)
async def test_whatever_is_asked_danger_is_answered_with_the_route_and_never_queued(
    intake: Intake, ask: Callable[..., Awaitable[Answer]], kind: str
) -> None:
    names, route = await ask(intake, **OTHER_TYPES[kind])
    assert (names[0], "999" in route) == ("emergency_route", True)
    assert len(await intake.world.said(ConcernRedirected)) == 1
    assert await intake.world.said(RequestRecorded, RequestRouted) == []


@pytest.mark.requirement("L1.2i", "WX0")
@pytest.mark.parametrize("ask", [request_by_http, request_by_kafka])
@pytest.mark.parametrize("location", [CARE_HOME, NOWHERE])
async def test_a_statutory_request_is_taken_and_its_danger_handed_over(
    intake: Intake, ask: Callable[..., Awaitable[Answer]], location: str
) -> None:
    names, route = await ask(intake, type="coroner", location=location, text=NHS_NUMBER)
    assert (names[0], "999" in route) == ("emergency_route", True)
    assert len(await intake.world.said(StatutoryRequestRecorded)) == 1
    handed_over = await intake.world.said(ConcernRedirected)
    unplaced = await intake.world.said(EmergencyUnplaced)
    assert (len(handed_over), len(unplaced)) == ((1, 0) if location == CARE_HOME else (0, 1))


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("tell", [feedback_by_http, request_by_http])
async def test_what_the_public_says_of_danger_is_told_to_nobody_at_the_provider(
    intake: Intake, tell: Callable[..., Awaitable[Answer]]
) -> None:
    await tell(intake, who=PORTAL, mrs_example="Mrs Example")
    assert len(await intake.world.said(ConcernRedirected)) == 1
    assert await intake.world.said(ConcernAcknowledged) == []


@pytest.mark.requirement("L1.2i")
async def test_a_request_that_tells_of_danger_is_told_again_where_to_turn(intake: Intake) -> None:
    data = {"request_type": "qip_proposal", "location": CARE_HOME, "request_reference": "R-1"}
    type_, danger = "partner.request.made.v1", {**data, "immediate_danger": True}
    receipts = [
        one
        for _ in range(2)
        for one in await intake.receive(intake.message("csu", type_, danger, id="same"))
    ]
    assert [one.status for one in receipts] == ["refused", "duplicate"]
    assert all("999" in (one.emergency_route or "") for one in receipts)


@pytest.mark.requirement("L1.2i")
async def test_an_agencys_own_people_are_heard_as_their_agency(intake: Intake) -> None:
    _, route = await request_by_http(intake, LIAISON, mrs_example="Mrs Example")
    assert "999" in route
    async with intake.world.http(SAFEGUARDING) as client:
        [item] = (await client.get("/quarantine")).json()
    assert (item["agency_id"], item["topic"]) == ("agency:csu", "POST /requests")


@pytest.mark.requirement("L1.2i")
async def test_who_takes_a_concern_back_and_speaks_of_danger_is_heard(intake: Intake) -> None:
    names, route = await addition(intake, kind="withdrawal")
    assert (names[0], "999" in route) == ("emergency_route", True)
    assert len(await intake.world.said(ConcernRedirected)) == 1
    assert await intake.world.said(ConcernWithdrawn) == []


@pytest.mark.requirement("L1.2i", "L1.2h")
async def test_what_safeguarding_has_and_turns_dangerous_is_handed_over_as_an_emergency(
    intake: Intake,
) -> None:
    async with intake.world.http(PORTAL) as client:
        told = concern(significant_harm=True)
        reference = (await client.post("/concerns", json=told)).json()["reference"]
    [first] = await intake.world.said(ConcernRedirected)
    async with intake.world.http(SAFEGUARDING) as client:
        await client.post(f"/handovers/{first.concern_id}/acknowledgement")
    entry = {"kind": "addition", "text": "It burns.", "immediate_danger": True}
    await post(intake, f"/concerns/status/{reference}/entries", entry)
    [_, again] = await intake.world.said(ConcernRedirected)
    assert (again.emergency, again.concern_id) == (True, first.concern_id)
    async with intake.world.http(SAFEGUARDING) as client:
        [line] = (await client.get("/handovers")).json()
        found = await client.get("/concerns", params={"state": "acknowledged"})
    assert line["emergency"]
    assert [one["concern_id"] for one in found.json()] == [str(first.concern_id)]


@pytest.mark.requirement("L1.2i")
async def test_the_same_request_with_its_key_is_handed_over_once(intake: Intake) -> None:
    form = {"type": "provider_visit", "location": CARE_HOME, "immediate_danger": True}
    headers = {"Idempotency-Key": "0123456789abcdef"}
    async with intake.world.http(PRACTITIONER) as client:
        first, second = [
            await client.post("/requests", json=form, headers=headers) for _ in range(2)
        ]
    assert first.json() == second.json()
    assert next(iter(second.json())) == "emergency_route"
    assert len(await intake.world.said(ConcernRedirected)) == 1


async def test_a_draft_that_speaks_of_no_danger_says_nothing_of_it(intake: Intake) -> None:
    async with intake.world.http(PORTAL) as client:
        saved = (await client.post("/drafts", json={"concern": concern()})).json()
    assert saved["emergency_route"] is None


@pytest.mark.requirement("WS2")
@pytest.mark.parametrize("danger", [False, True])
async def test_who_works_for_several_partnerships_is_told_the_clause_in_each_pack(
    intake: Intake, danger: bool
) -> None:
    both = person(Role.PORTAL, subject="portal", partnerships=["combined", "wirral"])
    form = concern(location=NOWHERE, immediate_danger=danger)
    async with intake.world.http(both) as client:
        body = (await client.post("/concerns", json=form)).json()
    first, second = body["clause"].split("; ")
    assert first.startswith("combined@2026-11 ")
    assert second == first.replace("combined@2026-11", "wirral@2023-03")
    assert ("emergency_route" in body) is danger
