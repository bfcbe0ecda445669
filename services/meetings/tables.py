"""The tables of meetings, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.platform.tables import Instant, PlatformTables, service_metadata

metadata = service_metadata("meetings")
platform = PlatformTables(metadata)


class MeetingsTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of meetings' tables: its own schema."""


class LocationRow(MeetingsTable, table=True):
    """A location as intake told of it."""

    __tablename__ = "location"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID = Field(index=True)
    provider_reference: str = Field(max_length=40)
    """CQC's provider id: what the tokens of a provider's people carry."""
    name: str = Field(max_length=300)
    category: str = Field(max_length=40)
    cqc_registered: bool
    active: bool


class AgencyRow(MeetingsTable, table=True):
    """An agency as intake told of it, with the functions that it holds from day to day."""

    __tablename__ = "agency"

    partnership: str = Field(primary_key=True, max_length=60)
    id: str = Field(primary_key=True, max_length=60)
    name: str = Field(max_length=200)
    functions: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    """`function`, `held_from`, `held_to` (or null), London dates, both included."""
    agreement_version: str | None = Field(default=None, max_length=20)
    suspended: bool
    successor_of: str | None = Field(default=None, max_length=60)
    succeeds: list[str] = Field(
        sa_column=Column(JSONB, nullable=False, server_default=text("'[]'::jsonb"))
    )
    """Every agency that it follows."""


class ContactRow(MeetingsTable, table=True):
    """Somebody with an office at a provider, or at work for an agency; gone when they leave."""

    __tablename__ = "contact"

    person_ref: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID | None = Field(default=None, index=True)
    location_id: UUID | None = Field(default=None, index=True)
    agency_id: str | None = Field(default=None, max_length=60)
    role: str | None = Field(default=None, max_length=40)
    name: str = Field(max_length=200)
    email: str = Field(max_length=254)


class AcceptanceRow(MeetingsTable, table=True):
    """Somebody accepted a version of the procedures on confidentiality, as intake told (L8a)."""

    __tablename__ = "confidentiality_acceptance"

    partnership: str = Field(primary_key=True, max_length=60)
    person_ref: UUID = Field(primary_key=True)
    version: str = Field(primary_key=True, max_length=20)


class TriggerRow(MeetingsTable, table=True):
    """A QIP trigger at a location: raised (a candidate), met, or ended."""

    __tablename__ = "trigger"
    __table_args__ = (Index("ix_trigger_location_state", "location_id", "state"),)

    crossing_id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID
    trigger: str = Field(max_length=20)
    state: str = Field(max_length=20)
    evidence: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    threshold: str = Field(max_length=400)
    clause: str = Field(max_length=200)
    implicated_role: str | None = Field(default=None, max_length=40)
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    consideration_id: UUID | None = Field(default=None, index=True)
    told_at: datetime = Field(sa_type=Instant)
    ended_on: date | None = None


