"""Reading a cluster's topics, rights and logins, and writing them: Kafka's admin calls."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its names have no __all__
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ConfigSource,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialAlteration,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from deploy.kafka.state import State, TopicState

SECONDS = 30.0
"""How long one call may take."""
_ITERATIONS = 8192
MECHANISMS = ("SCRAM-SHA-512", "SCRAM-SHA-256")
"""A principal has at most one password for each; the first is the usual one."""
_MECHANISM = {
    "SCRAM-SHA-512": ScramMechanism.SCRAM_SHA_512,
    "SCRAM-SHA-256": ScramMechanism.SCRAM_SHA_256,
}


def connect(bootstrap: str, user: str, password: str, ca: Path | None = None) -> AdminClient:
    """A client of a super user; TLS checked against `ca`, or none, which is for loopback only."""
    tls = {"ssl.ca.location": str(ca)} if ca else {}
    return AdminClient(
        {
            "bootstrap.servers": bootstrap,
            "security.protocol": "SASL_SSL" if ca else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": user,
            "sasl.password": password,
            **tls,
        }
    )


def read(admin: AdminClient) -> State:
    """What the cluster holds now. Raises KafkaException when it does not answer."""
    listed = admin.list_topics(timeout=SECONDS).topics
    names = [name for name in listed if not name.startswith("__")]
    overrides = _overrides(admin, names)
    return State(
        topics={name: TopicState(len(listed[name].partitions), overrides[name]) for name in names},
        acls=frozenset(admin.describe_acls(_any_acl()).result(SECONDS)),
        principals=frozenset(_logins(admin)),
    )


def create_topics(admin: AdminClient, topics: Mapping[str, TopicState]) -> None:
    """Create topics, with the broker's own replication factor."""
    if topics:
        new = [NewTopic(n, t.partitions, config=dict(t.config)) for n, t in topics.items()]
        _finish(admin.create_topics(new, operation_timeout=SECONDS))


def write_settings(admin: AdminClient, settings: Mapping[str, Mapping[str, str]]) -> None:
    """Set these settings of topics and leave the others."""
    _alter(admin, settings, AlterConfigOpType.SET)


def remove_settings(admin: AdminClient, settings: Mapping[str, Iterable[str]]) -> None:
    """Let these settings of topics fall back to the broker's."""
    values = {name: dict.fromkeys(keys, "") for name, keys in settings.items()}
    _alter(admin, values, AlterConfigOpType.DELETE)


def create_acls(admin: AdminClient, acls: Iterable[AclBinding]) -> None:
    """Grant rights."""
    if new := list(acls):
        _finish(admin.create_acls(new, request_timeout=SECONDS))


def delete_acls(admin: AdminClient, acls: Iterable[AclBinding]) -> None:
    """Take exactly these rights away."""
    if filters := [_exactly(acl) for acl in acls]:
        _finish(admin.delete_acls(filters, request_timeout=SECONDS))


def set_passwords(
    admin: AdminClient, passwords: Mapping[str, str], mechanism: str = MECHANISMS[0]
) -> None:
    """Let principals log in by this mechanism with these passwords, and with no other."""
    info = ScramCredentialInfo(_MECHANISM[mechanism], _ITERATIONS)
    _alter_logins(
        admin,
        [UserScramCredentialUpsertion(n, info, p.encode()) for n, p in passwords.items()],
    )


def delete_logins(
    admin: AdminClient, principals: Iterable[str], mechanisms: Iterable[str] = MECHANISMS
) -> None:
    """Let principals no longer log in by these mechanisms; by none, if no other is left."""
    found, ended = _logins(admin), {_MECHANISM[name] for name in mechanisms}
    _alter_logins(
        admin,
        [
            UserScramCredentialDeletion(name, info.mechanism)
            for name in principals
            for info in (found[name].scram_credential_infos if name in found else ())
            if info.mechanism in ended
        ],
    )


def _overrides(admin: AdminClient, names: Iterable[str]) -> dict[str, dict[str, str]]:
    asked = [ConfigResource(ConfigResource.Type.TOPIC, name) for name in names]
    if not asked:
        return {}
    answers = admin.describe_configs(asked, request_timeout=SECONDS)
    source = ConfigSource.DYNAMIC_TOPIC_CONFIG.value
    return {
        resource.name: {
            entry.name: str(entry.value)
            for entry in answer.result(SECONDS).values()
            if entry.source == source
        }
        for resource, answer in answers.items()
    }


def _logins(admin: AdminClient) -> Mapping[str, Any]:
    answer: Any = admin.describe_user_scram_credentials()
    found: dict[str, Any] = answer.result(SECONDS)
    return found


def _alter(
    admin: AdminClient, settings: Mapping[str, Mapping[str, str]], how: AlterConfigOpType
) -> None:
    resources = [
        ConfigResource(
            ConfigResource.Type.TOPIC,
            name,
            incremental_configs=[
                ConfigEntry(key, value, incremental_operation=how) for key, value in pairs.items()
            ],
        )
        for name, pairs in settings.items()
    ]
    if resources:
        _finish(admin.incremental_alter_configs(resources, request_timeout=SECONDS))


def _alter_logins(admin: AdminClient, alterations: Sequence[UserScramCredentialAlteration]) -> None:
    if alterations:
        _finish(admin.alter_user_scram_credentials(list(alterations)))


def _any_acl() -> AclBindingFilter:
    anything: Any = None  # its types do not know that a filter may leave these open
    return AclBindingFilter(
        ResourceType.ANY,
        anything,
        ResourcePatternType.ANY,
        anything,
        anything,
        AclOperation.ANY,
        AclPermissionType.ANY,
    )


def _exactly(acl: AclBinding) -> AclBindingFilter:
    return AclBindingFilter(
        acl.restype,
        acl.name,
        acl.resource_pattern_type,
        acl.principal,
        acl.host,
        acl.operation,
        acl.permission_type,
    )


def _finish(answers: Mapping[Any, Future[Any]]) -> None:
    for answer in answers.values():
        answer.result(SECONDS)
