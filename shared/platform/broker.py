"""How the services reach Kafka: SCRAM always, TLS wherever a CA is given."""

from __future__ import annotations

import asyncio
import dataclasses
import ssl
import struct
from collections.abc import Awaitable, Callable
from typing import Any

from aiokafka import ConsumerRecord
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram256, SASLScram512

from shared.platform import records as tolerant
from shared.platform.settings import Settings

_LOGINS = {"SCRAM-SHA-512": SASLScram512, "SCRAM-SHA-256": SASLScram256}


def tls_of(settings: Settings) -> ssl.SSLContext | None:
    """TLS checked against our CA; without one only loopback is meant."""
    if settings.kafka_ssl_ca is None:
        return None
    return ssl.create_default_context(cafile=str(settings.kafka_ssl_ca))


def connection_options(settings: Settings) -> dict[str, Any]:
    """What raw aiokafka clients need to log in."""
    context = tls_of(settings)
    return {
        "bootstrap_servers": settings.kafka_bootstrap,
        "security_protocol": "SASL_SSL" if context else "SASL_PLAINTEXT",
        "ssl_context": context,
        "sasl_mechanism": settings.kafka_mechanism,
        "sasl_plain_username": settings.kafka_user,
        "sasl_plain_password": settings.kafka_password.get_secret_value(),
    }


def make_broker(settings: Settings) -> KafkaBroker:
    """The FastStream broker of a service: it consumes; the relay publishes."""
    tolerant.install()
    context = tls_of(settings)
    return KafkaBroker(
        settings.kafka_bootstrap,
        security=_LOGINS[settings.kafka_mechanism](
            username=settings.kafka_user,
            password=settings.kafka_password.get_secret_value(),
            ssl_context=context,
            use_ssl=context is not None,
        ),
        client_id=settings.kafka_user,
        metadata_max_age_ms=10_000,
        allow_auto_create_topics=False,
        # Handlers take the message and nothing else: to inject it costs a thread for each batch.
        apply_types=False,
        logger=None,
    )


_WHICH_VERSIONS = struct.pack(">ihhih", 10, 18, 0, 1, -1)
"""The one request that a broker answers before a login: ApiVersions, version 0, client unnamed."""


async def answers(settings: Settings) -> bool:
    """Whether one of the brokers answers a request now; one that starts only takes connections."""
    for address in settings.kafka_bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        try:
            async with asyncio.timeout(2):
                if await _answers(host, int(port), tls_of(settings)):
                    return True
        except (OSError, EOFError):
            continue
    return False


async def _answers(host: str, port: int, tls: ssl.SSLContext | None) -> bool:
    reader, writer = await asyncio.open_connection(host, port, ssl=tls)
    try:
        writer.write(_WHICH_VERSIONS)
        size, correlation = struct.unpack(">ii", await reader.readexactly(8))
        return bool(size > 4 and correlation == 1)
    finally:
        writer.close()


Parse = Callable[[Any], Awaitable[KafkaMessage]]


async def tolerant_parser(records: tuple[ConsumerRecord, ...], parse: Parse) -> Any:
    """Parse a batch without its headers: one byte that is not UTF-8 would end the subscriber.

    Headers are decoded later, record by record, where a bad one has a place to go.
    """
    message = await parse(tuple(dataclasses.replace(record, headers=()) for record in records))
    message.raw_message = records
    return message


async def undecoded(message: KafkaMessage) -> KafkaMessage:
    """Leave the bodies alone: an error of a decoder would carry their text into logs and spans."""
    return message
