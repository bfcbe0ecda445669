"""An emergency that cannot be taken as it was sent is handed over all the same (L1.2i)."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from services.intake.handlers import agencies
from services.intake.store import concerns as store
from shared.contracts.intake import ConcernRedirected, EmergencyUnplaced
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import person

CONCERN = "partner.concern.raised.v1"
PORTAL = person(Role.PORTAL, subject="portal")
BROKEN: list[dict[str, Any]] = [
    {"category": None},
    {"occurred_on": 0},
    {"occurred_on": "2030-01-01"},
    {"reference": "not a reference!"},
    {"description": ""},
    {"mrs_example": "Mrs Example"},
    {"immediate_danger": "yes"},
    {"immediate_danger": 1},
]


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("wrong", BROKEN)
async def test_an_invalid_emergency_message_is_handed_over_to_safeguarding(
    intake: Intake, wrong: dict[str, Any]
) -> None:
    data = {**concern(immediate_danger=True), **wrong}
    [receipt] = await intake.receive(intake.message("council-quality", CONCERN, data))
    assert receipt.status == "refused"
    assert "999" in (receipt.emergency_route or "")
    [handover] = await intake.world.said(ConcernRedirected)
    assert handover.emergency
    assert handover.location_id == intake.locations[CARE_HOME]
    assert handover.reference == receipt.reference
    async with intake.world.works.begin() as work:
        row = await store.concern_by_reference(work, ["combined"], handover.reference)
    assert row is not None
    assert row.immediate_danger
    if "description" not in wrong:
        assert row.description == "A dose was given two hours late."


@pytest.mark.requirement("L1.2i")
async def test_even_json_that_broke_off_is_handed_over_where_it_names_the_place(
    intake: Intake,
) -> None:
    whole = json.dumps(concern(immediate_danger=True)).encode()
    [receipt] = await intake.receive(intake.message("council-quality", CONCERN, whole[:-1]))
    assert receipt.rule == "door.not-json"
    [handover] = await intake.world.said(ConcernRedirected)
    assert handover.location_id == intake.locations[CARE_HOME]


async def test_the_same_invalid_emergency_again_is_handed_over_once(intake: Intake) -> None:
    data = concern(immediate_danger=True, occurred_on=0)
    receipts = await intake.receive(
        intake.message("council-quality", CONCERN, data),
        intake.message("council-quality", CONCERN, data),
    )
    assert len({receipt.reference for receipt in receipts}) == 1
    assert len(await intake.world.said(ConcernRedirected)) == 1


async def test_the_corrected_message_is_taken_under_its_own_reference(intake: Intake) -> None:
    wrong = concern(immediate_danger=True, occurred_on=0)
    right = concern(immediate_danger=True)
    [_, receipt] = await intake.receive(
        intake.message("council-quality", CONCERN, wrong),
        intake.message("council-quality", CONCERN, right),
    )
    assert receipt.status == "accepted"


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("location", ["1-299999999", None, 7, "no place!"])
async def test_an_emergency_at_no_place_that_we_know_is_told_until_somebody_sees_to_it(
    intake: Intake, location: object
) -> None:
    data = concern(immediate_danger=True, location=location)
    [receipt] = await intake.receive(intake.message("council-quality", CONCERN, data))
    assert "999" in (receipt.emergency_route or "")
    assert await intake.world.said(ConcernRedirected) == []
    [told] = await intake.world.said(EmergencyUnplaced)
    assert set(told.handling.holders) == {"council_quality", "council_safeguarding"}
    intake.world.clock.forward(minutes=31)
    await intake.world.tick()
    assert [e.escalation for e in await intake.world.said(EmergencyUnplaced)] == [0, 1]
    async with intake.world.http(person(Role.SAFEGUARDING, subject="duty")) as client:
        [line] = (await client.get("/quarantine")).json()
        assert line["owner_needed"]
        path = f"/quarantine/{line['item_id']}/rejection"
        assert (await client.post(path, json={"reason": "found and seen to"})).status_code == 204
    intake.world.clock.forward(minutes=31)
    await intake.world.tick()
    assert len(await intake.world.said(EmergencyUnplaced)) == 2


async def told_over_http(intake: Intake, **changes: Any) -> httpx.Response:
    async with intake.world.http(PORTAL) as client:
        return await client.post("/concerns", json=concern(immediate_danger=True, **changes))


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize(
    "wrong",
    [{"occurred_on": 0}, {"immediate_danger": "yes"}, {"category": "No!"}, {"mrs": "Mrs Example"}],
)
async def test_over_http_an_invalid_emergency_gets_the_route_first_and_is_handed_over(
    intake: Intake, wrong: dict[str, Any]
) -> None:
    async with intake.world.http(PORTAL) as client:
        told = {**concern(immediate_danger=True), **wrong}
        answer = await client.post("/concerns", json=told)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert next(iter(answer.json())) == "emergency_route"
    assert "999" in answer.json()["emergency_route"]
    assert "Example" not in answer.text
    [handover] = await intake.world.said(ConcernRedirected)
    assert (handover.emergency, handover.reference) == (True, answer.json()["reference"])
    assert handover.location_id == intake.locations[CARE_HOME]


@pytest.mark.requirement("L1.2i")
async def test_over_http_an_emergency_at_an_unknown_place_is_told_to_its_owner(
    intake: Intake,
) -> None:
    answer = await told_over_http(intake, location="1-299999999")
    assert (answer.status_code, answer.json()["rule"]) == (422, "door.unknown-location")
    assert "999" in answer.json()["emergency_route"]
    assert len(await intake.world.said(EmergencyUnplaced)) == 1


async def test_an_emergency_at_another_providers_home_is_seen_to_and_tells_nothing_of_it(
    intake: Intake,
) -> None:
    stranger = person(Role.REGISTERED_MANAGER, provider="1-100000099", subject="stranger")
    answers = []
    for location in (CARE_HOME, "1-299999999"):
        async with intake.world.http(stranger) as client:
            told = concern(immediate_danger=True, location=location)
            answers.append(await client.post("/concerns", json=told))
    first, second = answers
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert len(await intake.world.said(ConcernRedirected)) == 1
    assert len(await intake.world.said(EmergencyUnplaced)) == 1


async def test_who_may_not_tell_concerns_sets_nothing_off(intake: Intake) -> None:
    async with intake.world.http(person(Role.OPERATIONS)) as client:
        answer = await client.post("/concerns", json=concern(immediate_danger="yes"))
    assert answer.status_code == 403
    assert await intake.world.said(ConcernRedirected, EmergencyUnplaced) == []


async def test_what_is_no_emergency_is_refused_as_ever(intake: Intake) -> None:
    async with intake.world.http(PORTAL) as client:
        answer = await client.post("/concerns", json=concern(immediate_danger=False, category="No"))
    assert answer.status_code == 422
    assert "emergency_route" not in answer.json()
    assert await intake.world.said(ConcernRedirected, EmergencyUnplaced) == []


async def suspend(intake: Intake, agency: str) -> None:
    async with intake.world.works.begin() as work:
        at_home = frozenset(["combined"])
        await agencies.suspend_agency(work, at_home, agency, "ig", suspended=True, why="a leak")


def dangers(intake: Intake, *numbers: int) -> list[Any]:
    told = [concern(reference=f"R-{number}", immediate_danger=True) for number in numbers]
    return [intake.message("council-quality", CONCERN, one) for one in told]


@pytest.mark.requirement("L1.2i")
async def test_a_suspended_agency_is_heard_in_an_emergency_so_often_as_the_policy_says(
    intake: Intake,
) -> None:
    await suspend(intake, "council-quality")
    receipts = await intake.receive(*dangers(intake, *range(7)))
    assert [one.rule for one in receipts] == [
        *["door.suspended"] * 5,
        *["door.suspended-emergencies"] * 2,
    ]
    assert [one.reference is None for one in receipts] == [False] * 5 + [True] * 2
    assert all("999" in (one.emergency_route or "") for one in receipts)
    assert "999" in (receipts[-1].instead or "")
    assert receipts[-1].clause == "combined@2026-11 pack: suspended agencies"
    assert len(await intake.world.said(ConcernRedirected)) == 5
    async with intake.world.http(person(Role.TEAM_MANAGER)) as client:
        path = "/quarantine?rule=door.suspended-emergencies"
        waiting = (await client.get(path)).json()
    # What is beyond the limit is not lost: it waits, and one of it calls its owner.
    assert [one["owner_needed"] is None for one in waiting] == [False, True]
    assert len(await intake.world.said(EmergencyUnplaced)) == 1
    intake.world.clock.forward(hours=25)
    [later] = await intake.receive(*dangers(intake, 8))
    assert (later.rule, later.reference is None) == ("door.suspended", False)


async def test_over_http_a_suspended_agency_has_the_same_limit_and_is_told_where_to_turn(
    intake: Intake,
) -> None:
    await suspend(intake, "council-quality")
    await intake.receive(*dangers(intake, *range(5)))
    liaison = person(Role.AGENCY_LIAISON, agency="council-quality")
    asked = {"type": "information_from_provider", "location": CARE_HOME, "immediate_danger": True}
    async with intake.world.http(liaison) as client:
        answer = await client.post("/requests", json=asked)
    assert (answer.status_code, answer.json()["rule"]) == (409, "door.suspended-emergencies")
    assert next(iter(answer.json())) == "emergency_route"
    assert len(await intake.world.said(ConcernRedirected)) == 5
