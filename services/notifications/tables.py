"""The tables of notifications, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    Column,
    ColumnElement,
    Date,
    Identity,
    Index,
    UniqueConstraint,
    literal_column,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.platform.tables import Instant, PlatformTables, service_metadata

metadata = service_metadata("notifications")
platform = PlatformTables(metadata)


def _numbered() -> Any:
    """Numbers in the order of writing; with gaps, and not always in the order of commits."""
    return Field(
        default=None, sa_column=Column(BigInteger, Identity(always=True), primary_key=True)
    )


class NotificationsTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of notifications' tables: its own schema."""


class FactRow(NotificationsTable, table=True):
    """A fact as it was heard, unprojected. Contacts are none: they can be erased."""

    __tablename__ = "fact"
    __table_args__ = (
        UniqueConstraint("event_id"),
        Index("ix_fact_location", "partnership", "location_id", "seq"),
        Index("ix_fact_key", "partnership", "key", "seq"),
    )

    seq: int = _numbered()
    event_id: UUID
    type: str = Field(max_length=120)
    service: str = Field(max_length=60)
    key: str = Field(max_length=200)
    location_id: UUID | None = None
    partnership: str = Field(max_length=60)
    shareable: bool
    """False where the event's declaration says that it never leaves the services."""
    occurred_at: datetime = Field(sa_type=Instant)
    heard_at: datetime = Field(sa_type=Instant)
    body: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    handling: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    traceparent: str | None = Field(default=None, max_length=60)


class LocationRow(NotificationsTable, table=True):
    """A location as audiences know it."""

    __tablename__ = "location"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID
    reference: str = Field(max_length=40)
    name: str = Field(max_length=300)
    category: str = Field(max_length=40)
    very_small: bool
    active: bool


class AgencyRow(NotificationsTable, table=True):
    """A partner agency, its agreement, and whether it is suspended (L1.1)."""

    __tablename__ = "agency"

    id: str = Field(primary_key=True, max_length=60)
    partnership: str = Field(max_length=60, index=True)
    name: str = Field(max_length=200)
    agreement_version: str | None = Field(default=None, max_length=20)
    suspended: bool


class FunctionRow(NotificationsTable, table=True):
    """A function that an agency holds from a day to a day."""

    __tablename__ = "agency_function"

    partnership: str = Field(max_length=60)
    agency_id: str = Field(primary_key=True, max_length=60, foreign_key="notifications.agency.id")
    function: str = Field(primary_key=True, max_length=40)
    held_from: date = Field(primary_key=True)
    held_to: date | None = None


class ContactRow(NotificationsTable, table=True):
    """An office holder's name and work address; the row goes when they leave."""

    __tablename__ = "contact"

    person_ref: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID | None = None
    location_id: UUID | None = None
    agency_id: str | None = Field(default=None, max_length=60)
    role: str | None = Field(default=None, max_length=40)
    name: str = Field(max_length=200)
    email: str = Field(max_length=254)


class QipRow(NotificationsTable, table=True):
    """The QIP that a location's case has come to, and the fact from which it counts."""

    __tablename__ = "qip"

    location_id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    qip_id: UUID
    since: int = Field(sa_type=BigInteger)
    """`fact.seq` of its opening: facts before it belong to the time before the QIP."""


class MemberRow(NotificationsTable, table=True):
    """An agency's membership of a QIP."""

    __tablename__ = "member"

    qip_id: UUID = Field(primary_key=True)
    agency_id: str = Field(primary_key=True, max_length=60)
    partnership: str = Field(max_length=60)
    location_id: UUID
    function: str = Field(max_length=40)
    joined_at: datetime = Field(sa_type=Instant)
    left_at: datetime | None = Field(default=None, sa_type=Instant)


def _day_of(column: str) -> str:
    """The day in UTC of an instant, written alike in an index and in what it is to answer."""
    return f"CAST(timezone('UTC', {column}) AS date)"


class DisclosedRow(NotificationsTable, table=True):
    """What each feed has got: a fact goes on a feed once."""

    __tablename__ = "disclosed"
    __table_args__ = (
        UniqueConstraint("agency_id", "event_id"),
        # Ids of feeds are random by intent. Behind the day they are written among those of one day,
        # and not all over an index of all years, which would cost more the more is held.
        Index("ix_disclosed_feed", text(_day_of("disclosed_at")), "agency_id", "ce_id"),
    )

    seq: int = _numbered()
    agency_id: str = Field(max_length=60)
    event_id: UUID
    partnership: str = Field(max_length=60)
    ce_id: UUID
    """The id that the agency knows the fact by."""
    type: str = Field(max_length=120)
    digest: str = Field(max_length=64)
    disclosed_at: datetime = Field(sa_type=Instant)


