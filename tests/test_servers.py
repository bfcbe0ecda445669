"""The servers that this run chose are there and let their administrators in."""

import asyncpg

from deploy.local.kafka import gives_metadata
from tests.servers import Kafka, Postgres


def test_kafka_knows_its_administrator_and_no_wrong_password(kafka_server: Kafka) -> None:
    servers, name = kafka_server.bootstrap_servers, kafka_server.admin_username
    assert gives_metadata(servers, name, kafka_server.admin_password)
    assert not gives_metadata(servers, name, "wrong")


async def test_postgres_knows_its_superuser(postgres_server: Postgres) -> None:
    connection = await asyncpg.connect(
        host=postgres_server.host,
        port=postgres_server.port,
        user=postgres_server.superuser,
        password=postgres_server.password,
        database="postgres",
    )
    try:
        assert await connection.fetchval("SELECT usesuper FROM pg_user WHERE usename = user")
    finally:
        await connection.close()
