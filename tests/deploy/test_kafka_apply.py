"""The catalogue on a real cluster: applied once, and held against it."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its names have no __all__
    AclBinding,
    AclOperation,
    AclPermissionType,
    AdminClient,
    NewTopic,
    ResourcePatternType,
    ResourceType,
)
from typer.testing import CliRunner

from deploy.kafka import apply, drift, resume, rotate_at_once, suspend
from deploy.kafka.__main__ import app
from deploy.kafka.cluster import create_acls, delete_acls, write_settings
from deploy.kafka.credentials import Credentials
from deploy.kafka.state import binding
from deploy.local.kafka import gives_metadata
from shared.contracts.catalogue import (
    Acl,
    acls,
    inbound_topic,
    outbound_topic,
    principal_of_agency,
    principals,
    topics,
)
from tests.deploy.broker_access import SECONDS, write
from tests.servers import running_kafka

AGENCIES = ("police", "cqc")
TOPICS = topics(AGENCIES)
PRINCIPALS = principals(AGENCIES)


def sasl(bootstrap: str, user: str, password: str) -> dict[str, Any]:
    return {
        "bootstrap.servers": bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": user,
        "sasl.password": password,
        "log_level": 0,
    }


@dataclass(frozen=True)
class Cluster:
    bootstrap: str
    admin: AdminClient
    admin_user: str
    admin_password: str
    directory: Path

    def login(self, principal: str) -> dict[str, Any]:
        return sasl(self.bootstrap, principal, Credentials(self.directory).password(principal))

    def apply(self, **options: bool) -> list[str]:
        return apply(self.admin, AGENCIES, self.directory, **options)

    def drift(self) -> list[str]:
        return drift(self.admin, AGENCIES, self.directory)


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """A cluster of this module's own: it takes rights away that other tests live on."""
    with running_kafka() as server:
        user, password = server.admin_username, server.admin_password
        admin = AdminClient(sasl(server.bootstrap_servers, user, password))
        directory = tmp_path_factory.mktemp("cluster") / "credentials"
        made = Cluster(server.bootstrap_servers, admin, user, password, directory)
        made.apply()
        yield made


def test_applying_twice_changes_nothing_the_second_time(cluster: Cluster) -> None:
    passwords = {name: Credentials(cluster.directory).password(name) for name in PRINCIPALS}
    assert cluster.apply() == []
    assert cluster.drift() == []
    assert {n: Credentials(cluster.directory).password(n) for n in PRINCIPALS} == passwords


def test_topics_have_the_partitions_and_settings_of_the_catalogue(cluster: Cluster) -> None:
    found = cluster.admin.list_topics(timeout=SECONDS).topics
    assert {t.name: len(found[t.name].partitions) for t in TOPICS} == {
        t.name: t.partitions for t in TOPICS
    }


def test_each_principal_has_a_password_of_its_own_that_only_the_owner_reads(
    cluster: Cluster,
) -> None:
    files = [Credentials(cluster.directory).path(name) for name in PRINCIPALS]
    assert {file.stat().st_mode & 0o777 for file in files} == {0o600}
    assert len({file.read_text() for file in files}) == len(PRINCIPALS)


def test_drift_finds_a_removed_acl_and_applying_brings_it_back(cluster: Cluster) -> None:
    right = binding(next(a for a in acls(AGENCIES) if a.principal == "meetings"))
    delete_acls(cluster.admin, [right])
    assert [line for line in cluster.drift() if line.startswith("missing ACL User:meetings")]
    assert len(cluster.apply()) == 1
    assert cluster.drift() == []


def test_drift_shows_an_extra_acl_and_only_pruning_takes_it_away(cluster: Cluster) -> None:
    for_anybody = AclBinding(
        ResourceType.TOPIC,
        "*",
        ResourcePatternType.LITERAL,
        "User:stranger",
        "*",
        AclOperation.READ,
        AclPermissionType.ALLOW,
    )
    between_partners = binding(
        Acl(principal_of_agency("cqc"), "topic", outbound_topic("police"), False, "read")
    )
    create_acls(cluster.admin, [for_anybody, between_partners])
    expected = [
        f"extra ACL User:partner-cqc read topic {outbound_topic('police')}",
        "extra ACL User:stranger read topic *",
    ]
    assert cluster.drift() == expected
    assert cluster.apply() == []
    assert cluster.drift() == expected
    assert len(cluster.apply(prune=True)) == 2
    assert cluster.drift() == []


def test_drift_finds_a_changed_setting_an_added_one_and_a_topic_of_no_service(
    cluster: Cluster,
) -> None:
    name = inbound_topic("police")
    write_settings(cluster.admin, {name: {"compression.type": "gzip", "min.insync.replicas": "1"}})
    cluster.admin.create_topics([NewTopic("intake.v0", 1)])["intake.v0"].result(SECONDS)
    assert cluster.drift() == [
        "extra topic intake.v0",
        f"topic {name}: compression.type is not uncompressed",
        f"topic {name}: min.insync.replicas is set, but not by the catalogue",
    ]
    assert cluster.apply(prune=True) == [
        f"set compression.type of topic {name}",
        f"unset min.insync.replicas of topic {name}",
    ]
    cluster.admin.delete_topics(["intake.v0"])["intake.v0"].result(SECONDS)
    assert cluster.drift() == []


def test_a_rotated_password_replaces_the_old_one(cluster: Cluster) -> None:
    principal = principal_of_agency("cqc")
    before = Credentials(cluster.directory).password(principal)
    rotate_at_once(cluster.admin, principal, cluster.directory)
    after = Credentials(cluster.directory).password(principal)
    assert after != before
    assert gives_metadata(cluster.bootstrap, principal, after)
    assert not gives_metadata(cluster.bootstrap, principal, before)


def test_a_suspended_agency_stays_out_when_the_catalogue_is_applied_until_it_is_resumed(
    cluster: Cluster,
) -> None:
    principal = principal_of_agency("cqc")
    login = cluster.login(principal)
    assert suspend(cluster.admin, "cqc", cluster.directory)
    assert not gives_metadata(cluster.bootstrap, principal, login["sasl.password"])
    assert cluster.apply() == []
    assert cluster.drift() == []
    with pytest.raises(LookupError):
        rotate_at_once(cluster.admin, principal, cluster.directory)
    assert resume(cluster.admin, "cqc", AGENCIES, cluster.directory)
    write(cluster.login(principal), inbound_topic("cqc"))


def test_the_drift_command_exits_with_1_where_the_cluster_differs(
    cluster: Cluster, tmp_path: Path
) -> None:
    agencies = tmp_path / "agencies.toml"
    agencies.write_text(
        "".join(
            f'[[agency]]\nid = "{agency}"\nname = "A"\npartnership = "p"\nfunctions = []\n'
            for agency in AGENCIES
        )
    )
    password = tmp_path / "admin"
    password.write_text(cluster.admin_password)
    options = ["--bootstrap", cluster.bootstrap, "--admin-user", cluster.admin_user]
    options += ["--admin-password-file", str(password), "--credentials", str(cluster.directory)]
    options += ["--agencies", str(agencies)]
    assert CliRunner().invoke(app, ["drift", *options]).exit_code == 0
    right = binding(acls(AGENCIES)[0])
    delete_acls(cluster.admin, [right])
    told = CliRunner().invoke(app, ["drift", *options])
    assert told.exit_code == 1
    assert "missing ACL" in told.output
    assert CliRunner().invoke(app, ["apply", *options]).exit_code == 0
    assert CliRunner().invoke(app, ["drift", *options]).exit_code == 0
