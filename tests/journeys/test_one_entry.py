"""What was told once is used everywhere by its id; nobody enters it again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from shared.contracts.assessment import TriggerMet
from shared.contracts.intake import ConcernReceived, ConfidentialityAccepted, LocationUpdated
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, concern, with_a_register
from tests.stage import World, person


@pytest.mark.requirement("WG7")
async def test_a_concern_that_was_entered_once_is_the_evidence_at_every_desk(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    intake = await with_a_register(await stage_for("intake"))
    told = concern(implicated_role="senior_manager")
    type_ = "partner.concern.raised.v1"
    (receipt,) = await intake.receive(intake.message("council-safeguarding", type_, told))
    assert receipt.status == "accepted", receipt
    (received,) = await intake.world.said(ConcernReceived)
    (place,) = [e for e in await intake.world.said(LocationUpdated) if e.reference == CARE_HOME]

    assessment = await stage_for("assessment")
    await assessment.hear(place, received)
    (met,) = await assessment.said(TriggerMet)
    meetings = await stage_for("meetings")
    chair = person(Role.INTELLIGENCE_CHAIR, Role.TEAM_MANAGER)
    async with intake.world.http(chair) as client:
        form = {"partnership": "combined", "version": "1"}
        await client.post("/confidentiality/acceptances", json=form)
    await meetings.hear(place, met, *await intake.world.said(ConfidentialityAccepted))

    async with meetings.http(chair) as client:
        (line,) = (await client.get("/considerations")).json()
        bundle = (await client.get(f"/considerations/{line['consideration_id']}")).json()
    (trigger,) = bundle["trigger_details"]
    assert trigger["evidence"] == [str(received.concern_id)]
    async with intake.world.http(person(Role.TEAM_MANAGER)) as client:
        path = f"/concerns/{trigger['evidence'][0]}"
        read = await client.get(path, headers={"Read-Reason": "the case"})
    assert read.status_code == 200, read.text
    assert read.json()["description"] == told["description"]
