"""The database of a service: its own schema, its own role, asynchronous."""

from __future__ import annotations

import ssl
from typing import Any, TypeAlias, cast

import asyncpg
from sqlalchemy import URL, event
from sqlalchemy.dialects.postgresql.asyncpg import AsyncAdapt_asyncpg_dbapi
from sqlalchemy.exc import DBAPIError, DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)

from shared.platform.settings import DatabaseSettings, Settings

_STATEMENTS = 1_000
"""More than a service has: a connection that forgets one prepares and plans it again."""


class Database:
    """The connection pool of one service. Nothing connects before the first use."""

    def __init__(self, settings: Settings) -> None:
        self.engine: AsyncEngine = create_async_engine(
            url_of(settings),
            pool_size=settings.database_pool,
            # A connection beyond these would log in and prepare its statements for one transaction.
            max_overflow=0,
            # The one used last knows its statements best.
            pool_use_lifo=True,
            hide_parameters=True,
            connect_args={
                "timeout": 5,
                "prepared_statement_cache_size": _STATEMENTS,
                "statement_cache_size": _STATEMENTS,
                "ssl": ssl_of(settings),
                "server_settings": {
                    "application_name": settings.database_user,
                    "idle_in_transaction_session_timeout": str(
                        settings.database_session_timeout_ms
                    ),
                    # The same where the server is still sending us rows.
                    "tcp_user_timeout": str(settings.database_session_timeout_ms),
                },
            },
        )
        event.listen(self.engine.sync_engine, "checkout", _still_open)
        self.sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False)
        self.readers = async_sessionmaker(
            self.engine.execution_options(isolation_level="AUTOCOMMIT"),
            class_=AsyncSession,
            expire_on_commit=False,
            info={_READS: True},
        )
        """Each statement by itself, as at READ COMMITTED each sees what is there when it begins: a
        transaction around reads is two round trips for nothing."""

    async def close(self) -> None:
        await self.engine.dispose()


Driver: TypeAlias = "asyncpg.Connection[asyncpg.Record]"
_DRIVER = "the driver's own connection"
_READS = "outside of transactions"


async def driver_of(session: AsyncSession) -> Driver:
    """The driver's own connection, in the transaction of this session: for statements by the dozen.

    It leaves out what the ORM's layers do for each of them. A session that reads has none.
    """
    driver: Driver | None = session.info.get(_DRIVER)
    reads = session.info.get(_READS, False)
    if driver is None or not (reads or driver.is_in_transaction()):
        raw = await (await session.connection()).get_raw_connection()
        driver, adapter = raw.driver_connection, cast(Any, raw.dbapi_connection)
        assert driver is not None  # noqa: S101 - only a closed connection has none
        if not (reads or driver.is_in_transaction()):
            await adapter._start_transaction()  # as it does itself before its first statement
        session.info[_DRIVER] = driver
    return driver


def _still_open(connection: Any, _: Any, __: Any) -> None:
    """A connection whose server has gone is replaced; this costs no round trip."""
    if connection.driver_connection.is_closed():
        raise DisconnectionError


def url_of(settings: DatabaseSettings) -> URL:
    """The address of the database with the service's own credentials."""
    return URL.create(
        "postgresql+asyncpg",
        username=settings.database_user,
        password=settings.database_password.get_secret_value(),
        host=settings.database_host,
        port=settings.database_port,
        database=settings.database_name,
    )


def ssl_of(settings: DatabaseSettings) -> ssl.SSLContext | bool:
    """TLS checked against our CA; without one only loopback is meant."""
    if settings.database_ssl_ca is None:
        return False
    return ssl.create_default_context(cafile=str(settings.database_ssl_ca))


def may_pass(error: BaseException) -> bool:
    """True where the cause may be gone at the next try: database away, deadlock, time-out."""
    if isinstance(error, (OSError, TimeoutError, InterfaceError, OperationalError)):
        return True
    # The driver's own, which SQLAlchemy does not translate: its connection broke under it.
    if isinstance(error, (asyncpg.InterfaceError, asyncpg.InternalClientError)):
        return True
    if isinstance(error, asyncpg.PostgresError):
        return _passes(_sqlstate(error))
    if isinstance(error, DBAPIError):
        passes = error.connection_invalidated or _passes(_sqlstate(error.orig))
        return passes or (error.orig is not None and may_pass(error.orig))
    if isinstance(error, AsyncAdapt_asyncpg_dbapi.Error):  # what was begun by `driver_of`
        return error.__cause__ is not None and may_pass(error.__cause__)
    return False


_PASSING_SQLSTATES = frozenset(
    {"28000", "28P01", "40001", "40P01", "53300", "57P01", "57P02", "57P03", "25P03"}
)
"""Login refused (its password is being replaced: nothing that is handled is at fault),
serialisation, deadlock, too many connections, shutdown, crash, starting, idle in transaction."""


def _passes(sqlstate: str) -> bool:
    return sqlstate in _PASSING_SQLSTATES or sqlstate.startswith("08")


def _sqlstate(error: Any) -> str:
    return str(getattr(error, "sqlstate", "") or getattr(error, "pgcode", ""))
