"""What a broker is told about rights, read from its settings; brokers themselves are slower."""

from __future__ import annotations

import stat
from pathlib import Path

from deploy.containers.broker import broker_properties
from deploy.local.kafka_properties import KafkaNode, server_properties
from deploy.local.private import write_private

NODE = KafkaNode("127.0.0.1", 9092, 9093, "/data", "admin's", "controller's")


def settings(text: str) -> dict[str, str]:
    """The lines of a file of properties."""
    return dict(line.split("=", 1) for line in text.splitlines())


def test_what_no_acl_allows_is_refused() -> None:
    said = settings(server_properties(NODE))
    assert said["allow.everyone.if.no.acl.found"] == "false"
    assert said["authorizer.class.name"].endswith(".StandardAuthorizer")
    assert said["auto.create.topics.enable"] == "false"


def test_only_the_admin_and_the_controller_are_above_the_acls() -> None:
    said = settings(server_properties(NODE))
    assert set(said["super.users"].split(";")) == {"User:admin", "User:controller"}


def test_nobody_enters_without_a_login() -> None:
    protocols = settings(server_properties(NODE))["listener.security.protocol.map"].split(",")
    assert {protocol.split(":")[1] for protocol in protocols} == {"SASL_PLAINTEXT"}


def test_a_container_s_clients_speak_tls_only() -> None:
    said = settings(broker_properties(NODE, Path("/secrets"), 9094))
    protocols = dict(item.split(":") for item in said["listener.security.protocol.map"].split(","))
    assert protocols.pop("CONTROLLER") == "SASL_PLAINTEXT"  # on the container's own loopback
    assert set(protocols.values()) == {"SASL_SSL"}


def test_a_secret_is_its_owners_from_the_first_byte_on(tmp_path: Path) -> None:
    path = tmp_path / "password"
    write_private(path, "secret")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
