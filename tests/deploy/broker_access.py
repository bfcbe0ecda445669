"""One write to a topic, and one read, by somebody who may be refused."""

from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer, TopicPartition

from shared.contracts.catalogue import SERVICES

SECONDS = 15.0


def write(login: dict[str, Any], topic: str) -> None:
    outcome: list[KafkaError | None] = []
    producer = Producer(login | {"message.timeout.ms": 10_000})
    producer.produce(topic, b"{}", key=b"key", on_delivery=lambda error, _: outcome.append(error))
    assert producer.flush(SECONDS) == 0
    if outcome[0] is not None:
        raise KafkaException(outcome[0])


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
