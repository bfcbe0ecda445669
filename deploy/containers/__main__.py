"""The command line: `python -m deploy.containers secrets|database`."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from pydantic import SecretStr

from deploy.containers.layout import give, lay_out
from deploy.kafka.credentials import Credentials
from deploy.local.database import DATABASE, owner_of, prepare
from shared.contracts.catalogue import SERVICES
from shared.platform import migrate
from shared.platform.settings import DatabaseSettings

app = typer.Typer(no_args_is_help=True, help=__doc__)


@app.command()
def secrets(root: Annotated[Path, typer.Argument(help="where the volumes are mounted")]) -> None:
    """Draw passwords, make certificates, and give each container its own."""
    lay_out(root, give, datetime.now(UTC))


@app.command()
def database(
    host: Annotated[str, typer.Option()],
    ca: Annotated[Path, typer.Option(help="the CA of the server")],
    setup: Annotated[Path, typer.Option(help="the directory with the passwords")],
    port: Annotated[int, typer.Option()] = 5432,
) -> None:
    """Make database, schemas and roles, and migrate every service's schema."""
    roles = Credentials(setup / "roles")
    # Whose password was rotated to the second login has none at the first one.
    passwords = {
        role: roles.password(role)
        for service in SERVICES
        for role in (service, owner_of(service))
        if not roles.is_second(role)
    }
    asyncio.run(
        prepare(
            host=host,
            port=port,
            superuser="postgres",
            password=Credentials(setup).password("postgres"),
            roles=passwords,
            tls=ssl.create_default_context(cafile=str(ca)),
        )
    )
    for service in SERVICES:
        owner = owner_of(service)
        migrate.upgrade(
            service,
            DatabaseSettings(
                database_host=host,
                database_port=port,
                database_name=DATABASE,
                database_user=owner,
                database_password=SecretStr(passwords[owner]),
                database_ssl_ca=ca,
            ),
        )
        typer.echo(f"{service}: migrated")


if __name__ == "__main__":
    app()
