"""One write to a topic, and one read, by somebody who may be refused."""

import time
from collections.abc import Callable
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from shared.contracts.catalogue import SERVICES

SECONDS = 30.0


def write(login: dict[str, Any], topic: str) -> None:
    """Publish one record. Raises KafkaException when that, or the login, is refused."""
    outcome: list[KafkaError | None] = []
    producer = Producer(
        login | {"message.timeout.ms": int(SECONDS * 1000), "error_cb": _only_logins(outcome)}
    )
    producer.produce(topic, b"{}", key=b"key", on_delivery=lambda error, _: outcome.append(error))
    deadline = time.monotonic() + 2 * SECONDS
    while not outcome and time.monotonic() < deadline:
        producer.poll(0.1)
    if outcome[0] is not None:
        producer.purge()
        producer.flush(0)
        raise KafkaException(outcome[0])


def _only_logins(outcome: list[KafkaError | None]) -> Callable[[KafkaError], None]:
    """A refused login is tried again until the record is too old, which need not be awaited."""

    def note(error: KafkaError) -> None:
        if error.code() == KafkaError._AUTHENTICATION:
            outcome.append(error)

    return note


def read(login: dict[str, Any], topic: str) -> None:
    """Read as far as the end of the first partition, in a group that the principal may use."""
    user = login["sasl.username"]
    group = f"{user.replace('-', '.', 1)}.reader" if user not in SERVICES else user
    consumer = Consumer(
        login | {"group.id": group, "enable.auto.commit": False, "enable.partition.eof": True}
    )
    try:
        hidden = consumer.list_topics(topic, timeout=SECONDS).topics[topic].error
        if hidden is not None:
            raise KafkaException(hidden)
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(SECONDS)
        assert message is not None
        error = message.error()
        if error is not None and error.code() != KafkaError._PARTITION_EOF:
            raise KafkaException(error)
    finally:
        consumer.close()
