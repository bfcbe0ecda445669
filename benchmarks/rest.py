"""When all that a load has caused has come to its end, in every service."""

from __future__ import annotations

import time
from dataclasses import dataclass

from confluent_kafka import TopicPartition
from confluent_kafka.admin import OffsetSpec  # type: ignore[attr-defined]  # its names have no __all__

from benchmarks.ground import Sql
from deploy.kafka.cluster import connect
from deploy.local.stack import Stack
from shared.contracts.catalogue import DOOR_GROUP, HEARS, SERVICES, group_of, inbound_topic

_LOOK_EVERY_SECONDS = 0.1
_FEW = "(SELECT count(*) FROM (SELECT FROM {} LIMIT 100) AS found)"
_UNSENT = " + ".join(_FEW.format(f"{name}.outbox WHERE sent_at IS NULL") for name in SERVICES)
_MAILS = _FEW.format("notifications.message WHERE next_try_at IS NOT NULL")
_READ = " UNION ALL ".join(
    f"SELECT consumer_group, topic, partition, next_offset FROM {service}.consumed"  # noqa: S608 - our own names
    for service in SERVICES
)


@dataclass(frozen=True)
class Waiting:
    """What has not come to its end; counted as far as a hundred each, which costs little."""

    unsent: int
    mails: int
    unread: int

    def __bool__(self) -> bool:
        return bool(self.unsent or self.mails or self.unread)


class Rest:
    """Looks at outboxes, mails and the places of all consumers."""

    def __init__(self, stack: Stack) -> None:
        kafka = stack.kafka
        self._sql = Sql(stack)
        self._admin = connect(kafka.bootstrap_servers, kafka.admin_username, kafka.admin_password)
        topics = self._admin.list_topics(timeout=10).topics
        heard = {(group_of(s), topic) for s, told in HEARS.items() for topic in told}
        heard |= {(DOOR_GROUP, inbound_topic(agency.id)) for agency in stack.agencies}
        self._places = [(g, t, n) for g, t in sorted(heard) for n in topics[t].partitions]

    def close(self) -> None:
        self._sql.close()
        del self._admin  # it would go on looking for a broker that is stopped

    def waiting(self) -> Waiting:
        """What waits now. The log's ends are read last: what lies beyond was said meanwhile."""
        [(unsent, mails)] = self._sql.rows(f"SELECT {_UNSENT}, {_MAILS}")
        rows = self._sql.rows(_READ)
        read = {(r["consumer_group"], r["topic"], r["partition"]): r["next_offset"] for r in rows}
        if unsent or mails:
            return Waiting(unsent, mails, 0)
        ends = self._ends()
        unread = sum(max(0, ends[t, n] - read.get((g, t, n), 0)) for g, t, n in self._places)
        return Waiting(unsent, mails, unread)

    def wait(self, seconds: float) -> float:
        """Return when nothing waits: the moment, by `time.perf_counter`. Raises TimeoutError."""
        deadline = time.perf_counter() + seconds
        while found := self.waiting():
            if time.perf_counter() > deadline:
                raise TimeoutError(f"not at rest after {seconds:.0f} s: {found}")
            time.sleep(_LOOK_EVERY_SECONDS)
        return time.perf_counter()

    def _ends(self) -> dict[tuple[str, int], int]:
        latest = OffsetSpec.latest()  # type: ignore[no-untyped-call]  # it has no annotations
        wanted = {TopicPartition(topic, number): latest for _, topic, number in self._places}
        found = self._admin.list_offsets(wanted, request_timeout=10)
        return {(p.topic, p.partition): future.result().offset for p, future in found.items()}
