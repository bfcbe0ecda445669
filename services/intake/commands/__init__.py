"""Intake's commands: load the register, the agencies and their people."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from services.intake.commands.loading import Loading, Shown, tell, told_why
from services.intake.commands.retention import retention
from services.intake.cqc_api.client import CqcApi
from services.intake.cqc_files.active_locations import Relationship, stream_active_locations
from services.intake.cqc_files.contacts import read_contacts
from services.intake.cqc_files.council_services import read_council_services
from services.intake.cqc_files.deactivated import read_deactivated
from services.intake.cqc_files.directory import produced_on, read_directory
from services.intake.cqc_files.latest_ratings import read_latest_ratings
from services.intake.cqc_files.records import date_in_name
from services.intake.domain.register import Source
from services.intake.handlers import agencies, fetched, register
from services.intake.handlers.agencies import Contact
from services.intake.handlers.changes import Loaded
from services.intake.handlers.imports import COUNCIL, Place, PlacesImport
from services.intake.handlers.office_holders import ContactsImport
from services.intake.handlers.ratings import RatingsImport
from services.intake.settings import IntakeSettings
from services.intake.tables import platform
from shared.contracts.agencies import load as load_agencies_file
from shared.contracts.words import OfficeHolderRole
from shared.platform.command import opened
from shared.platform.dates import london_date
from shared.platform.settings import load
from shared.platform.work import Work, Works

Partnership = Annotated[str, typer.Option(help="the partnership that the file is for")]
Dry = Annotated[bool, typer.Option("--dry-run", help="show what would change, and change nothing")]
AcceptMissing = Annotated[
    bool, typer.Option("--accept-missing", help="however much is missing, mark it as vanished")
]

ACTIVE, DIRECTORY, DEACTIVATED, RATINGS = (
    "CQC active locations",
    "CQC directory",
    "CQC deactivated locations",
    "CQC latest ratings",
)
"""The names of the sources, as facts cite them."""


def load_locations(
    file: Path,
    partnership: Partnership,
    dry_run: Dry = False,
    accept_missing: AcceptMissing = False,
) -> None:
    """Load CQC's monthly file of active locations (ODS); marks what it no longer lists."""
    with told_why():
        source = Source(ACTIVE, date_in_name(file))
    load_ = PlacesImport(partnership, source, dry_run=dry_run)
    loading = Loading(file, source, partnership, load_.loaded, dry_run=dry_run)
    found = stream_active_locations(
        file, loading.problems, listed=loading.listed, progress=loading.progress
    )
    places = (one if isinstance(one, Relationship) else register.of_cqc(one) for one in found)

    async def finish(work: Work) -> None:
        await load_.finish(
            work, complete=True, accept_missing=accept_missing, listed=loading.listed
        )

    loading.run(places, load_.take, finish)


def load_directory(
    file: Path,
    partnership: Partnership,
    dry_run: Dry = False,
    accept_missing: AcceptMissing = False,
) -> None:
    """Load CQC's weekly directory (CSV): names, providers, what is new; marks what vanished."""
    with told_why():
        source = Source(DIRECTORY, produced_on(file))
    load_ = PlacesImport(partnership, source, dry_run=dry_run)
    loading = Loading(file, source, partnership, load_.loaded, dry_run=dry_run)
    entries = read_directory(
        file, loading.problems, listed=loading.listed, progress=loading.progress
    )

    async def finish(work: Work) -> None:
        await load_.finish(
            work, complete=True, accept_missing=accept_missing, listed=loading.listed
        )

    loading.run(map(register.of_directory, entries), load_.take, finish)


def load_deactivated(file: Path, partnership: Partnership, dry_run: Dry = False) -> None:
    """Load CQC's monthly file of locations whose registration has ended (ODS)."""
    with told_why():
        source = Source(DEACTIVATED, date_in_name(file))
    load_ = PlacesImport(partnership, source, dry_run=dry_run)
    loading = Loading(file, source, partnership, load_.loaded, dry_run=dry_run)
    found = read_deactivated(file, loading.problems, progress=loading.progress)
    loading.run(map(register.of_deactivated, found), load_.take, load_.finish)


