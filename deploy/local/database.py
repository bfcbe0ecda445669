"""Makes the database of an installation: one database, and per service a schema, two roles
and the extensions that it needs.

The owner role owns the schema and migrates it; the app role (named as the service) reads and
writes rows. Neither can see another service's schema.
"""

from __future__ import annotations

import secrets
import ssl
from collections.abc import Mapping

import asyncpg

from shared.contracts.catalogue import SERVICES

DATABASE = "provider_quality"
EXTENSIONS = {"intake": ("pg_trgm",)}
"""What a service needs beside PostgreSQL's core; it comes with PostgreSQL (decision 18)."""


def owner_of(service: str) -> str:
    """The role that owns a service's schema."""
    return f"{service}_owner"


def new_passwords() -> dict[str, str]:
    """A random password for every role."""
    roles = [role for service in SERVICES for role in (service, owner_of(service))]
    return {role: secrets.token_urlsafe(24) for role in roles}


async def prepare(
    *,
    host: str,
    port: int,
    superuser: str,
    password: str,
    roles: Mapping[str, str],
    database: str = DATABASE,
    tls: ssl.SSLContext | None = None,
) -> None:
    """Create database, schemas and roles; running it again changes nothing but passwords.

    Without `tls` only loopback is meant.
    """
    connection = await asyncpg.connect(
        host=host, port=port, user=superuser, password=password, database="postgres", ssl=tls
    )
    try:
        for role, secret in roles.items():
            await _role(connection, role, secret)
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname=$1", database):
            await connection.execute(f'CREATE DATABASE "{database}"')
    finally:
        await connection.close()
    connection = await asyncpg.connect(
        host=host, port=port, user=superuser, password=password, database=database, ssl=tls
    )
    try:
        await connection.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
        await connection.execute(f'REVOKE ALL ON DATABASE "{database}" FROM PUBLIC')
        for service in SERVICES:
            for statement in schema_statements(service, database):
                await connection.execute(statement)
    finally:
        await connection.close()


async def _role(connection: asyncpg.Connection[asyncpg.Record], role: str, secret: str) -> None:
    if not await connection.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", role):
        await connection.execute(f'CREATE ROLE "{role}" LOGIN')
    # A password cannot be a parameter of ALTER ROLE; ours are URL-safe characters only.
    await connection.execute(f"ALTER ROLE \"{role}\" PASSWORD '{secret}'")


def schema_statements(service: str, database: str = DATABASE) -> list[str]:
    """The grants of one service: the same locally, in compose and in a cluster."""
    owner = owner_of(service)
    return [
        f'GRANT CONNECT ON DATABASE "{database}" TO "{service}", "{owner}"',
        f'CREATE SCHEMA IF NOT EXISTS "{service}" AUTHORIZATION "{owner}"',
        f'GRANT USAGE ON SCHEMA "{service}" TO "{service}"',
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA "{service}" '
        f'GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO "{service}"',
        f'ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}" IN SCHEMA "{service}" '
        f'GRANT USAGE ON SEQUENCES TO "{service}"',
        *(
            f'CREATE EXTENSION IF NOT EXISTS "{extension}" WITH SCHEMA "{service}"'
            for extension in EXTENSIONS.get(service, ())
        ),
    ]
