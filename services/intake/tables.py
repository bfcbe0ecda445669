"""The tables of intake, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.platform.tables import Instant, PlatformTables, service_metadata

metadata = service_metadata("intake")
platform = PlatformTables(metadata)


class IntakeTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of intake's tables: its own schema."""


class ProviderRow(IntakeTable, table=True):
    """A provider organisation."""

    __tablename__ = "provider"
    __table_args__ = (UniqueConstraint("partnership", "reference"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    reference: str = Field(max_length=40)
    """CQC's provider id, or the council's own reference."""
    cqc_registered: bool
    name: str = Field(max_length=300)
    brand: str | None = Field(default=None, max_length=300)
    nominated_individual: str | None = Field(default=None, max_length=200)
    source: str = Field(max_length=120)
    source_date: date


class LocationRow(IntakeTable, table=True):
    """A location, or a service without CQC registration (W1.7)."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("partnership", "reference"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID = Field(foreign_key="intake.provider.id", index=True)
    reference: str = Field(max_length=40)
    name: str = Field(max_length=300)
    category: str = Field(max_length=40)
    cqc_registered: bool
    commissioned: bool
    local_authority: str = Field(max_length=120)
    beds: int | None = None
    very_small: bool
    active: bool
    registered_manager: str | None = Field(default=None, max_length=200)
    source: str = Field(max_length=120)
    source_date: date


class SuccessionRow(IntakeTable, table=True):
    """A re-registration: which registration went before (HSCA predecessor)."""

    __tablename__ = "succession"

    location_reference: str = Field(primary_key=True, max_length=40)
    predecessor_reference: str = Field(primary_key=True, max_length=40)
    partnership: str = Field(primary_key=True, max_length=60)
    since: date | None = None


class RatingRow(IntakeTable, table=True):
    """A rating as CQC published it, per service group and key question; raw text kept."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("location_id", "service_group", "key_question", "published_on"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id")
    service_group: str = Field(max_length=200)
    key_question: str = Field(max_length=60)
    raw: str = Field(max_length=120)
    rating: str | None = Field(default=None, max_length=40)
    inherited: bool
    published_on: date | None = None
    source: str = Field(max_length=120)


class ContactRow(IntakeTable, table=True):
    """An office holder at a provider or location, with a work address."""

    __tablename__ = "contact"
    __table_args__ = (
        Index("ix_contact_office", "partnership", "location_id", "provider_id", "role"),
    )

    person_ref: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID | None = None
    location_id: UUID | None = None
    agency_id: str | None = Field(default=None, max_length=60)
    role: str | None = Field(default=None, max_length=40)
    name: str = Field(max_length=200)
    email: str = Field(max_length=254)
    left_at: datetime | None = Field(default=None, sa_type=Instant)


class AgencyRow(IntakeTable, table=True):
    """A partner agency, its agreement, and whether it is suspended (L1.1)."""

    __tablename__ = "agency"

    id: str = Field(primary_key=True, max_length=60)
    partnership: str = Field(max_length=60)
    name: str = Field(max_length=200)
    agreement_version: str | None = Field(default=None, max_length=20)
    suspended: bool = False
    successor_of: str | None = Field(default=None, max_length=60)


class FunctionRow(IntakeTable, table=True):
    """A function that an agency holds from a day to a day."""

    __tablename__ = "agency_function"

    partnership: str = Field(max_length=60)
    agency_id: str = Field(primary_key=True, max_length=60, foreign_key="intake.agency.id")
    function: str = Field(primary_key=True, max_length=40)
    held_from: date = Field(primary_key=True)
    held_to: date | None = None


class ConcernRow(IntakeTable, table=True):
    """A concern with its narrative, which never leaves this service but over its API."""

    __tablename__ = "concern"
    __table_args__ = (
        UniqueConstraint("partnership", "source", "client_reference"),
        UniqueConstraint("reference"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id", index=True)
    reference: str = Field(max_length=20)
    source: str = Field(max_length=140)
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    client_reference: str = Field(max_length=80)
    digest: str = Field(max_length=64)
    reporter_ref: UUID | None = None
    category: str = Field(max_length=60)
    occurred_on: date
    received_at: datetime = Field(sa_type=Instant)
    description: str
    action_taken: str
    action_none_reason: str
    measures: str
    significant_harm: bool
    immediate_danger: bool
    implicated_role: str | None = Field(default=None, max_length=40)
    state: str = Field(max_length=40, index=True)
    traceparent: str | None = Field(default=None, max_length=60)
    """Of the act that brought it in: what staff do later is linked to it."""


class HandoverRow(IntakeTable, table=True):
    """An item handed to safeguarding, escalated until somebody acknowledges it (WCC1b, L1.2i)."""

    __tablename__ = "handover"

    concern_id: UUID = Field(primary_key=True, foreign_key="intake.concern.id")
    partnership: str = Field(max_length=60)
    handed_over_at: datetime = Field(sa_type=Instant)
    emergency: bool
    escalations: int = 0
    acknowledged_at: datetime | None = Field(default=None, sa_type=Instant)
    acknowledged_by: str | None = Field(default=None, max_length=120)
    owner_needed: str | None = Field(default=None, max_length=200)
    """Set when nobody could be told: an error with an owner, shown until acknowledged."""


class SignalRow(IntakeTable, table=True):
    """A signal other than a concern: enquiry, rating, complaint, return, contract review."""

    __tablename__ = "signal"
    __table_args__ = (Index("ix_signal_location_kind", "location_id", "kind"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id")
    kind: str = Field(max_length=60)
    agency_id: str = Field(max_length=60)
    reference: str = Field(max_length=20, unique=True)
    occurred_on: date
    received_at: datetime = Field(sa_type=Instant)
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))


class InboundRow(IntakeTable, table=True):
    """What became of a partner's message: the answer to a replay is the first answer."""

    __tablename__ = "inbound"

    partnership: str = Field(max_length=60)
    agency_id: str = Field(primary_key=True, max_length=60)
    message_id: str = Field(primary_key=True, max_length=200)
    digest: str = Field(max_length=64)
    reference: str = Field(max_length=20)
    received_at: datetime = Field(sa_type=Instant)


class QuarantineRow(IntakeTable, table=True):
    """A message that could not be taken, with its content, for those who triage."""

    __tablename__ = "quarantine"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    agency_id: str = Field(max_length=60)
    topic: str = Field(max_length=200)
    partition: int
    log_offset: int
    rule: str = Field(max_length=80)
    field: str | None = Field(default=None, max_length=200)
    digest: str = Field(max_length=64)
    content: bytes | None = None
    received_at: datetime = Field(sa_type=Instant, index=True)
