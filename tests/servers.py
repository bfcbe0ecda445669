"""The Kafka and the PostgreSQL that tests run against: containers, or the local stack's own."""

import gc
import os
import secrets
import tempfile
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, Protocol

from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from deploy.local.kafka import KafkaServer, gives_metadata
from deploy.local.kafka_properties import ADMIN, KafkaNode, format_arguments, server_properties
from deploy.local.ports import free_port
from deploy.local.postgres import INITDB_ARGUMENTS, SETTINGS, SUPERUSER, PostgresServer
from deploy.local.process import START_SECONDS

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
WISH = "PROVIDER_QUALITY_SERVERS"
"""The environment variable that settles the choice: `docker` or `local`."""


class Kafka(Protocol):
    """What a test needs of a Kafka: SASL_PLAINTEXT, SCRAM-SHA-512, a super user."""

    @property
    def bootstrap_servers(self) -> str: ...
    @property
    def admin_username(self) -> str: ...
    @property
    def admin_password(self) -> str: ...


class Postgres(Protocol):
    """What a test needs of a PostgreSQL: where it is, and its superuser."""

    @property
    def host(self) -> str: ...
    @property
    def port(self) -> int: ...
    @property
    def superuser(self) -> str: ...
    @property
    def password(self) -> str: ...


@cache
def choose() -> Literal["docker", "local"]:
    """Docker where an engine answers, the local servers otherwise, unless `WISH` settles it."""
    match os.environ.get(WISH):
        case "docker":
            return "docker"
        case "local":
            return "local"
    with warnings.catch_warnings():
        # The client leaves its socket open when nobody answers; its warning is not a test's.
        warnings.simplefilter("ignore", ResourceWarning)
        answers = _docker_answers()
        gc.collect()
    return "docker" if answers else "local"


def _docker_answers() -> bool:
    try:
        client = DockerClient(timeout=5).client
    except Exception:  # no engine, no rights, a broken context: all the same to us
        return False
    client.close()
    return True


@contextmanager
def running_kafka() -> Iterator[Kafka]:
    """A Kafka of this test run's own, gone at the end."""
    if choose() == "docker":
        with _kafka_container() as contained:
            yield contained
        return
    with room() as directory:
        server = KafkaServer(directory / "kafka")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def running_postgres() -> Iterator[Postgres]:
    """A PostgreSQL of this test run's own, gone at the end."""
    if choose() == "docker":
        with _postgres_container() as contained:
            yield contained
        return
    with room() as directory:
        server = PostgresServer(directory / "postgres")
        server.start()
        try:
            yield server
        finally:
            server.stop()


@contextmanager
def room() -> Iterator[Path]:
    """A directory which PostgreSQL's account can reach when the tests run as root."""
    with tempfile.TemporaryDirectory(prefix="provider-quality-") as name:
        directory = Path(name)
        directory.chmod(0o711)
        yield directory


@dataclass(frozen=True)
class _ContainedKafka:
    bootstrap_servers: str
    admin_username: str
    admin_password: str


@dataclass(frozen=True)
class _ContainedPostgres:
    host: str
    port: int
    superuser: str
    password: str


@contextmanager
def _kafka_container() -> Iterator[Kafka]:
    """The image's own start script knows no SCRAM users, so its tools are called directly."""
    container = DockerContainer(KAFKA_IMAGE)
    port = free_port()
    node = KafkaNode(
        host=container.get_docker_client().host(),
        port=port,
        controller_port=port + 1,
        log_dir="/tmp/kafka-data",  # noqa: S108 - inside the container
        admin_password=secrets.token_urlsafe(24),
        controller_password=secrets.token_urlsafe(24),
        listen="0.0.0.0",  # noqa: S104 - inside the container
    )
    tools, settings, arguments = "/opt/kafka/bin", "/tmp/node.properties", "/tmp/node.format"  # noqa: S108 - inside the container
    script = (
        f"{tools}/kafka-storage.sh @{arguments} > /dev/null"
        f" && exec {tools}/kafka-server-start.sh {settings}"
    )
    (
        container.with_bind_ports(port, port)
        .with_copy_into_container(server_properties(node).encode(), settings)
        .with_copy_into_container(format_arguments(node, settings).encode(), arguments)
        .with_command(["bash", "-c", script])
    )
    with container:
        kafka = _ContainedKafka(f"{node.host}:{port}", ADMIN, node.admin_password)
        deadline = time.monotonic() + START_SECONDS
        while not gives_metadata(kafka.bootstrap_servers, ADMIN, node.admin_password):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{KAFKA_IMAGE} did not answer in {START_SECONDS:.0f} s")
            time.sleep(0.2)
        yield kafka


@contextmanager
def _postgres_container() -> Iterator[Postgres]:
    password = secrets.token_urlsafe(24)
    settings = [part for name, value in SETTINGS.items() for part in ("-c", f"{name}={value}")]
    container = (
        PostgresContainer(
            POSTGRES_IMAGE, username=SUPERUSER, password=password, dbname="postgres", driver=None
        )
        .with_env("POSTGRES_INITDB_ARGS", " ".join(INITDB_ARGUMENTS))
        .with_command(["postgres", *settings])
    )
    with container:
        host = container.get_container_host_ip()
        yield _ContainedPostgres(host, container.get_exposed_port(5432), SUPERUSER, password)