def load_ratings(
    file: Path,
    partnership: Partnership,
    dry_run: Dry = False,
    accept_missing: AcceptMissing = False,
) -> None:
    """Load CQC's monthly file of latest ratings (ODS); after the locations."""
    with told_why():
        source = Source(RATINGS, date_in_name(file))
    load_ = RatingsImport(partnership, source, dry_run=dry_run)
    loading = Loading(file, source, partnership, load_.loaded, dry_run=dry_run)
    published = read_latest_ratings(
        file, loading.problems, listed=loading.listed, progress=loading.progress
    )

    async def finish(work: Work) -> None:
        await load_.finish(work, accept_missing=accept_missing, listed=loading.listed)

    loading.run(published, load_.take, finish)


def load_services(file: Path, partnership: Partnership, dry_run: Dry = False) -> None:
    """Load the council's own list of services that are not registered with CQC (CSV)."""
    with told_why():
        found = read_council_services(file)

    async def act(works: Works) -> None:
        async with works.begin() as work:
            source = Source(COUNCIL, work.today)
            load_ = PlacesImport(partnership, source, dry_run=dry_run)
            loading = Loading(file, source, partnership, load_.loaded, dry_run=dry_run)
            loading.problems += found.problems
            places: list[Place | Relationship] = [register.of_council(s) for s in found.services]
            await load_.take(work, places)
            await load_.finish(work, complete=True, listed=found.listed)
            for service in found.services if not dry_run else ():
                if service.contact_name and service.contact_e_mail:
                    contact = Contact(
                        service.service_reference,
                        None,
                        OfficeHolderRole.REGISTERED_MANAGER,
                        service.contact_name,
                        service.contact_e_mail,
                    )
                    await agencies.register_contact(work, partnership, contact)
            loading.tell()

    _run(act)


def fetch_register(
    partnership: Partnership,
    since: Annotated[
        datetime | None, typer.Option(help="from when on, in UTC; without it since the last run")
    ] = None,
    dry_run: Dry = False,
) -> None:
    """Fetch what changed from CQC's API, instead of waiting for the monthly files."""

    async def act(works: Works) -> None:
        last = await fetched.last_run(works, partnership)
        begin = since.replace(tzinfo=UTC) if since else last
        if begin is None:
            raise typer.BadParameter("no run is on record yet: say from when on, with --since")
        async with CqcApi.of(load(IntakeSettings)) as api:
            with Shown(fetched.API) as bar:
                loaded = await fetched.fetch_changes(
                    works, api, partnership, begin, dry_run=dry_run, progress=bar.progress
                )
        typer.echo(f"what changed since {begin:%Y-%m-%d %H:%M} UTC")
        tell(loaded, dry_run=dry_run)

    with told_why():
        _run(act)


def load_agencies(file: Path) -> None:
    """Register the partner agencies of an installation (TOML)."""

    async def act(works: Works) -> None:
        async with works.begin() as work:
            for agency in load_agencies_file(file):
                changed = await agencies.register_agency(work, agency)
                typer.echo(f"{agency.id}: {'registered' if changed else 'unchanged'}")

    _run(act)


def load_contacts(file: Path, partnership: Partnership, dry_run: Dry = False) -> None:
    """Load who holds office and who works for agencies (CSV: location, agency, role, name, e-mail).

    Ends with 1 where a row was refused; the others are taken.
    """

    async def act(works: Works) -> None:
        source = Source("list of contacts", london_date(works.clock()))
        loading = Loading(file, source, partnership, Loaded(), dry_run=dry_run)
        problems = loading.problems
        load_ = ContactsImport(partnership, problems, loading.loaded, dry_run=dry_run)
        with told_why():
            rows = read_contacts(file, problems, progress=loading.progress)
            await loading.load(works, rows, load_.take, load_.finish)
        loading.tell()
        if any(problem.refused for problem in problems):
            raise typer.Exit(1)

    _run(act)


def _run(act: Callable[[Works], Awaitable[None]]) -> None:
    async def main() -> None:
        async with opened(load(IntakeSettings), platform) as works:
            await act(works)

    asyncio.run(main())


COMMANDS = (
    load_locations,
    load_directory,
    load_deactivated,
    load_ratings,
    load_services,
    fetch_register,
    load_agencies,
    load_contacts,
    retention,
)
"""Intake's own, beside those that every service has."""
