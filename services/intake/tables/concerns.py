"""Concerns, from the draft to what a person made of them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


class DraftRow(IntakeTable, table=True):
    """A concern that somebody has not sent yet; its writer's alone."""

    __tablename__ = "concern_draft"
    __table_args__ = (Index("ix_concern_draft_owner", "owner", "saved_at"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    owner: str = Field(max_length=120)
    """The sign-in of who writes it."""
    form: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    saved_at: datetime = Field(sa_type=Instant)


class ConcernRow(IntakeTable, table=True):
    """A concern with its narrative, which never leaves this service but over its API."""

    __tablename__ = "concern"
    __table_args__ = (
        UniqueConstraint("partnership", "source", "client_reference"),
        UniqueConstraint("reference"),
        Index("ix_concern_received", "partnership", "received_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id", index=True)
    reference: str = Field(max_length=20)
    source: str = Field(max_length=140)
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    uploader: str | None = Field(default=None, max_length=36)
    """Who of the staff uploaded it on an agency's behalf, by their reference."""
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
    label: str | None = Field(
        default=None,
        sa_column=Column("label", String(20), server_default=text("'NAMED'")),
    )
    """Its handling. Rows of a time before it was kept are restricted: default is deny."""
    holders: list[str] = Field(
        default_factory=list,
        sa_column=Column(
            "holders",
            ARRAY(String),
            nullable=False,
            server_default=text("'{council_quality,council_safeguarding}'"),
        ),
    )
    traceparent: str | None = Field(default=None, max_length=60)
    """Of the act that brought it in: what staff do later is linked to it."""
    personal_data: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True))
    )
    """Texts that hold personal data: field, kinds, and the reason why it is needed (none where
    danger or harm did not wait for one)."""


class ConcernEntryRow(IntakeTable, table=True):
    """What was added to a concern: by who told it, or the answer to them."""

    __tablename__ = "concern_entry"
    __table_args__ = (Index("ix_concern_entry_concern", "concern_id", "at"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    concern_id: UUID = Field(foreign_key="intake.concern.id")
    kind: str = Field(max_length=20)
    """`addition`, `correction`, `withdrawal`, `decision` or `answer`."""
    text: str
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    said_by: str = Field(max_length=140)
    at: datetime = Field(sa_type=Instant)
    personal_data: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True))
    )
    """As a concern's."""


class ConcernToIndexRow(IntakeTable, table=True):
    """A concern whose words are not in the search yet: looked up behind the door's back, because
    finding a text's words takes longer than taking it."""

    __tablename__ = "concern_to_index"

    concern_id: UUID = Field(primary_key=True)
    """No foreign key: it costs at the door, and a concern that is gone is skipped."""
    partnership: str = Field(max_length=60)


class ConcernWordsRow(IntakeTable, table=True):
    """The words of a concern's narrative, for the search."""

    __tablename__ = "concern_words"
    __table_args__ = (Index("ix_concern_words", "words", postgresql_using="gin"),)

    concern_id: UUID = Field(primary_key=True, foreign_key="intake.concern.id")
    partnership: str = Field(max_length=60)
    words: Any = Field(sa_column=Column(TSVECTOR, nullable=False))


class TriageClaimRow(IntakeTable, table=True):
    """Who has a concern in hand, until it is triaged or released."""

    __tablename__ = "triage_claim"

    concern_id: UUID = Field(primary_key=True, foreign_key="intake.concern.id")
    partnership: str = Field(max_length=60)
    held_by: str = Field(max_length=120)
    held_since: datetime = Field(sa_type=Instant)


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


class DuplicateRow(IntakeTable, table=True):
    """Two concerns that looked as if about one thing, and what a person made of it."""

    __tablename__ = "duplicate"
    __table_args__ = (
        UniqueConstraint("concern_id", "other_id"),
        Index("ix_duplicate_other", "other_id"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    concern_id: UUID = Field(foreign_key="intake.concern.id")
    """The later of the two."""
    other_id: UUID = Field(foreign_key="intake.concern.id")
    likeness: int
    """In percent."""
    state: str = Field(max_length=20)
    """`merged` or `apart`."""
    decided_by: str = Field(max_length=120)
    decided_at: datetime = Field(sa_type=Instant)
    reason: str = Field(max_length=400)
