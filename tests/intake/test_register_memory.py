"""Four times the file takes about the same memory: rows are read, taken and let go."""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from benchmarks import published
from services.intake.commands.loading import Loading
from tests.intake.loads import counts, load_locations, load_ratings
from tests.stage import World

CHUNK, SMALL, LARGE = 200, 600, 2_400

Load = Callable[[World, Path], Awaitable[Loading]]


@pytest.fixture
def empty(
    stage_for: Callable[[str], Awaitable[World]], monkeypatch: pytest.MonkeyPatch
) -> Callable[[], Awaitable[World]]:
    """Makes an empty register."""
    monkeypatch.setattr("services.intake.commands.loading.CHUNK", CHUNK)
    return lambda: stage_for("intake")


async def peak(load: Load, world: World, file: Path) -> int:
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
    empty: Callable[[], Awaitable[World]], tmp_path: Path
) -> None:
    small = published.active_locations(tmp_path / "small", SMALL, SMALL)
    large = published.active_locations(tmp_path / "large", LARGE, LARGE)
    await load_locations(await empty(), small)  # what is made once is made
    first = await peak(load_locations, await empty(), small)
    assert await peak(load_locations, await empty(), large) < 2 * first


async def test_a_larger_file_of_ratings_takes_no_more_memory(
    empty: Callable[[], Awaitable[World]], tmp_path: Path
) -> None:
    places = published.active_locations(tmp_path, LARGE // 6, LARGE // 6)
    small = published.latest_ratings(tmp_path / "small", SMALL)
    large = published.latest_ratings(tmp_path / "large", LARGE)
    peaks = []
    for file in (small, small, large):  # at the first time more is made than the load needs
        world = await empty()
        await load_locations(world, places)
        peaks.append(await peak(load_ratings, world, file))
    assert peaks[2] < 2 * peaks[1]
