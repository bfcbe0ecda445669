"""Fixtures of the tests of meetings."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.meetings.cast import Desk, all_agencies, all_members, contacts, location
from tests.stage import World


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    """Meetings, empty."""
    return await stage_for("meetings")


@pytest.fixture
async def desk(world: World) -> Desk:
    """Meetings with a location, its office holders and all agencies, before any trigger.

    All members have accepted the procedures on confidentiality.
    """
    await world.hear(location(), *all_agencies(), *contacts(), *all_members())
    return Desk(world)
