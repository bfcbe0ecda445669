"""The command line: `python -m deploy.postgres rotate`."""

from __future__ import annotations

import asyncio
import ssl
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from deploy.local.postgres import SUPERUSER
from deploy.postgres import logins
from shared.contracts.catalogue import SERVICES

app = typer.Typer(no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)


@app.callback()
def _has_commands() -> None:
    """What is done to the logins of services in PostgreSQL."""


@app.command()
def rotate(
    service: str,
    host: Annotated[str, typer.Option(help="the database server")],
    credentials: Annotated[Path, typer.Option(help="where each role's password lies")],
    port: Annotated[int, typer.Option()] = 5432,
    superuser: Annotated[str, typer.Option()] = SUPERUSER,
    superuser_password_file: Annotated[
        Path | None, typer.Option(help="without it, POSTGRES_PASSWORD or a question")
    ] = None,
    ca: Annotated[Path | None, typer.Option(help="the CA of the server; without it no TLS")] = None,
    password: Annotated[str, typer.Option(envvar="POSTGRES_PASSWORD", hidden=True)] = "",
    finish: Annotated[bool, typer.Option(help="the second password is the only one now")] = False,
    at_once: Annotated[bool, typer.Option(help="replace it, after a leak")] = False,
) -> None:
    """Give a service a second password; with --finish the first one ends."""
    if service not in SERVICES:
        raise typer.BadParameter(f"there is no service {service}")
    if superuser_password_file is not None:
        password = superuser_password_file.read_text("utf-8").strip()
    secret = password or typer.prompt("Password", hide_input=True)

    async def change() -> str:
        connection = await asyncpg.connect(
            host=host,
            port=port,
            user=superuser,
            password=secret,
            database="postgres",
            ssl=ssl.create_default_context(cafile=str(ca)) if ca else False,
        )
        try:
            return await _change(connection, service, credentials, finish=finish, at_once=at_once)
        finally:
            await connection.close()

    try:
        typer.echo(asyncio.run(change()))
    except LookupError as error:
        raise typer.BadParameter(str(error)) from None


async def _change(
    connection: logins.Connection, service: str, directory: Path, *, finish: bool, at_once: bool
) -> str:
    if at_once:
        login = await logins.rotate_at_once(connection, service, directory)
        return f"{service} has a new password, as {login}; what was open is closed"
    if finish:
        await logins.finish_rotation(connection, service, directory)
        return f"the old password of {service} has ended"
    login, path = await logins.rotate(connection, service, directory)
    return f"{service} has a second password, as {login}: {path}"


if __name__ == "__main__":
    app()
