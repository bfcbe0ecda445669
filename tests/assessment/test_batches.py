"""However facts come together, assessment finds the same in them."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.contracts.event import Event
from shared.contracts.words import Handling, ImplicatedRole, Label
from tests.assessment import told
from tests.batches import alone_and_together
from tests.stage import NOON, World

HOMES = [UUID(int=n, version=4) for n in range(3)]
HANDLINGS = [
    *[Handling()] * 6,
    Handling(Label.NAMED, ("council_safeguarding",)),
    Handling(Label.NAMED, ("council_quality", "council_safeguarding")),
]


@pytest.mark.parametrize("seed", range(6))
async def test_assessment_finds_the_same_however_facts_come_together(
    stage_for: Callable[[str], Awaitable[World]], seed: int
) -> None:
    world = await stage_for("assessment")
    chance = random.Random(seed)  # noqa: S311 - a test's
    records = [world.record(event) for event in _about_homes(chance)]
    known = [world.record(told.location(home)) for home in HOMES]
    alone, together = await alone_and_together(world, records, seed, before=known)
    assert alone.rows == together.rows
    assert alone.said == together.said
    assert any("crossing" in table and rows for table, rows in alone.rows.items())


def _about_homes(chance: random.Random) -> list[Event]:
    events: list[Event] = []
    concerns: list[UUID] = []
    for _ in range(45):
        fields: dict[str, Any] = {
            "location_id": chance.choice(HOMES),
            "handling": chance.choice(HANDLINGS),
        }
        day = NOON.date() - timedelta(days=chance.randrange(120))
        match chance.randrange(10):
            case 0 | 1 | 2:
                events.append(told.concern(**fields, occurred_on=day))
                concerns.append(events[-1].concern_id)  # type: ignore[attr-defined]  # a concern
            case 3 | 4 if concerns:
                again = chance.choice(concerns)
                events.append(told.triaged(**fields, concern_id=again, occurred_on=day))
            case 5:
                role = chance.choice(list(ImplicatedRole))
                events.append(told.concern(**fields, occurred_on=day, implicated_role=role))
            case 6:
                events.append(told.outcome(**fields, occurred_on=day))
            case 7 if concerns:
                events.append(told.withdrawn(chance.choice(concerns), **fields))
            case 8 if len(concerns) > 1:
                events.append(told.merged(*chance.sample(concerns, 2), **fields))
            case _:
                events.append(told.complaint(**fields, occurred_on=day))
    return events
