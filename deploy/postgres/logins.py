"""A service's password in PostgreSQL changes while its processes go on.

A role has one password, so a service has a second login for the time of a change: a member of the
service's own role, and that role from its first statement on. Both are valid until the change is
finished, as the two passwords on Kafka are.
"""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import asyncpg

from deploy.kafka.credentials import Credentials

Connection: TypeAlias = "asyncpg.Connection[asyncpg.Record]"


def logins_of(service: str) -> tuple[str, str]:
    """The two logins of a service; the first is its own role."""
    return service, f"{service}_2"


async def rotate(superuser: Connection, service: str, credentials_dir: Path) -> tuple[str, Path]:
    """Let a service log in with a second password beside its first; gives the login and the file.

    A second time changes nothing. Raises LookupError where this directory has no password of it.
    """
    credentials = _with_password(service, credentials_dir)
    login = logins_of(service)[not credentials.is_second(service)]
    await _let_in(superuser, service, login, credentials.draw_next(service))
    return login, credentials.next_path(service)


async def finish_rotation(superuser: Connection, service: str, credentials_dir: Path) -> None:
    """The second password is the only one now. Raises LookupError where there is none.

    Open connections stay; the old password opens no new one.
    """
    credentials = _with_password(service, credentials_dir)
    if not credentials.next_path(service).exists():
        raise LookupError(f"{service} has no second password: rotate comes first")
    await _shut_out(superuser, logins_of(service)[credentials.is_second(service)])
    credentials.take_next(service)


async def rotate_at_once(superuser: Connection, service: str, credentials_dir: Path) -> str:
    """Give a service a new password and end every connection of the old one; gives its login.

    For a leak: the service's processes wait, and lose nothing, until they have the new one. Raises
    LookupError.
    """
    credentials = _with_password(service, credentials_dir)
    in_force, other = logins_of(service)[:: -1 if credentials.is_second(service) else 1]
    credentials.next_path(service).unlink(missing_ok=True)
    await _let_in(superuser, service, in_force, credentials.draw(service))
    if await _exists(superuser, other):
        await _shut_out(superuser, other)
    await superuser.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = ANY($1::text[])",
        [in_force, other],
    )
    return in_force


def _with_password(service: str, credentials_dir: Path) -> Credentials:
    credentials = Credentials(credentials_dir)
    if not credentials.has(service):
        raise LookupError(f"{service} has no password in this directory")
    return credentials


async def _let_in(superuser: Connection, service: str, login: str, password: str) -> None:
    async with superuser.transaction():
        if not await _exists(superuser, login):
            await superuser.execute(f'CREATE ROLE "{login}" LOGIN IN ROLE "{service}"')
            await superuser.execute(f"ALTER ROLE \"{login}\" SET role = '{service}'")
        # A password cannot be a parameter of ALTER ROLE; ours are URL-safe characters only.
        await superuser.execute(f"ALTER ROLE \"{login}\" PASSWORD '{password}'")


async def _shut_out(superuser: Connection, login: str) -> None:
    await superuser.execute(f'ALTER ROLE "{login}" PASSWORD NULL')


async def _exists(superuser: Connection, login: str) -> bool:
    found = await superuser.fetchval("SELECT 1 FROM pg_roles WHERE rolname = $1", login)
    return found is not None
