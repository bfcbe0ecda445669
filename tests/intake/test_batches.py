"""However messages come together, intake answers each of them the same."""

from __future__ import annotations

import random
from typing import Any

import pytest

from tests.batches import alone_and_together
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern

REGISTER = (
    "agency",
    "agency_function",
    "agency_succession",
    "agreement",
    "contact",
    "location",
    "past_fact",
    "provider",
    "rating",
    "register_import",
    "succession",
)


@pytest.mark.parametrize("seed", range(8))
async def test_intake_answers_the_same_however_messages_come_together(
    intake: Intake, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    records = []
    for _ in range(40):
        changes: dict[str, Any] = {
            "reference": f"R-{chance.randrange(12)}",
            "location": chance.choice([CARE_HOME, SMALL_HOME, "1-999999999"]),
            "significant_harm": chance.random() < 0.2,
            "immediate_danger": chance.random() < 0.1,
        }
        if chance.random() < 0.1:
            changes["category"] = "no such category"
        message = intake.message(
            chance.choice(["council-quality", "police"]),
            "partner.concern.raised.v1" if chance.random() < 0.95 else "partner.unknown.v1",
            concern(**changes),
            id=f"m-{chance.randrange(30)}",
        )
        records.append(message)
    alone, together = await alone_and_together(
        intake.world, records, seed, register=REGISTER, consumer=1
    )
    assert alone.rows == together.rows
    assert alone.said == together.said
    assert len(alone.rows["concern"]) > 3
    assert len(alone.rows["quarantine"]) > 3
