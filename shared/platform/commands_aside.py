"""The commands for what was set aside: dead letters, and events that wait or have left.

Whoever gives one signs in as at the HTTP doors: the audit trail names the subject of the token, and
nobody can give the name of somebody else.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer
from sqlalchemy.exc import NoResultFound

from shared.contracts.envelope import Unreadable
from shared.contracts.words import Role
from shared.platform import dead_letters, held_back, outbox, telemetry
from shared.platform.app import Runtime, Service
from shared.platform.problems import Problem
from shared.platform.security import Identity
from shared.platform.settings import load
from shared.platform.work import Work, Works

Why = Annotated[str, typer.Option(help="the reason, for the audit trail")]
Token = Annotated[
    Path, typer.Option(exists=True, dir_okay=False, help="a file with the token of who does it")
]
Body = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="a file with the body")]

OPERATORS = frozenset({Role.OPERATIONS})
"""Who does what needs no content; content itself is for `dead_letters.READERS`."""


def dead_letter_commands(service: Service) -> typer.Typer:
    """List, inspect, repair, replay, discard."""
    letters = typer.Typer(no_args_is_help=True, help="Records that could not take effect.")

    @letters.command("list")
    def list_(token: Token) -> None:
        """Show open dead letters and what waits behind them, without content."""
        in_one_work_of_operator(
            service, token, lambda work, who: _tell_rows(dead_letters.listed(work, who))
        )

    @letters.command()
    def inspect(
        letter: UUID,
        token: Token,
        content: Annotated[bool, typer.Option("--content", help="show the body too")] = False,
        why: Annotated[str, typer.Option(help="why the body has to be read")] = "",
    ) -> None:
        """Show reason, sizes, names of headers and what is parked; the body to who triages."""
        if content and not why:
            raise typer.BadParameter("--content needs --why")
        if content:
            signed = read_token(token)
            with_runtime(service, lambda runtime: _show(runtime, letter, signed, why))
            return
        in_one_work_of_operator(
            service, token, lambda work, who: _tell(dead_letters.inspected(work, letter, who))
        )

    @letters.command()
    def repair(letter: UUID, body: Body, token: Token, why: Why) -> None:
        """Replace the body; the original stays beside it. Replay it afterwards."""
        new = body.read_bytes()
        in_one_work_of_operator(
            service, token, lambda work, who: dead_letters.repair(work, letter, new, who, why)
        )
        typer.echo("repaired; it takes effect when it is replayed")

    @letters.command()
    def replay(letter: UUID, token: Token, why: Why) -> None:
        """Let a dead letter and all that waits behind it take effect, in order."""
        _with_operator(
            service, token, lambda runtime, who: _told(release(runtime, letter, who, why))
        )

    @letters.command()
    def discard(letter: UUID, token: Token, why: Why) -> None:
        """Give a dead letter up; what waits behind it takes effect, in order."""
        _with_operator(
            service,
            token,
            lambda runtime, who: _told(release(runtime, letter, who, why, give_up=True)),
        )

    return letters


def publish_again_command(service: Service) -> Callable[..., None]:
    """Publish once more what left in a span."""

    def publish_again(
        since: Annotated[datetime, typer.Option(help="from when on, in UTC")],
        token: Token,
        why: Why,
        until: Annotated[datetime | None, typer.Option(help="in UTC; now without it")] = None,
        topic: Annotated[str | None, typer.Option(help="only this one")] = None,
    ) -> None:
        """Publish once more what left in a span: for a broker that lost it."""

        async def again(work: Work, who: str) -> None:
            end = until.replace(tzinfo=UTC) if until else work.now
            begin = since.replace(tzinfo=UTC)
            table = work.tables.outbox
            count = await outbox.publish_again(work.session, table, begin, end, topic)
            span = f"{begin.isoformat()} to {end.isoformat()}"
            work.audit(who, "outbox.published_again", span, partnership="-", why=why)
            typer.echo(f"{count} events leave again")

        in_one_work_of_operator(service, token, again)

    return publish_again


def outbox_commands(service: Service) -> typer.Typer:
    """List, discard, repair."""
    events = typer.Typer(no_args_is_help=True, help="Events that wait to be published.")

    @events.command("list")
    def list_(token: Token) -> None:
        """Show of each topic the event that is next, and how many wait; without content."""
        in_one_work_of_operator(
            service, token, lambda work, who: _tell_rows(held_back.waiting(work, who))
        )

    @events.command()
    def discard(number: int, token: Token, why: Why) -> None:
        """Take an event out that the broker refuses. Nobody will hear it; it is kept aside."""
        in_one_work_of_operator(
            service, token, lambda work, who: held_back.discard(work, number, who, why)
        )
        typer.echo("discarded; the topic goes on within seconds")

    @events.command()
    def repair(number: int, body: Body, token: Token, why: Why) -> None:
        """Replace the body of an event that the broker refuses; the original is kept aside."""
        new = body.read_bytes()
        in_one_work_of_operator(
            service, token, lambda work, who: held_back.repair(work, number, new, who, why)
        )
        typer.echo("repaired; the topic goes on within seconds")

    return events


async def release(
    runtime: Runtime, letter: UUID, who: str, why: str, *, give_up: bool = False
) -> int:
    """Replay a dead letter (or give it up) and then what waits behind it.

    Gives the number of records that were settled. All or nothing: one transaction.
    """
    async with runtime.works.begin() as work:
        rows = await dead_letters.waiting_behind(work, letter)
        for row in rows:
            discarded = give_up and row.id == letter
            if not discarded:
                consumer = next(c for c in runtime.consumers if c.group == row.consumer_group)
                await consumer.replay(work, dead_letters.record_of(row))
            state = "discarded" if discarded else "replayed"
            await dead_letters.settle(work, row.id, state, work.now)
            work.audit(who, f"dead_letter.{state}", row.id, partnership="-", why=why)
    return len(rows)


async def _show(runtime: Runtime, letter: UUID, token: str, why: str) -> None:
    """Write a body out for the person of a token, once that is in the audit trail."""
    person = await runtime.identity.person_of(token)
    async with runtime.works.begin() as work:
        body = await dead_letters.content_of(work, letter, person, why)
    if body is None:
        typer.echo("the content is for those who triage, of their own partnership", err=True)
        raise typer.Exit(1)
    async with runtime.works.begin() as work:
        await _tell(dead_letters.inspected(work, letter, person.subject))
    sys.stdout.buffer.write(body + b"\n")


async def operator_of(works: Works, identity: Identity, token: str) -> str:
    """Who operates, by a token. Raises Problem for anybody else, which is audited."""
    person = await identity.person_of(token)
    if not person.has(*OPERATORS):
        async with works.begin() as work:
            did, service = "set_aside.refused", work.tables.schema
            work.audit(person.subject, did, service, partnership="-")
        raise Problem(403, "role-needed", "This is for who operates the service.")
    return person.subject


def read_token(file: Path) -> str:
    """The token that lies in a file."""
    return file.read_text("utf-8", "replace").strip()


def _with_operator(
    service: Service, token: Path, act: Callable[[Runtime, str], Awaitable[None]]
) -> None:
    signed = read_token(token)

    async def main(runtime: Runtime) -> None:
        await act(runtime, await operator_of(runtime.works, runtime.identity, signed))

    with_runtime(service, main)


def in_one_work_of_operator(
    service: Service, token: Path, act: Callable[[Work, str], Awaitable[None]]
) -> None:
    """Do something in one transaction of a service, as who operates it by a token."""

    async def main(runtime: Runtime, who: str) -> None:
        async with runtime.works.begin() as work:
            await act(work, who)

    _with_operator(service, token, main)


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
    except Problem as problem:
        typer.echo(problem.detail, err=True)
        raise typer.Exit(1) from None
    except typer.Exit:
        raise
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
