"""A password changes, and an agency is cut off, while clients go on publishing and reading."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer
from confluent_kafka.admin import AdminClient

from deploy.kafka import apply, drift, finish_rotation, resume, rotate, suspend
from deploy.kafka.cluster import connect
from deploy.kafka.credentials import Credentials
from shared.contracts.catalogue import NOTIFICATIONS, inbound_topic, outbound_topic
from tests.deploy.broker_access import SECONDS, read, write
from tests.servers import running_kafka

AGENCIES = ("police", "cqc")
POLICE = "partner-police"
AT_ONCE_SECONDS = 5.0


@dataclass(frozen=True)
class Cluster:
    bootstrap: str
    admin: AdminClient
    directory: Path

    def login(self, principal: str) -> dict[str, Any]:
        """With the password that is in force."""
        held = Credentials(self.directory)
        return self._login(principal, held.mechanism(principal), held.password(principal))

    def next_login(self, principal: str) -> dict[str, Any]:
        """With the password that is to follow."""
        held = Credentials(self.directory)
        return self._login(principal, held.next_mechanism(principal), held.draw_next(principal))

    def _login(self, principal: str, mechanism: str, password: str) -> dict[str, Any]:
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": mechanism,
            "sasl.username": principal,
            "sasl.password": password,
            "log_level": 0,
        }


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    with running_kafka() as server:
        user, password = server.admin_username, server.admin_password
        admin = connect(server.bootstrap_servers, user, password)
        apply(admin, AGENCIES, tmp_path / "credentials")
        yield Cluster(server.bootstrap_servers, admin, tmp_path / "credentials")


@dataclass
class Publishing:
    """A client that publishes numbers until it is ended, a hundred a second."""

    login: dict[str, Any]
    topic: str
    first: int = 0
    taken: list[int] = field(default_factory=list)
    refused: list[tuple[float, int]] = field(default_factory=list)
    """When, and with which code."""

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> int:
        """Hand over what is left; gives the number that would have come next."""
        self._ending.set()
        self._thread.join()
        return self.next

    def _run(self) -> None:
        producer = Producer(self.login | {"message.timeout.ms": 8_000})
        self.next = self.first
        while not self._ending.wait(0.01):
            try:
                producer.produce(self.topic, str(self.next).encode(), on_delivery=self._note)
                self.next += 1
            except KafkaException as error:  # the client knows already that it may not
                self.refused.append((time.monotonic(), error.args[0].code()))
            producer.poll(0)
        producer.flush(SECONDS)

    def _note(self, error: KafkaError | None, message: Message) -> None:
        if error is None:
            self.taken.append(int(message.value() or b"-1"))
        else:
            self.refused.append((time.monotonic(), error.code()))


@dataclass
class Reading:
    """A client that reads its feed in its group until it is ended."""

    login: dict[str, Any]
    topic: str
    group: str
    found: list[bytes] = field(default_factory=list)
    refused: list[tuple[float, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        consumer = Consumer(self.login | {"group.id": self.group, "auto.offset.reset": "earliest"})
        consumer.subscribe([self.topic])
        while not self._ending.is_set():
            for message in consumer.consume(100, timeout=0.1):
                if (error := message.error()) is not None:
                    self.refused.append((time.monotonic(), error.code()))
                else:
                    self.found.append(message.value() or b"")
        consumer.close()


def log_of(cluster: Cluster, agency: str, count: int) -> list[int]:
    """What lies on an agency's inbound topic, read as intake."""
    consumer = Consumer(
        cluster.login("intake") | {"group.id": "intake.door", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([inbound_topic(agency)])
    found: list[int] = []
    deadline = time.monotonic() + SECONDS
    while len(found) < count and time.monotonic() < deadline:
        values = [m.value() or b"" for m in consumer.consume(500, 0.5) if not m.error()]
        found += [int(value) if value.isdigit() else -1 for value in values]
    consumer.close()
    return found


def until(moment: list[tuple[float, int]], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not moment and time.monotonic() < deadline:
        time.sleep(0.05)
    return bool(moment)


def may_write(login: dict[str, Any], agency: str) -> bool:
    try:
        write(login, inbound_topic(agency))
    except KafkaException:
        return False
    return True


def test_a_password_changes_without_a_message_lost_either_way(cluster: Cluster) -> None:
    feed = Publishing(cluster.login(NOTIFICATIONS), outbound_topic("police"))
    old = Publishing(cluster.login(POLICE), inbound_topic("police"))
    other = Publishing(cluster.login("partner-cqc"), inbound_topic("cqc"))
    reader = Reading(cluster.login(POLICE), outbound_topic("police"), "partner.police.a")
    time.sleep(1.0)
    before = cluster.login(POLICE)

    path = rotate(cluster.admin, POLICE, cluster.directory)
    assert rotate(cluster.admin, POLICE, cluster.directory) == path
    assert may_write(before, "police")  # both open new connections
    new_login = cluster.next_login(POLICE)
    new_reader = Reading(new_login, outbound_topic("police"), "partner.police.a")
    time.sleep(1.0)
    reader.end()
    new = Publishing(new_login, inbound_topic("police"), first=old.end())
    finish_rotation(cluster.admin, POLICE, cluster.directory)
    time.sleep(1.0)
    assert not may_write(before, "police")
    assert cluster.login(POLICE) == new_login
    assert may_write(new_login, "police")
    assert drift(cluster.admin, AGENCIES, cluster.directory) == []

    told = new.end()
    said = feed.end()
    time.sleep(1.5)
    new_reader.end()
    other.end()
    assert old.refused == new.refused == feed.refused == other.refused == []
    assert old.taken + new.taken == list(range(told))
    on_the_topic = [number for number in log_of(cluster, "police", told + 2) if number >= 0]
    assert on_the_topic == list(range(told))
    heard = {int(value) for value in reader.found + new_reader.found}
    assert heard == set(range(said))


def test_an_agency_that_is_suspended_is_cut_off_within_seconds_and_nobody_else(
    cluster: Cluster,
) -> None:
    """Also what it has open: its rights are gone, so produce and fetch are refused."""
    feed = Publishing(cluster.login(NOTIFICATIONS), outbound_topic("police"))
    cut = Publishing(cluster.login(POLICE), inbound_topic("police"))
    other = Publishing(cluster.login("partner-cqc"), inbound_topic("cqc"))
    reader = Reading(cluster.login(POLICE), outbound_topic("police"), "partner.police.a")
    time.sleep(2.0)
    assert reader.found
    before = cluster.login(POLICE)

    suspended_at = time.monotonic()
    suspend(cluster.admin, "police", cluster.directory)
    assert until(cut.refused, AT_ONCE_SECONDS)
    assert until(reader.refused, AT_ONCE_SECONDS)
    assert cut.refused[0][0] - suspended_at < AT_ONCE_SECONDS
    time.sleep(1.0)
    seen = len(reader.found)
    time.sleep(1.0)
    assert len(reader.found) == seen
    assert not may_write(before, "police")
    cut.end()
    reader.end()

    resume(cluster.admin, "police", AGENCIES, cluster.directory)
    assert not may_write(before, "police")
    assert may_write(cluster.login(POLICE), "police")
    read(cluster.login(POLICE), outbound_topic("police"))
    other.end()
    feed.end()
    assert other.refused == feed.refused == []
