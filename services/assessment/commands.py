"""Assessment's command: compute all crossings again."""

from __future__ import annotations

import asyncio

import typer

from services.assessment.handlers.recomputation import recompute as differences_of
from services.assessment.settings import AssessmentSettings
from services.assessment.tables import platform
from shared.platform.database import Database
from shared.platform.policy import Policies
from shared.platform.settings import load
from shared.platform.work import Works


def add_to(app: typer.Typer) -> None:
    """Add assessment's own commands to those that every service has."""
    app.command()(recompute)


def recompute() -> None:
    """Compute all crossings again from the facts and tell every difference; 1 if there is one."""
    locations, differing = asyncio.run(_recompute())
    typer.echo(f"{locations} locations computed, {differing} differences")
    if differing:
        raise typer.Exit(1)


async def _recompute() -> tuple[int, int]:
    settings = load(AssessmentSettings)
    database = Database(settings)
    works = Works(database, platform, Policies.load(settings.policy_directory))
    locations = differing = 0
    try:
        for partnership in works.policies.partnerships:
            async for location_id, found in differences_of(works, partnership):
                locations += 1
                differing += len(found)
                for each in found:
                    typer.echo(
                        f"{location_id} {each.place.rule}: "
                        f"kept {each.kept or 'nothing'}, expected {each.expected or 'nothing'}"
                    )
    finally:
        await database.close()
    return locations, differing
