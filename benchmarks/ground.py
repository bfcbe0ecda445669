"""The broker and the database that all measurements of a run share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import asyncpg
from confluent_kafka.admin import NewTopic  # type: ignore[attr-defined]  # its names have no __all__

from deploy.kafka.cluster import connect
from deploy.local.stack import Stack

DATABASE = "benchmark"


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
    connection = await asyncpg.connect(
        host=ground.host,
        port=ground.port,
        user=ground.user,
        password=ground.password,
        database="postgres",
    )
    await connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
    await connection.execute(f"CREATE DATABASE {DATABASE}")
    await connection.close()
    return ground
