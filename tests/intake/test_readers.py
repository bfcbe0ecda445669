"""Who may know what lies at intake's desk: NAMED concerns and handovers are for their holders."""

from __future__ import annotations

from typing import Any

import pytest

from services.intake.domain import readers
from services.intake.domain.concerns import ConcernState
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.intake.test_routes import PORTAL, tell
from tests.stage import person

PRACTITIONER = person(Role.PRACTITIONER, subject="p")
CONTRACTS = person(Role.CONTRACTS_OFFICER, subject="c")
SAFEGUARDING = person(Role.SAFEGUARDING, subject="s")
TEAM_MANAGER = person(Role.TEAM_MANAGER, subject="t")
RESTRICTED: dict[str, dict[str, Any]] = {
    "a leader is implicated": {"implicated_role": "senior_manager"},
    "the service is very small": {"location": SMALL_HOME},
}
CONCERN = "partner.concern.raised.v1"
TRIAGE = {
    "decision": "care_concern",
    "care_and_support_needs": "yes",
    "abuse_or_neglect": "no",
    "cannot_protect_themselves": "unknown",
    "reason": "It fell short, and nobody was harmed.",
}
WHY = {"Read-Reason": "to triage it"}


async def concern_ids(intake: Intake, who: Any, state: str = "received") -> list[str]:
    async with intake.world.http(who) as client:
        answer = await client.get("/concerns", params={"state": state})
    assert answer.status_code == 200
    return [line["concern_id"] for line in answer.json()]


async def restricted(intake: Intake, case: str) -> str:
    """A restricted concern; gives its id."""
    if case == "the police told it":
        await intake.receive(intake.message("police", CONCERN, concern()))
    else:
        await tell(intake, **RESTRICTED[case])
    (found,) = await concern_ids(intake, PRACTITIONER)
    return found


@pytest.mark.requirement("L1.2c", "L4.11")
@pytest.mark.parametrize("case", [*RESTRICTED, "the police told it"])
async def test_a_restricted_concern_is_there_for_its_holders_and_for_nobody_else(
    intake: Intake, case: str
) -> None:
    concern_id = await restricted(intake, case)
    assert await concern_ids(intake, SAFEGUARDING) == [concern_id]
    assert await concern_ids(intake, CONTRACTS) == []
    async with intake.world.http(CONTRACTS) as client:
        hidden = await client.get(f"/concerns/{concern_id}", headers=WHY)
        missing = await client.get(f"/concerns/{intake.locations[CARE_HOME]}", headers=WHY)
        triaged = await client.post(f"/concerns/{concern_id}/triage", json=TRIAGE)
    assert (hidden.status_code, hidden.content) == (404, missing.content)
    assert triaged.status_code == 404
    async with intake.world.http(PRACTITIONER) as client:
        assert (await client.get(f"/concerns/{concern_id}", headers=WHY)).status_code == 200
        assert (await client.post(f"/concerns/{concern_id}/triage", json=TRIAGE)).json() == {
            "state": "triaged"
        }


@pytest.mark.parametrize("case", RESTRICTED)
async def test_the_status_of_a_restricted_concern_is_for_who_told_it_and_its_holders(
    intake: Intake, case: str
) -> None:
    reference = (await tell(intake, **RESTRICTED[case])).json()["reference"]
    for who, status in ((PORTAL, 200), (PRACTITIONER, 200), (CONTRACTS, 404)):
        async with intake.world.http(who) as client:
            answer = await client.get(f"/concerns/status/{reference}", headers=WHY)
        assert answer.status_code == status


@pytest.mark.requirement("L1.2c")
async def test_whose_office_is_implicated_does_not_learn_what_became_of_it(intake: Intake) -> None:
    reference = (await tell(intake, implicated_role="registered_manager")).json()["reference"]
    for role, status in ((Role.REGISTERED_MANAGER, 404), (Role.NOMINATED_INDIVIDUAL, 200)):
        async with intake.world.http(person(role, provider="1-100000001")) as client:
            assert (await client.get(f"/concerns/status/{reference}")).status_code == status


@pytest.mark.parametrize("who", [PRACTITIONER, CONTRACTS, TEAM_MANAGER])
async def test_handovers_are_for_safeguarding_alone(intake: Intake, who: Any) -> None:
    await tell(intake, immediate_danger=True)
    async with intake.world.http(who) as client:
        assert (await client.get("/handovers")).status_code == 403
    assert await concern_ids(intake, who, "redirected") == []
    assert len(await concern_ids(intake, SAFEGUARDING, "redirected")) == 1


async def test_that_a_handover_was_acknowledged_is_known_to_safeguarding_alone(
    intake: Intake,
) -> None:
    await tell(intake, significant_harm=True)
    (concern_id,) = await concern_ids(intake, SAFEGUARDING, "redirected")
    async with intake.world.http(SAFEGUARDING) as client:
        assert (await client.post(f"/handovers/{concern_id}/acknowledgement")).status_code == 204
    assert await concern_ids(intake, SAFEGUARDING, "acknowledged") == [concern_id]
    assert await concern_ids(intake, PRACTITIONER, "acknowledged") == []
    assert await concern_ids(intake, PRACTITIONER, "redirected") == [concern_id]
    async with intake.world.http(PRACTITIONER) as client:
        sheet = (await client.get("/concerns.csv", params={"state": "any"})).text
    assert ',"redirected",' in sheet
    assert "acknowledged" not in sheet


@pytest.mark.parametrize("state", ConcernState)
def test_every_state_is_shown_to_everybody_as_one_state(state: ConcernState) -> None:
    for held in ({"council_safeguarding"}, {"council_quality"}):
        shown = readers.shown_state(state, held)
        assert state in readers.states_shown_as(shown, held)
