"""What the broker has to answer to each cell, from the rights that the catalogue lists.

How Kafka reads a right is written out here: reading and writing bring with them that one is told
of the topic or the group, and who may write some topic may write it idempotently.
"""

from __future__ import annotations

from collections.abc import Collection

from confluent_kafka import KafkaError

from shared.contracts.catalogue import Acl
from tests.deploy.broker_cells import Answers, Cell

REFUSED = {
    "topic": KafkaError.TOPIC_AUTHORIZATION_FAILED,
    "group": KafkaError.GROUP_AUTHORIZATION_FAILED,
    "cluster": KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    "transactional_id": KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
}
_SUFFICES = {
    "describe": {"describe", "read", "write"},
    "commit": {"read"},
    "join": {"read"},
    "find": {"describe", "read"},
}
"""Rights that allow an operation; of others only the right of that name does."""


def expected(rights: Collection[Acl], cells: Collection[Cell]) -> Answers:
    """The answer to each cell for a principal with these rights."""
    return {
        cell: KafkaError.NO_ERROR if _allowed(rights, *cell) else REFUSED[cell[0]] for cell in cells
    }


def readable(rights: Collection[Acl]) -> set[str]:
    """The topics of which a principal with these rights is told."""
    return {acl.name for acl in rights if acl.resource == "topic"}


def _allowed(rights: Collection[Acl], resource: str, name: str, operation: str) -> bool:
    if operation == "idempotent_write":
        return any(
            acl.operation == operation or (acl.resource, acl.operation) == ("topic", "write")
            for acl in rights
        )
    suffices = _SUFFICES.get(operation, {operation})
    return any(
        acl.resource == resource and covers(acl, name) and acl.operation in suffices
        for acl in rights
    )


def covers(acl: Acl, name: str) -> bool:
    """Whether a right is about the resource of this name."""
    return name.startswith(acl.name) if acl.prefixed else name == acl.name
