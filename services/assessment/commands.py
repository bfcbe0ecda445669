"""Assessment's command: compute all crossings again."""

from __future__ import annotations

import asyncio

import typer

from services.assessment.handlers.recomputation import recompute as differences_of
from services.assessment.settings import AssessmentSettings
from services.assessment.tables import platform
from shared.platform.command import opened
from shared.platform.settings import load


def recompute() -> None:
    """Compute all crossings again from the facts and tell every difference; 1 if there is one."""
    locations, differing = asyncio.run(_recompute())
    typer.echo(f"{locations} locations computed, {differing} differences")
    if differing:
        raise typer.Exit(1)


async def _recompute() -> tuple[int, int]:
    locations = differing = 0
    async with opened(load(AssessmentSettings), platform) as works:
        for partnership in works.policies.partnerships:
            async for location_id, found in differences_of(works, partnership):
                locations += 1
                differing += len(found)
                for each in found:
                    typer.echo(
                        f"{location_id} {each.place.rule}: "
                        f"kept {each.kept or 'nothing'}, expected {each.expected or 'nothing'}"
                    )
    return locations, differing


COMMANDS = (recompute,)
"""Assessment's own, beside those that every service has."""
