"""Every principal at every topic, group, transactional id and at the cluster itself.

What is expected follows from the catalogue's rights; each cell is tried on a real broker.
"""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable, Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from deploy.kafka import apply, drift, resume, rotate_at_once, suspend
from deploy.kafka.cluster import connect, set_passwords
from deploy.kafka.credentials import Credentials
from shared.contracts.catalogue import (
    DOOR_GROUP,
    SERVICES,
    Acl,
    acls,
    inbound_topic,
    principal_of_agency,
    principals,
    topics,
)
from tests.deploy.broker_cells import Answers, Cell, Trying
from tests.deploy.broker_clients import PATIENCE_SECONDS, until
from tests.deploy.broker_rights import covers, expected, readable
from tests.deploy.broker_wire import Wire
from tests.servers import running_kafka

AGENCIES = ("icb", "icb-2", "police")
"""The first one's id begins the second's."""
STRANGER = "stranger"
"""Somebody with a login and without a right."""
RIGHTS = acls(AGENCIES)
TOPICS = (
    *(topic.name for topic in topics(AGENCIES)),
    "__consumer_offsets",
    "intake.v2",
    inbound_topic("icb-3"),
    "partner.icb",
)
"""All that there are, Kafka's own, and some that do not exist."""
GROUPS = (
    *SERVICES,
    DOOR_GROUP,
    f"{DOOR_GROUP}.2",
    "intake.",
    "meetings2",
    "partner.icb.",
    "partner.icb.a",
    "partner.icb.in.v1",
    "partner.icb-2.a",
    "partner.icb",
    "partner.ic",
    "partner.police.a",
    "partner.",
    "icb",
)


@dataclass(frozen=True)
class Cluster:
    bootstrap: str
    admin: AdminClient
    directory: Path

    def login(self, principal: str) -> dict[str, Any]:
        password = Credentials(self.directory).password(principal)
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": principal,
            "sasl.password": password,
            "log_level": 0,
        }

    def trying(self, principal: str) -> Trying:
        rights = rights_of(principal)
        read = (a.name for a in rights if (a.resource, a.operation) == ("topic", "read"))
        return Trying(self.login(principal), TOPICS, GROUPS, next(read, TOPICS[0]))


@pytest.fixture(scope="module")
async def cluster(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Cluster]:
    """A cluster of this module's own: it takes rights away that other tests live on."""
    with running_kafka() as server:
        admin = connect(server.bootstrap_servers, server.admin_username, server.admin_password)
        directory = tmp_path_factory.mktemp("matrix") / "credentials"
        apply(admin, AGENCIES, directory)
        set_passwords(admin, {STRANGER: Credentials(directory).password(STRANGER)})
        made = Cluster(server.bootstrap_servers, admin, directory)
        login = {"sasl.username": server.admin_username, "sasl.password": server.admin_password}
        await groups_are_looked_after(made.login(STRANGER) | login)
        yield made


async def groups_are_looked_after(login: dict[str, Any]) -> None:
    """Wait for what the broker loads when it is asked for a group first; before, it knows none."""
    wire = await Wire(login).open()
    for group in GROUPS:
        async with asyncio.timeout(PATIENCE_SECONDS):
            while await wire.find(group) or await wire.offsets(group):  # noqa: ASYNC110 - it calls nobody
                await asyncio.sleep(0.05)
    await wire.close()


def differences(answers: Answers, rights: Collection[Acl]) -> dict[Cell, tuple[int, int]]:
    """Where the broker answered otherwise than the rights say: the answer, and the expected."""
    due = expected(rights, answers)
    return {cell: (code, due[cell]) for cell, code in answers.items() if code != due[cell]}


def rights_of(principal: str) -> tuple[Acl, ...]:
    return tuple(acl for acl in RIGHTS if acl.principal == principal)


@pytest.mark.parametrize("principal", [*principals(AGENCIES), STRANGER])
async def test_the_broker_allows_a_principal_what_the_catalogue_says_and_refuses_the_rest(
    cluster: Cluster, principal: str
) -> None:
    async with cluster.trying(principal) as trying:
        answers = await trying.everything()
        assert differences(answers, rights_of(principal)) == {}
        assert trying.seen() == readable(rights_of(principal))
    assert drift(cluster.admin, AGENCIES, cluster.directory) == []


def test_the_matrix_tries_what_is_allowed_as_well_as_what_is_not() -> None:
    """Each right of the catalogue lets through at least one cell that is tried."""
    tried = {"topic": TOPICS, "group": GROUPS, "cluster": ("kafka-cluster",)}
    for acl in RIGHTS:
        assert any(covers(acl, name) for name in tried[acl.resource]), acl


