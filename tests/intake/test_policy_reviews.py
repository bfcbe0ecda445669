"""A policy pack in use is reminded of when its review is due."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.intake.handlers import policy_reviews
from shared.contracts.intake import PolicyReviewDue
from shared.platform.policy import Pack, Policies
from tests.intake.conftest import Intake


@pytest.mark.requirement("WR2", "WR3")
async def test_a_review_that_is_due_is_said_every_month_until_another_pack_is_in_force(
    intake: Intake,
) -> None:
    world = intake.world
    for _ in range(2):
        await policy_reviews.await_reviews(world.works)
    assert await world.tick() == 0
    world.clock.now = datetime(2027, 11, 1, 0, 30, tzinfo=UTC)
    assert (
        world.runtime.policy_warnings()[0] == "combined@2026-11: review overdue since November 2027"
    )
    assert await world.tick() == 1
    await policy_reviews.await_reviews(world.works)
    assert await world.tick() == 0
    (said,) = await world.said(PolicyReviewDue)  # of the packs that nobody uses here: nothing
    assert (said.pack, said.review_on) == ("combined@2026-11", date(2027, 11, 1))
    world.clock.now = datetime(2027, 12, 1, 0, 30, tzinfo=UTC)
    assert await world.tick() == 1
    head = {"partnership": "combined", "version": "2027-12", "effective_from": date(2027, 12, 2)}
    world.works.policies = Policies([Pack({"pack": head})])
    world.clock.now = datetime(2028, 1, 1, 0, 30, tzinfo=UTC)
    assert await world.tick() == 1
    assert len(await world.said(PolicyReviewDue)) == 2
