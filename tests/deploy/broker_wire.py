"""Requests of Kafka's own protocol: what a client that keeps to no manners can send.

A client library asks for a topic's metadata first and fetches nothing that it was not told of. It
does not show the refusal of a list of rights, and does not survive that of a list of logins, nor
always that of a group's offsets.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import DeleteRecordsRequest, DescribeAclsRequest
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.commit import OffsetCommitRequest, OffsetFetchRequest
from aiokafka.protocol.coordination import FindCoordinatorRequest
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.group import JoinGroupRequest
from aiokafka.protocol.produce import ProduceRequest
from aiokafka.protocol.transaction import InitProducerIdRequest
from aiokafka.protocol.types import (
    CompactArray,
    CompactString,
    Int8,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from confluent_kafka import KafkaError

_ANY = 1


class _LoginsResponse(Response):  # type: ignore[misc]  # no type information is published
    API_KEY, API_VERSION = 50, 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("error_message", CompactString("utf-8")),
        (
            "results",
            CompactArray(
                ("user", CompactString("utf-8")),
                ("error_code", Int16),
                ("error_message", CompactString("utf-8")),
                (
                    "credentials",
                    CompactArray(("mechanism", Int8), ("iterations", Int32), ("t", TaggedFields)),
                ),
                ("tags", TaggedFields),
            ),
        ),
        ("tags", TaggedFields),
    )


class _LoginsStruct(RequestStruct):  # type: ignore[misc]  # the same
    FLEXIBLE_VERSION = True
    API_KEY, API_VERSION = 50, 0
    RESPONSE_TYPE = _LoginsResponse
    SCHEMA = Schema(
        ("users", CompactArray(("name", CompactString("utf-8")), ("tags", TaggedFields))),
        ("tags", TaggedFields),
    )


class _LoginsRequest(Request[_LoginsStruct]):  # type: ignore[misc]  # the same
    API_KEY = 50

    def build(self, request_struct_class: type[_LoginsStruct]) -> _LoginsStruct:
        return request_struct_class([], {})


class Wire:
    """A principal's own connection, logged in."""

    def __init__(self, login: dict[str, Any]) -> None:
        self._client = AIOKafkaClient(
            bootstrap_servers=login["bootstrap.servers"],
            security_protocol=login["security.protocol"],
            sasl_mechanism=login["sasl.mechanism"],
            sasl_plain_username=login["sasl.username"],
            sasl_plain_password=login["sasl.password"],
        )

    async def open(self) -> Wire:
        """Log in. Raises KafkaConnectionError where the broker refuses."""
        await self._client.bootstrap()
        await self.rights()  # opens the connection that stays
        return self

    async def close(self) -> None:
        await self._client.close()

    async def write(self, topics: Iterable[str]) -> dict[str, int]:
        """Publish a record on each topic's first partition; the error codes."""
        wanted = [(topic, [(0, _record())]) for topic in topics]
        answer = await self._send(ProduceRequest(None, 1, 10_000, wanted))
        return {topic: partitions[0][1] for topic, partitions in answer.topics}

    async def read(self, topics: Iterable[str]) -> dict[str, int]:
        """Fetch from each topic's first partition; the error codes."""
        wanted = [(topic, [(0, 0, 1024)]) for topic in topics]
        answer = await self._send(FetchRequest(100, 0, 1024 * 1024, 0, wanted))
        return {topic: partitions[0][1] for topic, partitions in answer.topics}

    async def delete_records(self, topics: Iterable[str]) -> dict[str, int]:
        """Delete nothing of each topic's first partition; the error codes."""
        wanted = [(topic, [(0, 0)]) for topic in topics]
        answer = await self._send(DeleteRecordsRequest(wanted, 10_000))
        return {topic: partitions[0][2] for topic, partitions, *_ in answer.topics}

    async def producer_id(self, transactional_id: str | None = None) -> int:
        """Ask for the id with which one writes idempotently, or in transactions; the error code."""
        request = InitProducerIdRequest(transactional_id, 10_000)
        code = int(KafkaError.COORDINATOR_LOAD_IN_PROGRESS)  # until the first ids are allotted
        while code == KafkaError.COORDINATOR_LOAD_IN_PROGRESS:
            code = int((await self._send(request)).error_code)
        return code

    async def find(self, name: str, *, transactional: bool = False) -> int:
        """Ask who looks after a group or a transactional id; the error code."""
        answer = await self._send(FindCoordinatorRequest(name, int(transactional)))
        return int(answer.error_code)

    async def join(self, group: str) -> int:
        """Ask to be a member of a consumer group; the error code."""
        none: Any = None
        request = JoinGroupRequest(group, 10_000, 10_000, "", none, "consumer", [("range", b"")])
        code = int((await self._send(request)).error_code)
        return int(KafkaError.NO_ERROR) if code == KafkaError.MEMBER_ID_REQUIRED else code

    async def commit(self, group: str, topic: str) -> int:
        """Commit that a group has read nothing of a topic; the error code."""
        request = OffsetCommitRequest(group, -1, "", -1, [(topic, [(0, 0, "")])])
        answer = await self._send(request)
        return int(answer.topics[0][1][0][1])

    async def offsets(self, group: str) -> int:
        """Ask how far a group has read; the error code."""
        everywhere: Any = None
        return int((await self._send(OffsetFetchRequest(group, everywhere))).error_code)

    async def rights(self) -> int:
        """Ask for the list of rights; the error code."""
        anybody: Any = None
        request = DescribeAclsRequest(_ANY, anybody, _ANY, anybody, anybody, _ANY, _ANY)
        return int((await self._send(request)).error_code)

    async def logins(self) -> int:
        """Ask for the list of logins; the error code."""
        return int((await self._send(_LoginsRequest())).error_code)

    async def _send(self, request: Any) -> Any:
        node = self._client.cluster.brokers().pop().nodeId
        return await self._client.send(node, request)


def _record() -> bytes:
    batch = DefaultRecordBatchBuilder(2, 0, 0, -1, -1, -1, 1024)
    batch.append(0, 0, b"key", b"{}", [])
    return bytes(batch.build())
