"""The broker and the database that all measurements of a run share."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]  # its names have no __all__

from deploy.kafka.cluster import connect
from deploy.local.database import DATABASE as SERVICES_DATABASE
from deploy.local.stack import Stack

DATABASE = "benchmark"

Say = Callable[[str], None]


class Sql:
    """The superuser's connection for code that does not run in an event loop."""

    def __init__(self, stack: Stack, database: str = SERVICES_DATABASE) -> None:
        self._loop = asyncio.new_event_loop()
        self._connection = self._loop.run_until_complete(
            asyncpg.connect(stack.postgres.dsn(database))
        )

    def rows(self, query: str, *values: Any) -> list[asyncpg.Record]:
        """What a query gives."""
        return self._loop.run_until_complete(self._connection.fetch(query, *values))

    def value(self, query: str, *values: Any) -> Any:
        """The first column of the first row."""
        return self._loop.run_until_complete(self._connection.fetchval(query, *values))

    def run(self, script: str) -> None:
        """Statements without parameters."""
        self._loop.run_until_complete(self._connection.execute(script))

    def close(self) -> None:
        self._loop.run_until_complete(self._connection.close())
        self._loop.close()


@contextmanager
def installation(say: Say) -> Iterator[Stack]:
    """The local stack, its database counting statements; everything is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="pq-benchmark-") as directory:
        Path(directory).chmod(0o711)
        stack = Stack(Path(directory))
        try:
            _set_up(stack)
            stack.start(say)
            yield stack
        finally:
            stack.stop()
            stack.postgres.remove_data()


def _set_up(stack: Stack) -> None:
    """From its next start on the server counts what it executes, and has memory as in use."""
    stack.postgres.start()
    sql = Sql(stack, "postgres")
    sql.run("CREATE EXTENSION pg_stat_statements")
    sql.run("ALTER SYSTEM SET shared_preload_libraries = 'pg_stat_statements'")
    sql.run("ALTER SYSTEM SET shared_buffers = '1GB'")
    sql.close()
    stack.postgres.stop()


@dataclass(frozen=True)
class Ground:
    """Where the yardsticks run: beside the services, on the same servers, with SASL and ACLs on."""

    bootstrap: str
    kafka_user: str
    kafka_password: str
    host: str
    port: int
    user: str
    password: str

    @property
    def kafka(self) -> dict[str, Any]:
        """How an aiokafka client logs in."""
        return {
            "bootstrap_servers": self.bootstrap,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": "SCRAM-SHA-512",
            "sasl_plain_username": self.kafka_user,
            "sasl_plain_password": self.kafka_password,
        }

    @property
    def dsn(self) -> str:
        """The benchmark's own database."""
        return f"postgresql://{self.user}:{self.password}@{self.host}:{self.port}/{DATABASE}"

    async def connect(self) -> asyncpg.Connection[asyncpg.Record]:
        return await asyncpg.connect(self.dsn)

    def topics(self, *names: str, partitions: int = 4) -> None:
        """Create topics for a measurement."""
        admin = connect(self.bootstrap, self.kafka_user, self.kafka_password)
        for future in admin.create_topics([NewTopic(name, partitions) for name in names]).values():
            future.result(30)


async def ground_of(stack: Stack) -> Ground:
    """The servers of a stack, with an empty database of the benchmark's own."""
    postgres, kafka = stack.postgres, stack.kafka
    ground = Ground(
        kafka.bootstrap_servers,
        kafka.admin_username,
        kafka.admin_password,
        postgres.host,
        postgres.port,
        postgres.superuser,
        postgres.password,
    )
    connection = await asyncpg.connect(postgres.dsn())
    await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
    return ground
