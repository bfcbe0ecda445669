"""The commands for what was set aside: dead letters, and events that the broker refuses."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.exc import NoResultFound

from shared.contracts.envelope import Unreadable
from shared.platform import dead_letters, held_back, telemetry
from shared.platform.app import Runtime, Service
from shared.platform.settings import load
from shared.platform.work import Work

Who = Annotated[str, typer.Option(help="who decides")]
Why = Annotated[str, typer.Option(help="the reason, for the audit trail")]
Body = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="a file with the body")]


def dead_letter_commands(service: Service) -> typer.Typer:
    """List, inspect, repair, replay, discard."""
    letters = typer.Typer(no_args_is_help=True, help="Records that could not take effect.")

    @letters.command("list")
    def list_() -> None:
        """Show open dead letters and what waits behind them, without content."""
        in_one_work(service, lambda work: _tell_rows(dead_letters.listed(work)))

    @letters.command()
    def inspect(
        letter: UUID,
        content: Annotated[bool, typer.Option("--content", help="show the body too")] = False,
        who: Annotated[str, typer.Option(help="who reads it")] = "",
        why: Annotated[str, typer.Option(help="why the body has to be read")] = "",
    ) -> None:
        """Show reason, sizes, names of headers and what is parked; the body only for a reason."""
        if content and not (who and why):
            raise typer.BadParameter("--content needs --who and --why")
        in_one_work(service, lambda work: _tell(dead_letters.inspected(work, letter)))
        if content:  # shown only once the reading is in the audit trail
            bodies: list[bytes] = []

            async def read(work: Work) -> None:
                bodies.append(await dead_letters.content_of(work, letter, who, why))

            in_one_work(service, read)
            sys.stdout.buffer.write(bodies[0] + b"\n")

    @letters.command()
    def repair(letter: UUID, body: Body, who: Who, why: Why) -> None:
        """Replace the body; the original stays beside it. Replay it afterwards."""
        new = body.read_bytes()
        in_one_work(service, lambda work: dead_letters.repair(work, letter, new, who, why))
        typer.echo("repaired; it takes effect when it is replayed")

    @letters.command()
    def replay(letter: UUID, who: Who) -> None:
        """Let a dead letter and all that waits behind it take effect, in order."""
        with_runtime(service, lambda runtime: _told(release(runtime, letter, who)))

    @letters.command()
    def discard(letter: UUID, who: Who, why: Why) -> None:
        """Give a dead letter up; what waits behind it takes effect, in order."""
        with_runtime(service, lambda runtime: _told(release(runtime, letter, who, discard=why)))

    return letters


def outbox_commands(service: Service) -> typer.Typer:
    """List, discard, repair."""
    events = typer.Typer(no_args_is_help=True, help="Events that wait to be published.")

    @events.command("list")
    def list_() -> None:
        """Show of each topic the event that is next, and how many wait; without content."""
        in_one_work(service, lambda work: _tell_rows(held_back.waiting(work)))

    @events.command()
    def discard(number: int, who: Who, why: Why) -> None:
        """Take an event out that the broker refuses. Nobody will hear it; it is kept aside."""
        in_one_work(service, lambda work: held_back.discard(work, number, who, why))
        typer.echo("discarded; the topic goes on within seconds")

    @events.command()
    def repair(number: int, body: Body, who: Who, why: Why) -> None:
        """Replace the body of an event that the broker refuses; the original is kept aside."""
        new = body.read_bytes()
        in_one_work(service, lambda work: held_back.repair(work, number, new, who, why))
        typer.echo("repaired; the topic goes on within seconds")

    return events


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


def in_one_work(service: Service, act: Callable[[Work], Awaitable[None]]) -> None:
    """Do something in one transaction of a service."""

    async def main(runtime: Runtime) -> None:
        async with runtime.works.begin() as work:
            await act(work)

    with_runtime(service, main)


def with_runtime(service: Service, act: Callable[[Runtime], Awaitable[None]]) -> None:
    """Do something with the parts of a service, none of them started.

    What goes wrong is said without the text of an error, which may quote what somebody submitted.
    """
    settings = load(service.settings)
    telemetry.configure_logs(service.name, settings.log_level)

    async def main() -> None:
        runtime = Runtime(service, settings)
        try:
            await act(runtime)
        finally:
            await runtime.database.close()

    try:
        asyncio.run(main())
    except NoResultFound:
        typer.echo("nothing has this id", err=True)
        raise typer.Exit(1) from None
    except Exception as error:
        ours = type(error) in (LookupError, Unreadable)  # not a KeyError of some handler
        typer.echo(f"nothing was changed: {error if ours else type(error).__name__}", err=True)
        raise typer.Exit(1) from None


async def _tell_rows(rows: Awaitable[Sequence[Any]]) -> None:
    for row in await rows:
        told = row if isinstance(row, dict) else row._asdict()
        typer.echo(json.dumps(told, default=str))


async def _tell(found: Awaitable[dict[str, Any]]) -> None:
    typer.echo(json.dumps(await found, default=str, indent=2))


async def _told(settled: Awaitable[int]) -> None:
    typer.echo(f"{await settled} records settled")
