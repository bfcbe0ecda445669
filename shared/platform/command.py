"""The command line that every service has: run, migrate, and look after dead letters."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from shared.platform import dead_letters, migrate, outbox, telemetry
from shared.platform.app import Runtime, Service, serve
from shared.platform.database import Database
from shared.platform.policy import Policies
from shared.platform.settings import DatabaseSettings, Settings, load
from shared.platform.tables import PlatformTables
from shared.platform.work import Work, Works


def command_line(service: Service) -> typer.Typer:
    """The commands of a service, its own after those that all have."""
    app = typer.Typer(no_args_is_help=True, help=f"The {service.name} service.")
    letters = typer.Typer(no_args_is_help=True, help="Dead letters: list, replay, discard.")
    app.add_typer(letters, name="dead-letters")

    @app.command()
    def run() -> None:
        """Run the service until it is told to stop."""
        serve(service, load(service.settings))

    @app.command("migrate")
    def migrate_() -> None:
        """Bring the schema up to date, as the owner role of the schema."""
        migrate.upgrade(service.name, load(DatabaseSettings))

    @app.command("publish-again")
    def publish_again(
        since: Annotated[datetime, typer.Option(help="from when on, in UTC")],
        who: Annotated[str, typer.Option(help="who decides")],
        why: Annotated[str, typer.Option(help="the reason, for the audit trail")],
        until: Annotated[datetime | None, typer.Option(help="in UTC; now without it")] = None,
        topic: Annotated[str | None, typer.Option(help="only this one")] = None,
    ) -> None:
        """Publish once more what was said in a span: for a broker that lost it."""

        async def again(work: Work) -> None:
            end = until.replace(tzinfo=UTC) if until else work.now
            begin = since.replace(tzinfo=UTC)
            table = work.tables.outbox
            count = await outbox.publish_again(work.session, table, begin, end, topic)
            span = f"{begin.isoformat()} to {end.isoformat()}"
            await work.audit(who, "outbox.published_again", span, partnership="-", why=why)
            typer.echo(f"{count} events leave again")

        _in_one_work(service, lambda runtime: _with_work(runtime, again))

    @letters.command("list")
    def list_() -> None:
        """Show open dead letters and what waits behind them, without content."""

        async def show(work: Work) -> None:
            for row in await dead_letters.listed(work):
                typer.echo(json.dumps(row._asdict(), default=str))

        _in_one_work(service, lambda runtime: _with_work(runtime, show))

    @letters.command()
    def replay(letter: UUID, who: Annotated[str, typer.Option(help="who decides")]) -> None:
        """Let a dead letter and all that waits behind it take effect, in order."""
        _in_one_work(service, lambda runtime: _told(release(runtime, letter, who)))

    @letters.command()
    def discard(
        letter: UUID,
        who: Annotated[str, typer.Option(help="who decides")],
        why: Annotated[str, typer.Option(help="the reason, for the audit trail")],
    ) -> None:
        """Give a dead letter up; what waits behind it takes effect, in order."""
        _in_one_work(service, lambda runtime: _told(release(runtime, letter, who, discard=why)))

    for command in service.commands:
        app.command()(command)
    return app


@asynccontextmanager
async def opened(settings: Settings, tables: PlatformTables) -> AsyncIterator[Works]:
    """Units of work for a command of a service's own."""
    database = Database(settings)
    try:
        yield Works(database, tables, Policies.load(settings.policy_directory), settings=settings)
    finally:
        await database.close()


async def release(runtime: Runtime, letter: UUID, who: str, *, discard: str | None = None) -> int:
    """Replay a dead letter (or discard it, with a reason) and then what waits behind it.

    Gives the number of records that were settled. All or nothing: one transaction.
    """
    async with runtime.works.begin() as work:
        rows = await dead_letters.waiting_behind(work, letter)
        for row in rows:
            give_up = discard is not None and row.id == letter
            if not give_up:
                consumer = next(c for c in runtime.consumers if c.group == row.consumer_group)
                await consumer.replay(work, dead_letters.record_of(row))
            state = "discarded" if give_up else "replayed"
            await dead_letters.settle(work, row.id, state, work.now)
            await work.audit(who, f"dead_letter.{state}", row.id, partnership="-", why=discard)
    return len(rows)


async def _told(settled: Awaitable[int]) -> None:
    typer.echo(f"{await settled} records settled")


async def _with_work(runtime: Runtime, act: Callable[[Work], Awaitable[None]]) -> None:
    async with runtime.works.begin() as work:
        await act(work)


def _in_one_work(service: Service, act: Callable[[Runtime], Awaitable[None]]) -> None:
    settings = load(service.settings)
    telemetry.configure_logs(service.name, settings.log_level)

    async def main() -> None:
        runtime = Runtime(service, settings)
        try:
            await act(runtime)
        finally:
            await runtime.database.close()

    asyncio.run(main())
