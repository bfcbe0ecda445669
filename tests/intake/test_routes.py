"""Intake's HTTP door."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest

from shared.contracts.intake import (
    ConcernAcknowledged,
    ConcernReceived,
    ConcernRedirected,
    ConcernTriaged,
    HandoverAcknowledged,
    IntakeRequestRefused,
)
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import person

PORTAL = person(Role.PORTAL, subject="portal")
PRACTITIONER = person(Role.PRACTITIONER, subject="practitioner")
SAFEGUARDING = person(Role.SAFEGUARDING, subject="safeguarding")
WIRRAL = person(Role.TEAM_MANAGER, partnerships=["wirral"])


async def tell(intake: Intake, who: Any = PORTAL, **changes: Any) -> httpx.Response:
    async with intake.world.http(who) as client:
        return await client.post("/concerns", json=concern(**changes))


async def told(intake: Intake, **changes: Any) -> UUID:
    """A concern that the portal has told; gives its id."""
    await tell(intake, **changes)
    # What is about danger is safeguarding's alone from the first.
    async with intake.world.http(SAFEGUARDING if changes else PRACTITIONER) as client:
        state = "redirected" if changes else "received"
        (line,) = (await client.get("/concerns", params={"state": state})).json()
    return UUID(line["concern_id"])


async def test_a_provider_tells_a_concern_and_its_manager_is_sent_the_reference(
    intake: Intake,
) -> None:
    answer = await tell(intake)
    assert answer.status_code == 201
    (received,) = await intake.world.said(ConcernReceived)
    assert received.reported_by_provider
    (acknowledged,) = await intake.world.said(ConcernAcknowledged)
    assert acknowledged.reference == answer.json()["reference"]
    assert acknowledged.handling.holders == (f"person:{acknowledged.reporter_ref}",)


@pytest.mark.requirement("WS2")
@pytest.mark.parametrize(("rule", "field"), [("WCC1c", "action_taken"), ("WCC2", "measures")])
async def test_what_is_refused_names_pack_version_and_clause(
    intake: Intake, rule: str, field: str
) -> None:
    answer = await tell(intake, **{field: " "})
    assert answer.json()["clause"] == f"combined@2026-11 {rule}"
    (said,) = await intake.world.said(IntakeRequestRefused)
    assert (said.partnership, said.clause) == ("combined", answer.json()["clause"])


@pytest.mark.requirement("WCC2")
async def test_the_same_reference_from_the_portal_gives_the_same_concern(intake: Intake) -> None:
    first, second = await tell(intake), await tell(intake)
    assert first.json()["reference"] == second.json()["reference"]
    assert [first.json()["duplicate"], second.json()["duplicate"]] == [False, True]
    assert len(await intake.world.said(ConcernReceived)) == 1


@pytest.mark.requirement("WCC1c")
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"action_taken": ""}, "action_taken"),
        ({"action_taken": "none"}, "action_none_reason"),
    ],
)
async def test_the_action_already_taken_is_required(
    intake: Intake, changes: dict[str, str], field: str
) -> None:
    answer = await tell(intake, **changes)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["field"] == field
    (refused,) = await intake.world.said(IntakeRequestRefused)
    assert refused.rule == "WCC1c"


@pytest.mark.requirement("L1.2i")
async def test_an_emergency_gets_the_emergency_route_first_in_the_same_reply(
    intake: Intake,
) -> None:
    answer = await tell(intake, immediate_danger=True)
    assert next(iter(answer.json())) == "emergency_route"
    assert "999" in answer.json()["emergency_route"]
    assert len(await intake.world.said(ConcernRedirected)) == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{broken", 422),
        (b'{"location": "\xff"}', 400),
        (b"[]", 422),
        (b"x" * 1_100_000, 413),
    ],
)
async def test_a_body_that_cannot_be_read_is_a_problem_and_not_a_crash(
    intake: Intake, body: bytes, status: int
) -> None:
    async with intake.world.http(PORTAL) as client:
        answer = await client.post(
            "/concerns", content=body, headers={"content-type": "application/json"}
        )
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_field_that_does_not_fit_is_named_and_its_value_is_never_repeated(
    intake: Intake,
) -> None:
    answer = await tell(
        intake, occurred_on="Mrs Example", category="MRS EXAMPLE", mrs_example="Mrs Example"
    )
    assert answer.status_code == 422
    assert {item["field"] for item in answer.json()["fields"]} == {
        "body.occurred_on",
        "body.category",
        "body.(unknown field)",
    }
    assert "example" not in answer.text.lower()


async def test_a_provider_cannot_tell_for_another_provider(intake: Intake) -> None:
    stranger = person(Role.REGISTERED_MANAGER, provider="1-100000099")
    answer = await tell(intake, stranger)
    assert (answer.status_code, answer.json()["field"]) == (422, "location")


async def test_nobody_enters_without_a_token_and_nobody_without_the_role(intake: Intake) -> None:
    async with intake.world.http() as client:
        assert (await client.post("/concerns", json=concern())).status_code == 401
        assert (await client.get("/health/live")).status_code == 200
    operations = person(Role.OPERATIONS)
    assert (await tell(intake, operations)).status_code == 403


@pytest.mark.requirement("WCC1a", "WCC1b")
async def test_what_may_meet_the_safeguarding_threshold_cannot_end_as_a_care_concern(
    intake: Intake,
) -> None:
    concern_id = await told(intake)
    limbs = {
        "care_and_support_needs": "yes",
        "abuse_or_neglect": "unknown",
        "cannot_protect_themselves": "yes",
        "reason": "It may meet the threshold.",
    }
    async with intake.world.http(PRACTITIONER) as client:
        path = f"/concerns/{concern_id}/triage"
        refused = await client.post(path, json={"decision": "care_concern", **limbs})
        redirected = await client.post(path, json={"decision": "safeguarding", **limbs})
    assert (refused.status_code, refused.json()["rule"]) == (422, "WCC1a")
    assert redirected.json() == {"state": "redirected"}
    assert len(await intake.world.said(ConcernRedirected)) == 1


@pytest.mark.requirement("WCC1a")
async def test_significant_harm_is_handed_over_at_once_and_the_teller_told_where_to_report(
    intake: Intake,
) -> None:
    answer = await tell(intake, significant_harm=True)
    assert "safeguarding duty desk" in answer.json()["safeguarding_route"]
    (handover,) = await intake.world.said(ConcernRedirected)
    assert not handover.emergency


async def test_a_triaged_concern_is_announced_once(intake: Intake) -> None:
    concern_id = await told(intake)
    form = {
        "decision": "care_concern",
        "care_and_support_needs": "yes",
        "abuse_or_neglect": "no",
        "cannot_protect_themselves": "unknown",
        "reason": "It fell short, and nobody was harmed.",
    }
    async with intake.world.http(PRACTITIONER) as client:
        for _ in range(2):
            answer = await client.post(f"/concerns/{concern_id}/triage", json=form)
            assert answer.json() == {"state": "triaged"}
    assert len(await intake.world.said(ConcernTriaged)) == 1


async def test_safeguarding_acknowledges_a_handover_over_http(intake: Intake) -> None:
    concern_id = await told(intake, immediate_danger=True)
    async with intake.world.http(SAFEGUARDING) as client:
        (line,) = (await client.get("/handovers")).json()
        assert line["due_clause"] == "combined@2026-11 WCC1b"
        assert line["emergency"]
        answer = await client.post(f"/handovers/{concern_id}/acknowledgement")
        assert answer.status_code == 204
        assert (await client.get("/handovers")).json() == []
    assert len(await intake.world.said(HandoverAcknowledged)) == 1


async def test_nobody_reads_across_partnerships(intake: Intake) -> None:
    concern_id = await told(intake)
    async with intake.world.http(WIRRAL) as client:
        assert (await client.get("/concerns")).json() == []
        assert (await client.get(f"/concerns/{concern_id}")).status_code == 404
        location = intake.locations[CARE_HOME]
        assert (await client.get(f"/locations/{location}")).status_code == 404
        assert (await client.get("/locations")).json() == []
    assert (await tell(intake, person(Role.PORTAL, partnerships=["wirral"]))).status_code == 422


async def test_a_narrative_is_read_on_the_record(intake: Intake) -> None:
    concern_id = await told(intake)
    async with intake.world.http(PRACTITIONER) as client:
        view = (await client.get(f"/concerns/{concern_id}")).json()
    assert view["description"].startswith("A dose")
    assert await intake.world.audited() == [("practitioner", "concern.read", str(concern_id))]


async def test_a_provider_sees_the_state_of_its_own_concern_only(intake: Intake) -> None:
    reference = (await tell(intake)).json()["reference"]
    mine = person(Role.REGISTERED_MANAGER, provider="1-100000001")
    other = person(Role.REGISTERED_MANAGER, provider="1-100000099")
    async with intake.world.http(mine) as client:
        answer = await client.get(f"/concerns/status/{reference}")
        assert answer.json() == {
            "reference": reference,
            "state": "received",
            "answer": None,
            "safeguarding_route": None,
            "corrections": [],
        }
    async with intake.world.http(other) as client:
        assert (await client.get(f"/concerns/status/{reference}")).status_code == 404


@pytest.mark.requirement("WS1")
async def test_a_location_shows_the_source_and_date_of_its_facts(intake: Intake) -> None:
    async with intake.world.http(PRACTITIONER) as client:
        view = (await client.get(f"/locations/{intake.locations[CARE_HOME]}")).json()
    assert (view["source"], view["source_date"]) == ("a test", "2026-11-01")
    assert view["cqc_registered"] is True
    assert view["commissioned"] is False


async def test_refused_messages_are_read_with_content_by_those_who_triage_only(
    intake: Intake,
) -> None:
    await intake.receive(intake.message("council-quality", "partner.concern.raised.v1", b"{bad"))
    async with intake.world.http(PRACTITIONER) as client:
        (line,) = (await client.get("/quarantine")).json()
        assert "content" not in line
        item = (await client.get(f"/quarantine/{line['item_id']}")).json()
        assert item["content"] == "{bad"
    async with intake.world.http(person(Role.OPERATIONS, Role.ADMIN)) as client:
        assert (await client.get("/quarantine")).status_code == 403


async def test_a_suspension_needs_a_reason_and_is_on_record(intake: Intake) -> None:
    governance = person(Role.INFORMATION_GOVERNANCE, subject="ig")
    async with intake.world.http(governance) as client:
        path = "/agencies/police/suspension"
        assert (await client.put(path, json={"suspended": True})).status_code == 422
        answer = await client.put(path, json={"suspended": True, "why": "lost laptop"})
        assert answer.status_code == 204
        unknown = await client.put(
            "/agencies/nobody/suspension", json={"suspended": True, "why": "lost laptop"}
        )
        assert unknown.status_code == 404
    assert ("ig", "agency.suspended", "police") in await intake.world.audited()
