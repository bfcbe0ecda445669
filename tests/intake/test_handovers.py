"""What safeguarding does not acknowledge: told to them again, and then to who rings them."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.intake import ConcernRedirected, HandoverUnanswered
from shared.contracts.words import Role
from tests.intake.conftest import Intake, concern
from tests.stage import person

SAFEGUARDING = person(Role.SAFEGUARDING, subject="duty")


async def wait(intake: Intake, times: int) -> None:
    for _ in range(times):
        intake.world.clock.forward(minutes=31)
        await intake.world.tick()


async def line(intake: Intake, state: str = "open") -> Any:
    async with intake.world.http(SAFEGUARDING) as client:
        [found] = (await client.get("/handovers", params={"state": state})).json()
    return found


@pytest.mark.requirement("WCC1b", "L1.2i")
@pytest.mark.parametrize("emergency", [False, True])
async def test_where_safeguarding_does_not_answer_somebody_else_is_told_until_they_do(
    intake: Intake, emergency: bool
) -> None:
    data = concern(significant_harm=True, immediate_danger=emergency)
    [receipt] = await intake.receive(intake.message("csu", "partner.concern.raised.v1", data))
    await wait(intake, 2)
    assert await intake.world.said(HandoverUnanswered) == []
    assert (await line(intake))["owner_needed"] is None
    await wait(intake, 5)
    told = await intake.world.said(HandoverUnanswered)
    assert [(one.escalation, one.emergency) for one in told] == [(3, emergency), (6, emergency)]
    assert {one.reference for one in told} == {receipt.reference}
    assert {one.clause for one in told} == {"combined@2026-11 WCC1b"}
    # By reference to the team of the door, who rings; what it is about stays safeguarding's.
    assert {one.handling.holders for one in told} == {("council_quality",)}
    assert not {"location_id", "category"} & HandoverUnanswered.model_fields.keys()
    assert len(await intake.world.said(ConcernRedirected)) == 8
    assert (await line(intake))["owner_needed"]


async def test_what_safeguarding_has_acknowledged_needs_nobody_else(intake: Intake) -> None:
    data = concern(significant_harm=True)
    await intake.receive(intake.message("csu", "partner.concern.raised.v1", data))
    await wait(intake, 3)
    async with intake.world.http(SAFEGUARDING) as client:
        concern_id = (await client.get("/handovers")).json()[0]["concern_id"]
        await client.post(f"/handovers/{concern_id}/acknowledgement")
    await wait(intake, 6)
    assert len(await intake.world.said(HandoverUnanswered)) == 1
    assert (await line(intake, "acknowledged"))["owner_needed"] is None
