"""Files in CQC's shapes, loaded as the command line does it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from services.intake.commands.loading import Loading
from services.intake.cqc_files.active_locations import Relationship, stream_active_locations
from services.intake.cqc_files.latest_ratings import read_latest_ratings
from services.intake.cqc_files.records import date_in_name
from services.intake.domain.register import Source
from services.intake.handlers import register
from services.intake.handlers.changes import Loaded
from services.intake.handlers.imports import PlacesImport
from services.intake.handlers.ratings import RatingsImport
from shared.platform.work import Work
from tests.stage import World

OCTOBER, NOVEMBER, DECEMBER = "01_October_2026", "01_November_2026", "01_December_2026"
OCTOBER_DAY, NOVEMBER_DAY = date(2026, 10, 1), date(2026, 11, 1)


async def load_locations(
    world: World, file: Path, *, dry_run: bool = False, accept_missing: bool = False
) -> Loading:
    """Load a file of active locations; what it told is in `loading`."""
    source = Source("CQC active locations", date_in_name(file))
    load = PlacesImport("combined", source, dry_run=dry_run)
    loading = Loading(file, source, "combined", load.loaded, dry_run=dry_run)
    found = stream_active_locations(file, loading.problems)
    places = (one if isinstance(one, Relationship) else register.of_cqc(one) for one in found)

    async def finish(work: Work) -> None:
        await load.finish(work, complete=True, accept_missing=accept_missing)

    await loading.load(world.works, places, load.take, finish)
    return loading


async def load_ratings(world: World, file: Path, *, dry_run: bool = False) -> Loading:
    """Load a file of ratings."""
    source = Source("CQC latest ratings", date_in_name(file))
    load = RatingsImport("combined", source, dry_run=dry_run)
    loading = Loading(file, source, "combined", load.loaded, dry_run=dry_run)
    rows = read_latest_ratings(file, loading.problems)
    await loading.load(world.works, rows, load.take, load.finish)
    return loading


def counts(loading: Loading) -> dict[str, int]:
    """What a load counted."""
    loaded: Loaded = loading.loaded
    return loaded.counts
