"""The tables of assessment, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.platform.tables import Instant, PlatformTables, service_metadata

metadata = service_metadata("assessment")
platform = PlatformTables(metadata)


class AssessmentTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of assessment's tables: its own schema."""


class LocationRow(AssessmentTable, table=True):
    """A location as intake told of it; its lock is the lock of its whole picture."""

    __tablename__ = "location"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60, index=True)
    provider_id: UUID
    reference: str = Field(max_length=40)
    name: str = Field(max_length=300)
    category: str = Field(max_length=40)
    active: bool
    circles: list[str] = Field(
        default_factory=list,
        sa_column=Column(ARRAY(String), nullable=False, server_default=text("'{}'")),
    )
    """The circles of its NAMED facts, widest first; none where all facts are open."""


class FactRow(AssessmentTable, table=True):
    """A fact as it came. Rows are only added; everything else can be computed from them."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("ix_fact_series", "location_id", "series", "occurred_on", "known_at", "event_id"),
        Index("ix_fact_day", "location_id", "occurred_on", "event_id"),
        Index(
            "ix_fact_finding",
            "location_id",
            "occurred_on",
            postgresql_where=text("kind = 'wider_concern'"),
        ),
    )

    event_id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="assessment.location.id")
    kind: str = Field(max_length=40)
    series: str = Field(max_length=80)
    reference: UUID
    occurred_on: date
    known_at: datetime = Field(sa_type=Instant)
    """When it was recorded at the door."""
    heard_at: datetime = Field(sa_type=Instant)
    """When it took effect here."""
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    traceparent: str | None = Field(default=None, max_length=60)


class ItemRow(AssessmentTable, table=True):
    """A concern, enquiry or complaint as one item of activity: what windows count.

    A circle has a row of its own where it knows a NAMED fact about it; else the open one is its.
    """

    __tablename__ = "item"
    __table_args__ = (
        Index(
            "ix_item_counted",
            "location_id",
            "circle",
            "occurred_on",
            "series",
            postgresql_where=text("counts"),
        ),
        Index(
            "ix_item_category",
            "location_id",
            "circle",
            "category",
            "occurred_on",
            "series",
            postgresql_where=text("category IS NOT NULL"),
        ),
        Index(
            "ix_item_enquiry",
            "location_id",
            "circle",
            "series",
            postgresql_where=text("is_enquiry"),
        ),
    )

    location_id: UUID = Field(primary_key=True, foreign_key="assessment.location.id")
    circle: str = Field(default="", primary_key=True)
    """Before the series: the few own rows of a circle lie together."""
    series: str = Field(primary_key=True, max_length=80)
    partnership: str = Field(max_length=60)
    reference: UUID
    occurred_on: date
    counts: bool
    is_enquiry: bool
    category: str | None = Field(default=None, max_length=60)


class CrossingRow(AssessmentTable, table=True):
    """A rule that holds, or held, at a location: a trigger, or a theme."""

    __tablename__ = "crossing"
    __table_args__ = (
        Index(
            "ix_crossing_holding",
            "location_id",
            "rule",
            "series",
            "circle",
            unique=True,
            postgresql_where=text("state <> 'ended'"),
        ),
        Index("ix_crossing_before", "location_id", "rule", "series", "circle", "ended_at"),
        Index("ix_crossing_state", "partnership", "state", "began_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="assessment.location.id")
    rule: str = Field(max_length=20)
    series: str = Field(max_length=80)
    circle: str = Field(default="", sa_column_kwargs={"server_default": ""})
    """For whom it was found, `handlings.text_of`; empty for the open circle."""
    name: str = Field(max_length=60)
    """What ended the crossing before it."""
    state: str = Field(max_length=20)
    revision: int = 1
    """Counts what was said of it, so that each thing said has an id of its own."""
    evidence: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    threshold: str = Field(max_length=200)
    clause: str = Field(max_length=200)
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    implicated_role: str | None = Field(default=None, max_length=40)
    attributed_to: str | None = Field(default=None, max_length=60)
    window_ends_on: date | None = None
    began_at: datetime = Field(sa_type=Instant)
    ended_on: date | None = None
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    traceparent: str | None = Field(default=None, max_length=60)
    """Of what made it cross: what people decide is linked to it."""


class DecisionRow(AssessmentTable, table=True):
    """What a person decided or found, in their own words; these never leave this service."""

    __tablename__ = "decision"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="assessment.location.id", index=True)
    subject_id: UUID = Field(index=True)
    """The crossing, or the finding."""
    kind: str = Field(max_length=40)
    decided_by: str = Field(max_length=120)
    decided_at: datetime = Field(sa_type=Instant)
    reason: str
    liaison_reference: str | None = Field(default=None, max_length=80)
