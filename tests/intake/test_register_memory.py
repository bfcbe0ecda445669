"""Four times the file takes about the same memory: rows are read, taken and let go."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from benchmarks import published
from services.intake.commands.loading import Loading
from tests.intake.loads import OCTOBER, counts, load_locations, load_ratings
from tests.stage import World

CHUNK, SMALL, LARGE = 150, 600, 2_400


@pytest.fixture
async def world(
    stage_for: Callable[[str], Awaitable[World]], monkeypatch: pytest.MonkeyPatch
) -> World:
    monkeypatch.setattr("services.intake.commands.loading.CHUNK", CHUNK)
    return await stage_for("intake")


async def peak(load: Callable[[World, Path], Awaitable[Loading]], world: World, file: Path) -> int:
    """The most that a load holds, in bytes, of what Python gives out."""
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        loading = await load(world, file)
        assert counts(loading)
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


async def test_a_larger_file_of_locations_takes_no_more_memory(
    world: World, tmp_path: Path
) -> None:
    small = published.active_locations(tmp_path / "small", SMALL, SMALL, day=OCTOBER)
    large = published.active_locations(tmp_path / "large", LARGE, LARGE, day="01_November_2026")
    await load_locations(world, small)  # what is made once is made
    first = await peak(load_locations, world, small)
    assert await peak(load_locations, world, large) < 2 * first


async def test_a_larger_file_of_ratings_takes_no_more_memory(world: World, tmp_path: Path) -> None:
    places = published.active_locations(tmp_path, LARGE // 6, LARGE // 6, day=OCTOBER)
    small = published.latest_ratings(tmp_path / "small", SMALL, day=OCTOBER)
    large = published.latest_ratings(tmp_path / "large", LARGE, day="01_November_2026")
    await load_locations(world, places)
    await load_ratings(world, small)
    first = await peak(load_ratings, world, small)
    assert await peak(load_ratings, world, large) < 2 * first
