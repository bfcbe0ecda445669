"""(c) The textbook's stage: a message and an ORM session at a time, relayed by faststream-outbox.

As the library's own guide has it: FastStream hands over a message, a handler opens a session, looks
whether it has seen the message, adds an inbox row and a domain row, and publishes to the outbox in
the same transaction; a subscriber of the outbox relays each row to Kafka. The offset is committed
after the handler. Of the settings that were tried these were the fastest: the relay is woken by the
database, looks ten times a second besides, and takes a hundred rows at once; with the library's own
values (once a second, ten rows) it carried about half as much. It has one worker: four were slower,
and lose the order of messages.
"""

from __future__ import annotations

import asyncio
import logging

from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage
from faststream.security import SASLScram512
from faststream_outbox import OutboxBroker, make_outbox_table
from sqlalchemy import LargeBinary, MetaData
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, create_async_engine
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from benchmarks.ground import Ground

_ROWS_AT_ONCE = 100
_LOOK_EVERY_SECONDS = 0.1
_LEAVING = "leaving"
_tables = MetaData()
_outbox_table = make_outbox_table(_tables)


class _Row(SQLModel, registry=registry(metadata=_tables)):
    """The tables of a stage: found by the search path of the stage's schema."""


class Inbox(_Row, table=True):
    id: str = Field(primary_key=True)


class Fact(_Row, table=True):
    id: str = Field(primary_key=True)
    body: bytes = Field(sa_type=LargeBinary)


async def make_tables(ground: Ground, schema: str) -> None:
    """A schema with a stage's tables."""
    connection = await ground.connect()
    await connection.execute(f"CREATE SCHEMA {schema}")
    await connection.close()
    engine = _engine(ground, schema)
    async with engine.begin() as made:
        await made.run_sync(_tables.create_all)
    await engine.dispose()


async def run(ground: Ground, source: str, target: str, name: str) -> None:
    """A stage, until it is ended."""
    quiet = logging.getLogger("textbook")
    quiet.setLevel(logging.WARNING)
    engine = _engine(ground, name)
    kafka = KafkaBroker(
        ground.bootstrap,
        security=SASLScram512(username=ground.kafka_user, password=ground.kafka_password),
        logger=quiet,
    )
    outbox = OutboxBroker(engine, outbox_table=_outbox_table, logger=quiet)

    @kafka.subscriber(
        source, group_id=name, auto_offset_reset="earliest", ack_policy=AckPolicy.NACK_ON_ERROR
    )
    async def take(body: bytes, message: KafkaMessage) -> None:
        id_ = message.headers["id"]
        async with AsyncSession(engine) as session, session.begin():
            if await session.get(Inbox, id_) is None:
                session.add(Inbox(id=id_))
                session.add(Fact(id=id_, body=body))
                await outbox.publish(body, queue=_LEAVING, session=session, headers={"id": id_})

    relay = outbox.subscriber(
        _LEAVING,
        fetch_batch_size=_ROWS_AT_ONCE,
        min_fetch_interval=_LOOK_EVERY_SECONDS,
        propagate_inbound_headers=True,
    )

    @kafka.publisher(target)
    @relay
    async def leave(body: bytes) -> bytes:
        return body

    await kafka.start()
    await outbox.start()
    await asyncio.Event().wait()


def _engine(ground: Ground, schema: str) -> AsyncEngine:
    return create_async_engine(
        ground.dsn.replace("postgresql", "postgresql+asyncpg"),
        connect_args={"server_settings": {"search_path": schema}},
    )
