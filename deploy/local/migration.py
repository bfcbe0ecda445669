"""Writes a new migration of a service: `python -m deploy.local.migration intake "what changes"`.

Starts a throw-away PostgreSQL, migrates it, compares it with the tables in code.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from pydantic import SecretStr

from deploy.local.database import DATABASE, new_passwords, owner_of, prepare
from deploy.local.postgres import PostgresServer
from shared.platform import migrate
from shared.platform.settings import DatabaseSettings


def main(service: str, message: str) -> None:
    """Write the migration, if there is a difference."""
    with tempfile.TemporaryDirectory(prefix="pq-migration-") as directory:
        server = PostgresServer(Path(directory) / "postgres")
        server.start()
        try:
            roles = new_passwords()
            asyncio.run(
                prepare(
                    host=server.host,
                    port=server.port,
                    superuser=server.superuser,
                    password=server.password,
                    roles=roles,
                )
            )
            settings = DatabaseSettings(
                database_host=server.host,
                database_port=server.port,
                database_name=DATABASE,
                database_user=owner_of(service),
                database_password=SecretStr(roles[owner_of(service)]),
            )
            migrate.upgrade(service, settings)
            migrate.revision(service, settings, message)
        finally:
            server.stop()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
