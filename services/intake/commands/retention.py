"""The retention run: shows what would go and why, and erases only when told to."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Annotated
from uuid import UUID

import typer

from services.intake.domain.retention import Expired, RecordClass, Verdict
from services.intake.handlers import retention as handlers
from services.intake.settings import IntakeSettings
from services.intake.tables import platform
from shared.contracts.words import Refused
from shared.platform.command import opened
from shared.platform.commands_aside import Token, operator_of, read_token
from shared.platform.problems import Problem
from shared.platform.security import Identity
from shared.platform.settings import load
from shared.platform.work import Works


def retention(
    partnership: Annotated[str, typer.Option(help="the partnership whose records")],
    token: Token,
    erase: Annotated[
        UUID | None, typer.Option("--erase", help="the approved run by which to erase what goes")
    ] = None,
) -> None:
    """Show which records' time is over and what becomes of each; with --erase, erase them."""
    signed, settings = read_token(token), load(IntakeSettings)

    async def act() -> None:
        async with opened(settings, platform) as works:
            try:
                await run(works, await operator_of(works, Identity(settings), signed))
            except Refused as refused:
                typer.echo(f"{refused.refusal.sentence} {refused.refusal.instead}", err=True)
                raise typer.Exit(1) from None
            except Problem as problem:
                typer.echo(problem.detail, err=True)
                raise typer.Exit(1) from None

    async def run(works: Works, who: str) -> None:
        counts: Counter[tuple[RecordClass, str]] = Counter()
        if erase is not None:
            async for one in handlers.erase(works, partnership, erase, who):
                counts[one.record_class, "erased"] += 1
        else:
            async for one in handlers.expired(works, partnership):
                typer.echo(_line(one))
                counts[one.record_class, one.verdict.value] += 1
        for (of, what), count in sorted(counts.items()):
            typer.echo(f"{of.value}: {count} {what}")
        if erase is None and any(what == Verdict.GOES.value for _, what in counts):
            typer.echo("nothing was erased: ask for a run, have it approved, then --erase RUN")

    asyncio.run(act())


def _line(one: Expired) -> str:
    return f"{one.record_class.value} {one.id} of {one.since} ({one.clause}): {one.verdict.value}"
