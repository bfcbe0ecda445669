"""However facts come together, notifications tells each audience the same."""

from __future__ import annotations

import random

import pytest

from shared.contracts.event import Event
from shared.contracts.words import Handling, Label
from tests.batches import alone_and_together
from tests.notifications import conftest as scenery
from tests.notifications import facts
from tests.notifications.conftest import Scene

POLICE_HELD = Handling(Label.NAMED, ("agency:police",))


@pytest.mark.parametrize("seed", range(8))
async def test_notifications_tells_the_same_however_facts_come_together(
    scene: Scene, seed: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's
    events: list[Event] = [scenery.concern(f"c{n}") for n in range(15)]
    events += [scenery.concern(f"o{n}", scenery.OTHER_HOME, handling=POLICE_HELD) for n in range(5)]
    events += [facts.acknowledged(), facts.redirected(), facts.appointed(), facts.contacted()]
    events += [
        scenery.qip_opened(),
        scenery.joined("icb"),
        scenery.joined("police"),
        scenery.agency("icb", suspended=True),
        scenery.agency("icb"),
        scenery.location(scenery.HOME, name="A new name"),
    ]
    chance.shuffle(events)
    records = [scene.world.record(event) for event in events]
    known = [
        scene.world.record(event)
        for event in (
            scenery.location(),
            scenery.location(scenery.OTHER_HOME, name="Other House"),
            *(scenery.agency(agency_id) for agency_id in scenery.AGENCIES),
            scenery.contact(scenery.MANAGER, "manager@larch.example", provider_id=scenery.PROVIDER),
            scenery.contact(scenery.CHAIR, "chair@icb.example", agency_id="icb"),
        )
    ]
    alone, together = await alone_and_together(scene.world, records, seed, before=known)
    assert alone.rows == together.rows
    assert alone.said == together.said
    assert len(alone.rows["disclosed"]) > 20
