"""A password changes, and an agency is cut off, while clients go on publishing and reading."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, KafkaException
from confluent_kafka.admin import AdminClient

from deploy.kafka import apply, drift, finish_rotation, resume, rotate, suspend
from deploy.kafka.cluster import connect
from deploy.kafka.credentials import Credentials
from shared.contracts.catalogue import NOTIFICATIONS, inbound_topic, outbound_topic
from tests.deploy.broker_access import read, write
from tests.deploy.broker_clients import Publishing, Reading, until
from tests.servers import running_kafka

AGENCIES = ("police", "cqc")
POLICE = "partner-police"
AT_ONCE_SECONDS = 15.0
"""Two, where the machine has nothing else to do."""


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


def log_of(cluster: Cluster, agency: str, count: int) -> list[int]:
    """The first numbers that lie on an agency's inbound topic, read as intake."""
    consumer = Consumer(
        cluster.login("intake") | {"group.id": "intake.door", "auto.offset.reset": "earliest"}
    )
    consumer.subscribe([inbound_topic(agency)])
    found: list[int] = []

    def enough() -> bool:
        values = [m.value() or b"" for m in consumer.consume(500, 0.5) if not m.error()]
        found.extend(int(value) for value in values if value.isdigit())
        return len(found) >= count

    assert until(enough)
    consumer.close()
    return found


def may_write(login: dict[str, Any], agency: str) -> bool:
    try:
        write(login, inbound_topic(agency))
    except KafkaException:
        return False
    return True


def heard(*readers: Reading) -> set[int]:
    """The numbers that these readers have found between them."""
    return {int(value) for reader in readers for value in reader.found}


def test_a_password_changes_without_a_message_lost_either_way(cluster: Cluster) -> None:
    feed = Publishing(cluster.login(NOTIFICATIONS), outbound_topic("police"))
    old = Publishing(cluster.login(POLICE), inbound_topic("police"))
    other = Publishing(cluster.login("partner-cqc"), inbound_topic("cqc"))
    reader = Reading(cluster.login(POLICE), outbound_topic("police"), "partner.police.a")
    assert until(lambda: bool(reader.found and old.taken and other.taken))
    before = cluster.login(POLICE)

    path = rotate(cluster.admin, POLICE, cluster.directory)
    assert rotate(cluster.admin, POLICE, cluster.directory) == path
    assert may_write(before, "police")  # both open new connections
    new_login = cluster.next_login(POLICE)
    new_reader = Reading(new_login, outbound_topic("police"), "partner.police.a")
    assert until(new_reader.joined.is_set)
    reader.end()
    new = Publishing(new_login, inbound_topic("police"), first=old.end())
    assert until(lambda: bool(new_reader.found and new.taken))
    finish_rotation(cluster.admin, POLICE, cluster.directory)
    assert until(lambda: not may_write(before, "police"))
    assert cluster.login(POLICE) == new_login
    assert may_write(new_login, "police")
    assert drift(cluster.admin, AGENCIES, cluster.directory) == []

    told, said = new.end(), feed.end()
    other.end()
    assert until(lambda: heard(reader, new_reader) == set(range(said)))
    new_reader.end()
    assert old.refused == new.refused == feed.refused == other.refused == []
    assert old.taken + new.taken == list(range(told))
    on_the_topic = log_of(cluster, "police", told)
    assert on_the_topic == list(range(told))


def test_an_agency_that_is_suspended_is_cut_off_within_seconds_and_nobody_else(
    cluster: Cluster,
) -> None:
    """Also what it has open: its rights are gone, so produce and fetch are refused."""
    feed = Publishing(cluster.login(NOTIFICATIONS), outbound_topic("police"))
    cut = Publishing(cluster.login(POLICE), inbound_topic("police"))
    other = Publishing(cluster.login("partner-cqc"), inbound_topic("cqc"))
    reader = Reading(cluster.login(POLICE), outbound_topic("police"), "partner.police.a")
    assert until(lambda: bool(reader.found and cut.taken and other.taken))
    before = cluster.login(POLICE)

    suspend(cluster.admin, "police", cluster.directory)
    suspended_at = time.monotonic()
    assert until(lambda: bool(cut.refused and reader.refused))
    assert cut.refused[0][0] - suspended_at < AT_ONCE_SECONDS
    assert reader.refused[0][0] - suspended_at < AT_ONCE_SECONDS
    assert until(lambda: not may_write(before, "police"))
    seen, said = len(reader.found), len(feed.taken)
    assert until(lambda: len(feed.taken) > said + 100)
    assert len(reader.found) == seen
    cut.end()
    reader.end()

    resume(cluster.admin, "police", AGENCIES, cluster.directory)
    assert not may_write(before, "police")
    assert until(lambda: may_write(cluster.login(POLICE), "police"))
    read(cluster.login(POLICE), outbound_topic("police"))
    other.end()
    feed.end()
    assert other.refused == feed.refused == []
