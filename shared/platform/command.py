"""The command line that every service has: run, migrate, and look after what is set aside."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import typer

from shared.platform import telemetry
from shared.platform.app import Service, serve
from shared.platform.commands_aside import (
    dead_letter_commands,
    outbox_commands,
    publish_again_command,
)
from shared.platform.database import Database
from shared.platform.policy import Policies
from shared.platform.settings import DatabaseSettings, Settings, load
from shared.platform.tables import PlatformTables
from shared.platform.work import Works


class Commands(typer.Typer):
    """Commands that tell a fault by type and place: its text may hold what somebody submitted."""

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        try:
            return super().__call__(*arguments, **named)
        except Exception as error:
            typer.echo(f"failed: {telemetry.describe(error)}", err=True)
            raise SystemExit(1) from None


def command_line(service: Service) -> typer.Typer:
    """The commands of a service, its own after those that all have."""
    app = Commands(
        no_args_is_help=True,
        help=f"The {service.name} service.",
        pretty_exceptions_enable=False,
    )
    app.add_typer(dead_letter_commands(service), name="dead-letters")
    app.add_typer(outbox_commands(service), name="outbox")
    app.command("publish-again")(publish_again_command(service))

    @app.command()
    def run() -> None:
        """Run the service until it is told to stop."""
        serve(service, load(service.settings))

    @app.command("migrate")
    def migrate_() -> None:
        """Bring the schema up to date, as the owner role of the schema."""
        # Here, so that a service that runs does not hold the library for it: 7 MB in each process.
        from shared.platform import migrate

        migrate.upgrade(service.name, load(DatabaseSettings))

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
