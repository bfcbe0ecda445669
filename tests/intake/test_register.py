"""Loading the register from files in CQC's shapes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path

import pytest

from deploy.demo.register import write_register
from services.intake.cqc_files.active_locations import read_active_locations
from services.intake.cqc_files.council_services import read_council_services
from services.intake.cqc_files.latest_ratings import read_latest_ratings
from services.intake.domain.register import Source
from services.intake.handlers import ratings, register
from shared.contracts.intake import CqcRatingChanged, LocationUpdated, ProviderUpdated
from shared.contracts.words import CqcRating, ServiceCategory
from tests.stage import World

BEFORE, AFTER = date(2025, 1, 2), date(2026, 11, 2)


async def load(world: World, directory: Path, as_at: date) -> dict[str, int]:
    """Load one month's files; gives the counts of all three loads."""
    files = write_register(directory, as_at)
    found = read_active_locations(files.active_locations)
    places = [register.of_cqc(location) for location in found.adult_social_care]
    services = read_council_services(files.council_services).services
    source = Source("a test", found.as_at)
    counts: dict[str, int] = {}
    async with world.works.begin() as work:
        for loaded in (
            await register.load_places(work, "combined", places, found.relationships, source),
            await register.load_places(
                work, "combined", [register.of_council(s) for s in services], (), source
            ),
            await ratings.load_ratings(
                work, "combined", read_latest_ratings(files.latest_ratings, []), source
            ),
        ):
            for what, count in loaded.counts.items():
                counts[what] = counts.get(what, 0) + count
    return counts


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def test_a_months_files_are_loaded_and_announced(world: World, tmp_path: Path) -> None:
    counts = await load(world, tmp_path, AFTER)
    assert counts["locations new"] >= 40
    locations = {event.reference: event for event in await world.said(LocationUpdated)}
    home = locations["1-200000001"]
    assert home.category is ServiceCategory.NURSING_HOME
    assert home.provider_reference == "1-100000001"
    assert any(event.very_small for event in locations.values())
    assert {e.local_authority for e in locations.values()} == {"Combined Borough"}
    ratings = [
        event.rating
        for event in await world.said(CqcRatingChanged)
        if event.location_id == locations["1-200000004"].location_id
        and event.key_question == "overall"
    ]
    assert ratings == [CqcRating.INADEQUATE]


@pytest.mark.requirement("W1.7")
async def test_services_without_cqc_registration_are_in_the_register_too(
    world: World, tmp_path: Path
) -> None:
    await load(world, tmp_path, AFTER)
    unregistered = [e for e in await world.said(LocationUpdated) if not e.cqc_registered]
    assert len(unregistered) == 4
    assert all(not event.reference.startswith("1-") for event in unregistered)


async def test_a_second_load_changes_nothing_and_says_so(world: World, tmp_path: Path) -> None:
    await load(world, tmp_path, AFTER)
    said = len(await world.said())
    counts = await load(world, tmp_path, AFTER)
    assert {what for what in counts if what.endswith((" new", " changed"))} == set()
    assert len(await world.said()) == said


async def test_a_re_registration_chains_the_providers(world: World, tmp_path: Path) -> None:
    await load(world, tmp_path / "before", BEFORE)
    before = {event.cqc_provider_id: event for event in await world.said(ProviderUpdated)}
    await load(world, tmp_path / "after", AFTER)
    chained = {
        event.cqc_provider_id: event.predecessor_ids
        for event in await world.said(ProviderUpdated)
        if event.predecessor_ids
    }
    earlier = {before["1-100000091"].provider_id, before["1-100000092"].provider_id,
               before["1-100000093"].provider_id}  # fmt: skip
    assert earlier == {id_ for ids in chained.values() for id_ in ids}
