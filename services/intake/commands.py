"""Intake's commands: load the register, the agencies and their people."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from services.intake.cqc_files.active_locations import read_active_locations
from services.intake.cqc_files.council_services import read_council_services
from services.intake.cqc_files.latest_ratings import read_latest_ratings
from services.intake.cqc_files.problems import FileRefused, RowProblem
from services.intake.cqc_files.records import date_in_name
from services.intake.domain.register import Source
from services.intake.handlers import agencies, ratings, register
from services.intake.handlers.agencies import Contact
from services.intake.settings import IntakeSettings
from services.intake.tables import platform
from shared.contracts.agencies import load as load_agencies_file
from shared.contracts.words import OfficeHolderRole
from shared.platform.command import opened
from shared.platform.settings import load
from shared.platform.work import Work

Partnership = Annotated[str, typer.Option(help="the partnership that the file is for")]


def load_locations(file: Path, partnership: Partnership) -> None:
    """Load CQC's monthly file of active locations (ODS)."""
    with _told_why():
        found = read_active_locations(file)
    source = Source("CQC active locations", found.as_at)
    places = [register.of_cqc(location) for location in found.adult_social_care]

    async def act(work: Work) -> None:
        loaded = await register.load_places(work, partnership, places, found.relationships, source)
        _tell(loaded, found.problems)

    _run(act)


def load_ratings(file: Path, partnership: Partnership) -> None:
    """Load CQC's monthly file of latest ratings (ODS); after the locations."""
    problems: list[RowProblem] = []
    with _told_why():
        source = Source("CQC latest ratings", date_in_name(file))

    async def act(work: Work) -> None:
        published = read_latest_ratings(file, problems)
        with _told_why():  # it reads while it loads
            loaded = await ratings.load_ratings(work, partnership, published, source)
        _tell(loaded, problems)

    _run(act)


def load_services(file: Path, partnership: Partnership) -> None:
    """Load the council's own list of services that are not registered with CQC (CSV)."""
    with _told_why():
        found = read_council_services(file)

    async def act(work: Work) -> None:
        source = Source("council list of services", work.today)
        places = [register.of_council(service) for service in found.services]
        loaded = await register.load_places(work, partnership, places, (), source)
        for service in found.services:
            if service.contact_name and service.contact_e_mail:
                contact = Contact(
                    service.service_reference,
                    None,
                    OfficeHolderRole.REGISTERED_MANAGER,
                    service.contact_name,
                    service.contact_e_mail,
                )
                await agencies.register_contact(work, partnership, contact)
        _tell(loaded, found.problems)

    _run(act)


def load_agencies(file: Path) -> None:
    """Register the partner agencies of an installation (TOML)."""

    async def act(work: Work) -> None:
        for agency in load_agencies_file(file):
            changed = await agencies.register_agency(work, agency)
            typer.echo(f"{agency.id}: {'registered' if changed else 'unchanged'}")

    _run(act)


def load_contacts(file: Path, partnership: Partnership) -> None:
    """Load office holders (CSV: location, agency, role, name, e-mail)."""

    async def act(work: Work) -> None:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            for row in csv.DictReader(lines):
                contact = Contact(
                    row["location"] or None,
                    row["agency"] or None,
                    OfficeHolderRole(row["role"]) if row["role"] else None,
                    row["name"],
                    row["e-mail"],
                )
                await agencies.register_contact(work, partnership, contact)

    _run(act)


@contextmanager
def _told_why() -> Iterator[None]:
    """A file that cannot be used is told of by its rule; nothing of what stands in it."""
    try:
        yield
    except FileRefused as refused:
        typer.echo(str(refused), err=True)
        raise typer.Exit(1) from None


def _tell(loaded: register.Loaded, problems: list[RowProblem] | tuple[RowProblem, ...]) -> None:
    for what, count in sorted(loaded.counts.items()):
        typer.echo(f"{what}: {count}")
    for problem in problems:
        typer.echo(f"{problem.sheet}, row {problem.row_number}, {problem.column}: {problem.reason}")


def _run(act: Callable[[Work], Awaitable[None]]) -> None:
    async def main() -> None:
        async with opened(load(IntakeSettings), platform) as works, works.begin() as work:
            await act(work)

    asyncio.run(main())


COMMANDS = (load_locations, load_ratings, load_services, load_agencies, load_contacts)
"""Intake's own, beside those that every service has."""
