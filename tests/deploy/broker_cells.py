"""Everything that a principal can try at a broker, and what the broker answered to each.

A cell is (kind of resource, name, operation); its answer is the broker's error code, 0 for none.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import (
    KafkaError,
    KafkaException,
    TopicCollection,
)
from confluent_kafka.admin import (  # type: ignore[attr-defined]  # its names have no __all__
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialUpsertion,
)

from tests.deploy.broker_wire import Wire

SECONDS = 30.0
CLUSTER = "kafka-cluster"
Cell = tuple[str, str, str]
Answers = dict[Cell, int]


def code_of(act: Callable[..., Any], *given: Any) -> int:
    """The code with which the broker refused an act, 0 where it did not."""
    try:
        act(*given)
    except KafkaException as refused:
        return int(refused.args[0].code())
    return int(KafkaError.NO_ERROR)


def codes(answers: Mapping[Any, Future[Any]]) -> dict[str, int]:
    """The code of each of a call's answers, by the name of what was asked for."""
    return {
        getattr(key, "name", key): code_of(answer.result, SECONDS)
        for key, answer in answers.items()
    }


@dataclass
class Trying:
    """A principal's clients, open from the first try on: what is cut later is cut for them too."""

    login: dict[str, Any]
    topics: tuple[str, ...]
    """Names to try, whether there are such topics or not."""
    groups: tuple[str, ...]
    readable: str
    """A topic that the principal may read, if there is one."""
    _wire: Wire = field(init=False)

    async def __aenter__(self) -> Trying:
        self._admin = AdminClient(self.login)
        self._wire = await Wire(self.login).open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.close()

    async def everything(self) -> Answers:
        """Each cell, tried once."""
        return {
            **await self._of_topics(),
            **await self._of_groups(),
            **await self._of_transactions(),
            **await self._of_cluster(),
        }

    def seen(self) -> set[str]:
        """The topics that the broker lists."""
        return set(self._admin.list_topics(timeout=SECONDS).topics)

    async def _of_topics(self) -> Answers:
        admin, names = self._admin, list(self.topics)
        new = [NewTopic(name, 1, 1) for name in names]
        more = [NewPartitions(name, 9) for name in names]
        tried = {
            "write": await self._wire.write(names),
            "read": await self._wire.read(names),
            "describe": codes(admin.describe_topics(TopicCollection(names))),
            "create": codes(admin.create_topics(new, validate_only=True)),
            "alter": codes(admin.create_partitions(more, validate_only=True)),
            "describe_configs": codes(admin.describe_configs(_configs(names))),
            "alter_configs": codes(admin.incremental_alter_configs(_configs(names, change=True))),
            "delete": codes(admin.delete_topics(names)),
            "delete_records": await self._wire.delete_records(names),
        }
        return {
            ("topic", name, operation): answers[name]
            for operation, answers in tried.items()
            for name in names
        }

    async def _of_groups(self) -> Answers:
        found: Answers = {}
        for group in self.groups:
            ended = self._admin.delete_consumer_groups([group])[group]
            tried = {
                "find": await self._wire.find(group),
                "describe": await self._wire.offsets(group),
                "join": await self._wire.join(group),
                "commit": await self._wire.commit(group, self.readable),
                "delete": code_of(ended.result, SECONDS),
            }
            found |= {("group", group, operation): code for operation, code in tried.items()}
        return found

    async def _of_transactions(self) -> Answers:
        found: Answers = {}
        for name in (self.login["sasl.username"], *self.groups):
            found |= {
                ("transactional_id", name, "find"): await self._wire.find(name, transactional=True),
                ("transactional_id", name, "write"): await self._wire.producer_id(name),
            }
        return found

    async def _of_cluster(self) -> Answers:
        asked: dict[str, Awaitable[int]] = {
            "describe_acls": self._wire.rights(),
            "describe_logins": self._wire.logins(),
            "idempotent_write": self._wire.producer_id(),
        }
        found = {operation: await answer for operation, answer in asked.items()}
        found |= {
            operation: code_of(answer.result, SECONDS)
            for operation, answer in self._changes_of_cluster()
        }
        return {("cluster", CLUSTER, operation): code for operation, code in found.items()}

    def _changes_of_cluster(self) -> Iterator[tuple[str, Future[Any]]]:
        admin = self._admin
        mine = (ResourceType.TOPIC, "*", ResourcePatternType.LITERAL, self._user, "*")
        all_ = (AclOperation.ALL, AclPermissionType.ALLOW)
        info = ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096)
        login = UserScramCredentialUpsertion("admin", info, b"mine from now on")
        broker = ConfigResource(ConfigResource.Type.BROKER, "1")
        faster = ConfigEntry(
            "background.threads", "11", incremental_operation=AlterConfigOpType.SET
        )
        calls: dict[str, Mapping[Any, Future[Any]]] = {
            "create_acls": admin.create_acls([AclBinding(*mine, *all_)]),
            "delete_acls": admin.delete_acls([AclBindingFilter(*mine, *all_)]),
            "alter_logins": admin.alter_user_scram_credentials([login]),
            "describe_broker": admin.describe_configs([broker]),
        }
        broker.add_incremental_config(faster)
        calls["alter_broker"] = admin.incremental_alter_configs([broker])
        for name, answers in calls.items():
            yield from ((name, answer) for answer in answers.values())

    @property
    def _user(self) -> str:
        return f"User:{self.login['sasl.username']}"


def _configs(names: list[str], *, change: bool = False) -> list[ConfigResource]:
    changes = [
        ConfigEntry("retention.ms", "1", incremental_operation=AlterConfigOpType.SET),
    ]
    return [
        ConfigResource(
            ConfigResource.Type.TOPIC, name, incremental_configs=changes if change else None
        )
        for name in names
    ]