def test_an_agency_may_write_one_topic_read_one_and_use_groups_of_its_own() -> None:
    """Written out once, apart from the catalogue."""
    topics_ = {("topic", t, o) for t in TOPICS for o in ("write", "read", "describe", "delete")}
    groups = {("group", g, o) for g in GROUPS for o in ("commit", "join", "find", "delete")}
    answers = expected(rights_of("partner-icb"), topics_ | groups)
    assert {cell for cell, code in answers.items() if code == KafkaError.NO_ERROR} == {
        ("topic", "partner.icb.in.v1", "write"),
        ("topic", "partner.icb.in.v1", "describe"),
        ("topic", "partner.icb.out.v1", "read"),
        ("topic", "partner.icb.out.v1", "describe"),
        *(("group", "partner.icb.", o) for o in ("commit", "join", "find")),
        *(("group", "partner.icb.a", o) for o in ("commit", "join", "find")),
        *(("group", "partner.icb.in.v1", o) for o in ("commit", "join", "find")),
    }


def refusals(login: dict[str, Any]) -> list[int]:
    """What a client is told of its login, until it is let in or refused."""
    told: list[int] = []
    client = AdminClient(login | {"error_cb": lambda error: told.append(error.code())})

    def answered() -> bool:
        try:
            told.extend([0] if client.list_topics(timeout=0.5).brokers else [])
        except KafkaException:
            client.poll(0)
        return bool(told)

    assert until(answered)
    return told


WRONG: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "password of another": lambda login: login | {"sasl.username": "partner-icb-2"},
    "wrong password": lambda login: login | {"sasl.password": "guessed"},
    "name in capitals": lambda login: login | {"sasl.username": "PARTNER-ICB"},
    "nobody's name": lambda login: login | {"sasl.username": "nobody"},
    "mechanism without a password": lambda login: login | {"sasl.mechanism": "SCRAM-SHA-256"},
    "mechanism that is not offered": lambda login: login | {"sasl.mechanism": "PLAIN"},
}


@pytest.mark.parametrize("wrong", WRONG)
def test_who_does_not_log_in_rightly_is_told_so_and_no_more(cluster: Cluster, wrong: str) -> None:
    right = cluster.login("partner-icb")
    assert refusals(right) == [KafkaError.NO_ERROR]
    assert refusals(WRONG[wrong](right))[0] == KafkaError._AUTHENTICATION


@pytest.mark.parametrize("api", [0, 1, 2, 3, 10, 11, 22, 29])
def test_without_a_login_no_request_is_answered(cluster: Cluster, api: int) -> None:
    """The connection ends: produce, fetch, offsets, metadata, groups, producers' ids, rights."""
    host, _, port = cluster.bootstrap.rpartition(":")
    with socket.create_connection((host, int(port)), timeout=30) as connection:
        request = struct.pack(">hhih", api, 4, 1, -1) + bytes(32)
        connection.sendall(struct.pack(">i", len(request)) + request)
        assert connection.recv(1) == b""


def test_a_client_without_sasl_learns_no_topic(cluster: Cluster) -> None:
    login = {"bootstrap.servers": cluster.bootstrap, "security.protocol": "PLAINTEXT"}
    assert KafkaError.NO_ERROR not in refusals(login | {"log_level": 0})


async def test_after_a_change_of_password_the_old_one_opens_nothing_and_the_new_one_the_same(
    cluster: Cluster,
) -> None:
    old = cluster.login("meetings")
    rotate_at_once(cluster.admin, "meetings", cluster.directory)
    assert until(lambda: refusals(old)[0] == KafkaError._AUTHENTICATION)
    async with cluster.trying("meetings") as trying:
        answers = await trying.everything()
        assert differences(answers, rights_of("meetings")) == {}


async def test_nothing_is_left_to_a_suspended_agency_on_a_connection_that_it_has(
    cluster: Cluster,
) -> None:
    principal, login = principal_of_agency("police"), cluster.login(principal_of_agency("police"))
    async with cluster.trying(principal) as trying:
        assert differences(await trying.everything(), rights_of(principal)) == {}
        suspend(cluster.admin, "police", cluster.directory)
        assert differences(await trying.everything(), ()) == {}
        assert trying.seen() == set()
    assert until(lambda: refusals(login)[0] == KafkaError._AUTHENTICATION)
    resume(cluster.admin, "police", AGENCIES, cluster.directory)
    assert drift(cluster.admin, AGENCIES, cluster.directory) == []