class ConsiderationRow(MeetingsTable, table=True):
    """A location up for consideration at the intelligence meeting; at most one open each."""

    __tablename__ = "consideration"
    __table_args__ = (
        Index(
            "ix_consideration_open",
            "partnership",
            "location_id",
            unique=True,
            postgresql_where=text("state = 'open'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID
    state: str = Field(max_length=20, index=True)
    opened_at: datetime = Field(sa_type=Instant)
    traceparent: str | None = Field(default=None, max_length=60)
    """Of the trigger that put it up: what people decide later is linked to it."""


class DecisionRow(MeetingsTable, table=True):
    """What the intelligence meeting decided, and why (L1.3g)."""

    __tablename__ = "decision"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    consideration_id: UUID = Field(foreign_key="meetings.consideration.id", unique=True)
    decision: str = Field(max_length=20)
    benefit_statement: str
    reason: str
    variation_reason: str
    handling_wish: str | None = Field(default=None, max_length=20)
    decided_on: date
    decided_by: str = Field(max_length=120)
    recorded_at: datetime = Field(sa_type=Instant)


class QipRow(MeetingsTable, table=True):
    """A QIP process, under the policy that it opened under (L6.4, L8c)."""

    __tablename__ = "qip"
    __table_args__ = (Index("ix_qip_location", "partnership", "location_id"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID
    consideration_id: UUID = Field(foreign_key="meetings.consideration.id", unique=True)
    decision_id: UUID = Field(foreign_key="meetings.decision.id")
    state: str = Field(max_length=20)
    opened_on: date
    limit_on: date
    terms_version: str = Field(max_length=40)
    pack: str = Field(max_length=80)
    clause: str = Field(max_length=200)
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    traceparent: str | None = Field(default=None, max_length=60)


class MemberRow(MeetingsTable, table=True):
    """An agency's seat in a QIP, from an instant to an instant (L4)."""

    __tablename__ = "member"

    qip_id: UUID = Field(primary_key=True, foreign_key="meetings.qip.id")
    agency_id: str = Field(primary_key=True, max_length=60)
    partnership: str = Field(max_length=60)
    function: str = Field(max_length=40)
    joined_at: datetime = Field(sa_type=Instant)
    left_at: datetime | None = Field(default=None, sa_type=Instant)


class ChairRow(MeetingsTable, table=True):
    """Who chairs a QIP, by which decision and why (L3a-d); earlier chairs stay on record."""

    __tablename__ = "chair"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    qip_id: UUID = Field(foreign_key="meetings.qip.id", index=True)
    decision_id: UUID = Field(foreign_key="meetings.decision.id")
    person_ref: UUID
    function: str = Field(max_length=40)
    agency_id: str = Field(max_length=60)
    rationale: str
    appointed_at: datetime = Field(sa_type=Instant)
    appointed_by: str = Field(max_length=120)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    event_id: UUID


class ProviderContactRow(MeetingsTable, table=True):
    """The chair's contact with the provider before the first meeting (L1.3j, L5.1)."""

    __tablename__ = "provider_contact"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    qip_id: UUID = Field(foreign_key="meetings.qip.id", index=True)
    contacted_on: date
    channel: str = Field(max_length=20)
    pre_meeting: str = Field(max_length=20)
    terms_version: str = Field(max_length=40)
    recipients: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    """`person_ref`, the `role` held then (or null), and whether `named` by the chair."""
    recorded_at: datetime = Field(sa_type=Instant)
    recorded_by: str = Field(max_length=120)
    event_id: UUID


class MeetingRow(MeetingsTable, table=True):
    """A QIP meeting with its parts, and when the plan is due before it (L5.5, L7.1)."""

    __tablename__ = "meeting"
    __table_args__ = (UniqueConstraint("qip_id", "starts_at"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    qip_id: UUID = Field(foreign_key="meetings.qip.id")
    sequence: int
    starts_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    part_ii_starts_at: datetime | None = Field(default=None, sa_type=Instant)
    part_ii_ends_at: datetime | None = Field(default=None, sa_type=Instant)
    mode: str = Field(max_length=20)
    provider_participates: bool
    note_taker: str | None = Field(default=None, max_length=120)
    provider_refs: list[str] = Field(sa_column=Column(JSONB, nullable=False))
    plan_due_on: date | None = None
    short_notice: bool
    clause: str = Field(max_length=200)
    overdue_since: datetime | None = Field(default=None, sa_type=Instant)
    traceparent: str | None = Field(default=None, max_length=60)
    event_id: UUID
    """Of the newest announcement; what became of its messages is recorded under it."""


class PlanRow(MeetingsTable, table=True):
    """A version of the provider's improvement plan, as submitted before a meeting (L1.3a)."""

    __tablename__ = "plan"
    __table_args__ = (UniqueConstraint("qip_id", "version"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    qip_id: UUID = Field(foreign_key="meetings.qip.id")
    meeting_id: UUID = Field(foreign_key="meetings.meeting.id", index=True)
    version: int
    submitted_on: date
    submitted_at: datetime = Field(sa_type=Instant)
    submitted_by: str = Field(max_length=120)
    actions: list[dict[str, Any]] = Field(sa_column=Column(JSONB, nullable=False))
    event_id: UUID


class DeliveryRow(MeetingsTable, table=True):
    """What became of a message that one of our events caused, as notifications tells it."""

    __tablename__ = "delivery"

    message_id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    cause_id: UUID = Field(index=True)
    state: str = Field(max_length=20)
    rule: str | None = Field(default=None, max_length=80)
    told_at: datetime = Field(sa_type=Instant)
