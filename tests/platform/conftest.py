"""Intake as a running service: real broker, real database, topics and rights of the catalogue."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from pydantic import SecretStr

from deploy.kafka import apply
from deploy.kafka.cluster import connect
from deploy.kafka.credentials import Credentials
from services.intake.main import SERVICE
from shared.contracts.agencies import load
from shared.contracts.catalogue import principal_of_agency
from shared.platform.app import Runtime
from shared.platform.settings import Settings
from tests.servers import Kafka
from tests.stage import ROOT, Stage, World

AGENCIES = load(ROOT / "deploy" / "agencies" / "demo.toml")


@dataclass
class Cluster:
    """A broker on which the catalogue has been applied."""

    kafka: Kafka
    credentials: Credentials

    def options(self, principal: str) -> dict[str, Any]:
        """How an aiokafka client of a principal logs in."""
        return {
            "bootstrap_servers": self.kafka.bootstrap_servers,
            "security_protocol": "SASL_PLAINTEXT",
            "sasl_mechanism": self.credentials.mechanism(principal),
            "sasl_plain_username": principal,
            "sasl_plain_password": self.credentials.password(principal),
        }

    async def publish(self, agency: str, *messages: tuple[bytes, list[tuple[str, bytes]]]) -> None:
        """Publish records to an agency's inbound topic, with its own credentials."""
        topic = f"partner.{agency}.in.v1"
        async with AIOKafkaProducer(**self.options(principal_of_agency(agency))) as producer:
            for value, headers in messages:
                await producer.send_and_wait(topic, value, headers=headers)

    async def read(self, principal: str, topic: str, count: int, seconds: float = 15) -> list[Any]:
        """The first records of a topic; fewer where no more come in time."""
        consumer = AIOKafkaConsumer(topic, auto_offset_reset="earliest", **self.options(principal))
        await consumer.start()
        found: list[Any] = []
        try:
            while len(found) < count:
                batches = await consumer.getmany(timeout_ms=int(seconds * 1000))
                if not batches:
                    break
                found += [record for records in batches.values() for record in records]
        finally:
            await consumer.stop()
        return found


@pytest.fixture(scope="session")
def cluster(kafka_server: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """The catalogue's topics, principals and ACLs on the broker of this run."""
    directory: Path = tmp_path_factory.mktemp("credentials")
    admin = connect(
        kafka_server.bootstrap_servers, kafka_server.admin_username, kafka_server.admin_password
    )
    apply(admin, [agency.id for agency in AGENCIES], directory)
    yield Cluster(kafka_server, Credentials(directory))


def running(settings: Settings, cluster: Cluster, service: str = "intake") -> Settings:
    """Settings with which a service reaches the broker."""
    return settings.model_copy(
        update={
            "kafka_bootstrap": cluster.kafka.bootstrap_servers,
            "kafka_password": SecretStr(cluster.credentials.password(service)),
            "kafka_mechanism": cluster.credentials.mechanism(service),
            "drain_seconds": 5.0,
        }
    )


@pytest.fixture
async def start_intake(
    stage: Stage, cluster: Cluster, stage_for: Callable[[str], Awaitable[World]]
) -> AsyncIterator[Callable[[], Awaitable[Runtime]]]:
    """Starts intake processes (in this one) as often as a test asks."""
    await stage_for("intake")
    started: list[Runtime] = []

    async def start() -> Runtime:
        runtime = Runtime(SERVICE, running(stage.settings("intake"), cluster))
        await runtime.start()
        started.append(runtime)
        return runtime

    yield start
    for runtime in started:
        await runtime.stop()
