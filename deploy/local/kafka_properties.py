"""What a single Kafka node is told: the settings of the local stack and of the tests' container."""

import secrets
from dataclasses import dataclass

ADMIN = "admin"
_CONTROLLER = "controller"


@dataclass(frozen=True)
class KafkaNode:
    """Where one node, broker and controller in one, listens and what its two principals know."""

    host: str
    """The address that clients are told."""
    port: int
    controller_port: int
    log_dir: str
    admin_password: str
    controller_password: str
    listen: str = "127.0.0.1"
    """The interface for clients; the controller's listener is on loopback in any case."""


def server_properties(node: KafkaNode) -> str:
    """The text of `server.properties`. It holds both passwords.

    Clients log in by SCRAM-SHA-512, or by SCRAM-SHA-256 with a second password while one changes,
    and may do what an ACL allows, nothing else. The controller has no SCRAM, so its listener takes
    one principal by SASL PLAIN: without a login, every process on this machine would be the
    anonymous super user there.
    """
    lines = {
        "process.roles": "broker,controller",
        "node.id": 1,
        "controller.quorum.voters": f"1@127.0.0.1:{node.controller_port}",
        "listeners": (
            f"CLIENT://{node.listen}:{node.port},CONTROLLER://127.0.0.1:{node.controller_port}"
        ),
        "advertised.listeners": f"CLIENT://{node.host}:{node.port}",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "log.dirs": node.log_dir,
        **_logins(node),
        **_rights(),
        **_single_node(),
        **_quick_recovery(),
    }
    return "".join(f"{name}={value}\n" for name, value in lines.items())


def format_arguments(node: KafkaNode, properties: str) -> str:
    """The text of a file of arguments with which Kafka's `StorageTool` lays out the empty data
    directory, with the admin's login in it; `properties` is the path of `server.properties`."""
    return (
        f"format\n--cluster-id={secrets.token_urlsafe(16)}\n--config={properties}\n"
        f"--add-scram=SCRAM-SHA-512=[name={ADMIN},password={node.admin_password}]\n"
    )


def _logins(node: KafkaNode) -> dict[str, object]:
    scram = "org.apache.kafka.common.security.scram.ScramLoginModule"
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    return {
        # A principal has one password per mechanism: the second is for the time of a change.
        "sasl.enabled.mechanisms": "SCRAM-SHA-512,SCRAM-SHA-256",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": (
            f'{scram} required username="{ADMIN}" password="{node.admin_password}";'
        ),
        "listener.name.client.scram-sha-256.sasl.jaas.config": f"{scram} required;",
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": (
            f'{plain} required username="{_CONTROLLER}" password="{node.controller_password}"'
            f' user_{_CONTROLLER}="{node.controller_password}";'
        ),
    }


def _rights() -> dict[str, object]:
    return {
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "super.users": f"User:{ADMIN};User:{_CONTROLLER}",
        "allow.everyone.if.no.acl.found": "false",
        "auto.create.topics.enable": "false",
    }


def _single_node() -> dict[str, object]:
    return {
        "offsets.topic.replication.factor": 1,
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.replication.factor": 1,
        "transaction.state.log.min.isr": 1,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.replication.factor": 1,
        "share.coordinator.state.topic.min.isr": 1,
        "share.coordinator.state.topic.num.partitions": 4,
        # The default is a quarter of the whole heap, allocated at the start.
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
    }


def _quick_recovery() -> dict[str, object]:
    """After a kill the node waits for its own old session to run out: 12 s with the defaults."""
    return {
        "broker.session.timeout.ms": 2000,
        "broker.heartbeat.interval.ms": 500,
        "group.initial.rebalance.delay.ms": 0,
    }
