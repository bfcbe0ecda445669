"""The local Kafka: nobody without a login, nothing without an ACL, nothing lost by a kill."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

import psutil
import pytest
from aiokafka import AIOKafkaConsumer
from aiokafka.errors import TopicAuthorizationFailedError
from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its names have no __all__
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from deploy.local.kafka import KafkaServer, gives_metadata

SECONDS = 15.0


@pytest.fixture(scope="module")
def kafka() -> Iterator[KafkaServer]:
    with TemporaryDirectory() as directory:
        server = KafkaServer(Path(directory) / "kafka")
        server.start()
        yield server
        server.stop()


def login(kafka: KafkaServer, username: str, password: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": kafka.bootstrap_servers,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": username,
        "sasl.password": password,
        "log_level": 0,
    }


def admin_login(kafka: KafkaServer) -> dict[str, Any]:
    return login(kafka, kafka.admin_username, kafka.admin_password)


@pytest.fixture
def topic(kafka: KafkaServer) -> str:
    """A topic with one message in it."""
    name = f"topic-{uuid4()}"
    admin = AdminClient(admin_login(kafka))
    admin.create_topics([NewTopic(name, 1)])[name].result(SECONDS)
    say(kafka, name, b"first")
    return name


def say(kafka: KafkaServer, topic: str, value: bytes) -> None:
    producer = Producer(admin_login(kafka) | {"acks": "all"})
    producer.produce(topic, value)
    assert producer.flush(SECONDS) == 0


async def hear(kafka: KafkaServer, username: str, password: str, topic: str) -> bytes:
    """The first message of the topic, as that principal. Raises the broker's refusal."""
    consumer = AIOKafkaConsumer(
        topic,
        bootstrap_servers=kafka.bootstrap_servers,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=username,
        sasl_plain_password=password,
        auto_offset_reset="earliest",
    )
    try:
        await consumer.start()
        message = await asyncio.wait_for(consumer.getone(), SECONDS)
        return bytes(message.value)
    finally:
        await consumer.stop()


def test_a_login_with_a_wrong_password_fails(kafka: KafkaServer) -> None:
    refusals: list[int] = []
    client = AdminClient(
        login(kafka, kafka.admin_username, "wrong")
        | {"error_cb": lambda error: refusals.append(error.code())}
    )
    with pytest.raises(KafkaException):
        client.list_topics(timeout=2)
    client.poll(0)
    assert KafkaError._AUTHENTICATION in refusals
    assert gives_metadata(kafka.bootstrap_servers, kafka.admin_username, kafka.admin_password)


async def test_a_principal_reads_only_what_an_acl_allows(kafka: KafkaServer, topic: str) -> None:
    admin = AdminClient(admin_login(kafka))
    scram = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
    upsertion = UserScramCredentialUpsertion("police", scram, b"a password")
    for done in admin.alter_user_scram_credentials([upsertion]).values():
        done.result(SECONDS)

    with pytest.raises(TopicAuthorizationFailedError):
        await hear(kafka, "police", "a password", topic)

    read = AclBinding(
        ResourceType.TOPIC,
        topic,
        ResourcePatternType.LITERAL,
        "User:police",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    for done in admin.create_acls([read]).values():
        done.result(SECONDS)
    assert await hear(kafka, "police", "a password", topic) == b"first"


def test_a_topic_is_not_made_by_using_it(kafka: KafkaServer) -> None:
    name = f"never-made-{uuid4()}"
    producer = Producer(admin_login(kafka))  # asks the broker to make what it does not find
    for _ in range(2):
        error = producer.list_topics(name, timeout=SECONDS).topics[name].error
        assert error is not None
        assert error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
    assert name not in AdminClient(admin_login(kafka)).list_topics(timeout=SECONDS).topics


def test_no_password_is_on_the_command_line_in_the_log_or_in_a_readable_file(
    kafka: KafkaServer,
) -> None:
    assert kafka.admin_password not in " ".join(psutil.Process(kafka.pid).cmdline())
    home = kafka.log_path.parent
    holders = [
        path
        for path in home.rglob("*")
        if path.is_file() and kafka.admin_password.encode() in path.read_bytes()
    ]
    assert sorted(path.name for path in holders) == ["node.json", "server.properties"]
    assert {path.stat().st_mode & 0o777 for path in holders} == {0o600}


async def test_a_killed_node_comes_back_on_its_port_with_its_data(
    kafka: KafkaServer, topic: str
) -> None:
    before = (kafka.bootstrap_servers, kafka.admin_password)
    kafka.kill()
    assert not kafka.running
    kafka.start()
    assert (kafka.bootstrap_servers, kafka.admin_password) == before
    assert await hear(kafka, kafka.admin_username, kafka.admin_password, topic) == b"first"


def test_a_new_owner_of_the_directory_gets_the_same_node(kafka: KafkaServer) -> None:
    again = KafkaServer(kafka.log_path.parent)
    assert again.bootstrap_servers == kafka.bootstrap_servers
    assert again.admin_password == kafka.admin_password
