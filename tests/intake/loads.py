"""Files in CQC's shapes, loaded as the command line does it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from services.intake.commands.loading import Loading
from services.intake.cqc_files.active_locations import Relationship, stream_active_locations
from services.intake.cqc_files.contacts import read_contacts
from services.intake.cqc_files.deactivated import read_deactivated
from services.intake.cqc_files.directory import produced_on, read_directory
from services.intake.cqc_files.latest_ratings import read_latest_ratings
from services.intake.cqc_files.records import date_in_name
from services.intake.domain.register import Source
from services.intake.handlers import register
from services.intake.handlers.changes import Loaded
from services.intake.handlers.imports import PlacesImport
from services.intake.handlers.office_holders import ContactsImport
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
    found = stream_active_locations(file, loading.problems, listed=loading.listed)
    places = (one if isinstance(one, Relationship) else register.of_cqc(one) for one in found)

    async def finish(work: Work) -> None:
        await load.finish(work, complete=True, accept_missing=accept_missing, listed=loading.listed)

    await loading.load(world.works, places, load.take, finish)
    return loading


async def load_directory(
    world: World, file: Path, *, dry_run: bool = False, accept_missing: bool = False
) -> Loading:
    """Load a weekly directory."""
    source = Source("CQC directory", produced_on(file))
    load = PlacesImport("combined", source, dry_run=dry_run)
    loading = Loading(file, source, "combined", load.loaded, dry_run=dry_run)
    entries = read_directory(file, loading.problems, listed=loading.listed)

    async def finish(work: Work) -> None:
        await load.finish(work, complete=True, accept_missing=accept_missing, listed=loading.listed)

    await loading.load(world.works, map(register.of_directory, entries), load.take, finish)
    return loading


async def load_deactivated(world: World, file: Path, *, dry_run: bool = False) -> Loading:
    """Load a file of locations whose registration has ended."""
    source = Source("CQC deactivated locations", date_in_name(file))
    load = PlacesImport("combined", source, dry_run=dry_run)
    loading = Loading(file, source, "combined", load.loaded, dry_run=dry_run)
    found = map(register.of_deactivated, read_deactivated(file, loading.problems))
    await loading.load(world.works, found, load.take, load.finish)
    return loading


async def load_contacts(world: World, file: Path, *, dry_run: bool = False) -> Loading:
    """Load a list of contacts."""
    loading = Loading(file, Source("contacts", NOVEMBER_DAY), "combined", Loaded(), dry_run=dry_run)
    problems = loading.problems
    load = ContactsImport("combined", problems, loading.loaded, dry_run=dry_run)
    await loading.load(world.works, read_contacts(file, problems), load.take, load.finish)
    return loading


async def load_ratings(world: World, file: Path, *, dry_run: bool = False) -> Loading:
    """Load a file of ratings."""
    source = Source("CQC latest ratings", date_in_name(file))
    load = RatingsImport("combined", source, dry_run=dry_run)
    loading = Loading(file, source, "combined", load.loaded, dry_run=dry_run)
    rows = read_latest_ratings(file, loading.problems, listed=loading.listed)

    async def finish(work: Work) -> None:
        await load.finish(work, listed=loading.listed)

    await loading.load(world.works, rows, load.take, finish)
    return loading


def counts(loading: Loading) -> dict[str, int]:
    """What a load counted."""
    loaded: Loaded = loading.loaded
    return loaded.counts
