"""The tables that every service has in its own schema beside those of its domain."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}

Instant = DateTime(timezone=True)


def service_metadata(service: str) -> MetaData:
    """The metadata of one service: its own schema, and constraint names that migrations can use."""
    return MetaData(schema=service, naming_convention=NAMING)


class PlatformTables:
    """Outbox, inbox, offsets, dead letters, clocks, audit trail and answers to repeat."""

    def __init__(self, metadata: MetaData) -> None:
        self.schema = metadata.schema or ""
        self.outbox = _outbox(metadata)
        self.inbox = _inbox(metadata)
        self.consumed = _consumed(metadata)
        self.dead_letter = _dead_letter(metadata)
        self.clock = _clock(metadata)
        self.audit = _audit(metadata)
        self.idempotency = _idempotency(metadata)


def _outbox(metadata: MetaData) -> Table:
    """Events to be published, written with the change they tell of. Partitioned by day.

    A sent row stays for the retention time and can be published again.
    """
    return Table(
        "outbox",
        metadata,
        Column("seq", BigInteger, Identity(always=True), nullable=False),
        Column("day", Date, nullable=False),
        Column("event_id", Uuid, nullable=False),
        Column("event_type", String(120), nullable=False),
        Column("topic", String(200), nullable=False),
        Column("key", String(200), nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary, nullable=True),
        Column("recorded_at", Instant, nullable=False),
        Column("sent_at", Instant, nullable=True),
        PrimaryKeyConstraint("day", "seq"),
        Index("ix_outbox_unsent", "seq", postgresql_where=text("sent_at IS NULL")),
        postgresql_partition_by="RANGE (day)",
    )


def _inbox(metadata: MetaData) -> Table:
    """Which events have taken effect here: each one once. Outlives outbox and topic."""
    return Table(
        "inbox",
        metadata,
        Column("source", String(200), nullable=False),
        Column("event_id", Uuid, nullable=False),
        Column("received_at", Instant, nullable=False),
        PrimaryKeyConstraint("source", "event_id"),
    )


def _consumed(metadata: MetaData) -> Table:
    """Where each partition goes on, committed with the effects: a restored database resumes."""
    return Table(
        "consumed",
        metadata,
        Column("consumer_group", String(120), nullable=False),
        Column("topic", String(200), nullable=False),
        Column("partition", Integer, nullable=False),
        Column("next_offset", BigInteger, nullable=False),
        PrimaryKeyConstraint("consumer_group", "topic", "partition"),
    )


def _dead_letter(metadata: MetaData) -> Table:
    """Records that could not take effect, and those of the same key that wait behind them.

    `original` is the body before somebody repaired it, `digest` that of the original. `log_time` is
    the broker's, in milliseconds. With the group `outbox`: what could not be published.
    """
    return Table(
        "dead_letter",
        metadata,
        Column("id", Uuid, nullable=False),
        Column("consumer_group", String(120), nullable=False),
        Column("topic", String(200), nullable=False),
        Column("partition", Integer, nullable=False),
        Column("log_offset", BigInteger, nullable=False),
        Column("key", String(200), nullable=False),
        Column("event_id", Uuid, nullable=True),
        Column("event_type", String(120), nullable=True),
        Column("state", String(20), nullable=False),
        Column("reason", String(400), nullable=False),
        Column("digest", String(64), nullable=False),
        Column("headers", JSONB, nullable=False),
        Column("value", LargeBinary, nullable=True),
        Column("original", LargeBinary, nullable=True),
        Column("log_time", BigInteger, nullable=False, server_default=text("0")),
        Column("recorded_at", Instant, nullable=False),
        Column("settled_at", Instant, nullable=True),
        PrimaryKeyConstraint("id"),
        Index("ix_dead_letter_open_key", "topic", "key", "state"),
        # A log that was cut short gives its offsets out again.
        Index("ix_dead_letter_place", "topic", "partition", "log_offset", "digest", unique=True),
    )


def _clock(metadata: MetaData) -> Table:
    """What falls due, days to years ahead: the rule as well as the instant."""
    return Table(
        "clock",
        metadata,
        Column("id", Uuid, nullable=False),
        Column("rule", String(80), nullable=False),
        Column("subject_id", Uuid, nullable=False),
        Column("partnership", String(60), nullable=False),
        Column("due_at", Instant, nullable=False),
        Column("tries", Integer, nullable=False, server_default=text("0")),
        Column("try_after", Instant, nullable=True),
        Column("clause", String(200), nullable=False),
        Column("state", String(20), nullable=False),
        Column("traceparent", String(60), nullable=True),
        Column("set_at", Instant, nullable=False),
        Column("settled_at", Instant, nullable=True),
        PrimaryKeyConstraint("id"),
        Index(
            "ix_clock_running",
            "rule",
            "subject_id",
            unique=True,
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_clock_due", "due_at", postgresql_where=text("state = 'waiting'")),
    )


def _audit(metadata: MetaData) -> Table:
    """Who did or read what, when and why. Ids and words of ours only."""
    return Table(
        "audit",
        metadata,
        Column("id", Uuid, nullable=False),
        Column("at", Instant, nullable=False),
        Column("who", String(120), nullable=False),
        Column("did", String(80), nullable=False),
        Column("subject", String(120), nullable=False),
        Column("partnership", String(60), nullable=False),
        Column("why", String(400), nullable=True),
        PrimaryKeyConstraint("id"),
    )


def _idempotency(metadata: MetaData) -> Table:
    """Answers to POSTs with an Idempotency-Key, sealed so that only who sends it opens them."""
    return Table(
        "idempotency",
        metadata,
        Column("id", LargeBinary, nullable=False),
        Column("digest", LargeBinary, nullable=False),
        Column("answer", LargeBinary, nullable=False),
        Column("at", Instant, nullable=False),
        PrimaryKeyConstraint("id"),
        Index("ix_idempotency_at", "at"),
    )