DISCLOSED_ON: ColumnElement[date] = literal_column(
    _day_of("notifications.disclosed.disclosed_at"), Date
)
"""The day in UTC of a disclosure, as the index of `ce_id` has it; its outbox row's is the same."""


class LedgerRow(NotificationsTable, table=True):
    """The disclosure ledger: ids, digests and rules; no name, no content (WG5)."""

    __tablename__ = "ledger"
    __table_args__ = (
        Index("ix_ledger_reading", "partnership", "seq"),
        Index("ix_ledger_cause", "event_id"),
    )

    seq: int = _numbered()
    id: UUID
    at: datetime = Field(sa_type=Instant)
    partnership: str = Field(max_length=60)
    kind: str = Field(max_length=20)
    """`disclosure`, `withholding` (once per event) or `withdrawal` (taken back unsent)."""
    audience: str = Field(max_length=120)
    """`agency:<id>`, `person:<ref>`, `mailbox:<part>`; empty where nobody was told."""
    audiences: int
    """How many it counts: 1 for a disclosure, the audiences withheld for a withholding."""
    event_id: UUID
    event_type: str = Field(max_length=120)
    label: str = Field(max_length=20)
    digest: str = Field(max_length=64)
    under: str = Field(max_length=300)
    """The right with its clause, or the rules that withheld it."""


class SealRow(NotificationsTable, table=True):
    """A seal over the ledger rows up to its last one, chained to the seal before."""

    __tablename__ = "ledger_seal"
    __table_args__ = (Index("ix_ledger_seal_last", "last_seq"),)

    number: int = Field(
        primary_key=True, sa_type=BigInteger, sa_column_kwargs={"autoincrement": False}
    )
    first_seq: int = Field(sa_type=BigInteger)
    last_seq: int = Field(sa_type=BigInteger)
    row_count: int
    previous: str = Field(max_length=64)
    digest: str = Field(max_length=64)
    sealed_at: datetime = Field(sa_type=Instant)


class MessageRow(NotificationsTable, table=True):
    """A message to one recipient. Its id follows from its cause, so that it is written once."""

    __tablename__ = "message"
    __table_args__ = (
        Index(
            "ix_message_waiting", "next_try_at", postgresql_where=text("next_try_at IS NOT NULL")
        ),
        Index("ix_message_reading", "partnership", "queued_at"),
        Index("ix_message_thread", "audience", "thread"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    kind: str = Field(max_length=40)
    cause_id: UUID
    cause_type: str = Field(max_length=120)
    location_id: UUID | None = None
    audience: str = Field(max_length=120)
    person_ref: UUID | None = Field(default=None, index=True)
    thread: UUID | None = None
    """The meeting of an invitation: a later one replaces the earlier."""
    sequence: int = 0
    """Counts the invitations that this recipient got, so that nothing else can be counted."""
    address: str | None = Field(default=None, max_length=254)
    sender: str = Field(default="", max_length=254)
    reply_to: str = Field(default="", max_length=254)
    subject: str = Field(default="", max_length=200)
    text: str = ""
    calendar: bytes | None = None
    header_id: str = Field(default="", max_length=200)
    """The Message-ID: stable, so that a duplicate after a crash can be recognised."""
    label: str = Field(default="", max_length=20)
    under: str = Field(default="", max_length=300)
    digest: str = Field(default="", max_length=64)
    state: str = Field(max_length=20)
    """`queued`, `sending`, then `sent`, `withheld` or `failed`."""
    rule: str | None = Field(default=None, max_length=80)
    attempts: int = 0
    perhaps_sent: bool = False
    """True once an attempt ended after the content had gone and before the answer came."""
    smtp_code: int | None = None
    queued_at: datetime = Field(sa_type=Instant)
    next_try_at: datetime | None = Field(default=None, sa_type=Instant)
    """When it is tried next, or (while `sending`) taken up again after a crash."""
    sent_at: datetime | None = Field(default=None, sa_type=Instant)
    traceparent: str | None = Field(default=None, max_length=60)
