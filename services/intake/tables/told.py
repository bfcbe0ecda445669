"""What else is told: signals, feedback and compliments."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.contracts.words import Label
from shared.platform.tables import Instant


class SignalRow(IntakeTable, table=True):
    """A signal other than a concern: enquiry, rating, complaint, return, contract review."""

    __tablename__ = "signal"
    __table_args__ = (
        Index("ix_signal_location_kind", "location_id", "kind"),
        Index("ix_signal_received", "partnership", "received_at", "id"),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id")
    kind: str = Field(max_length=60)
    agency_id: str = Field(max_length=60)
    reference: str = Field(max_length=20, unique=True)
    occurred_on: date
    received_at: datetime = Field(sa_type=Instant)
    facts: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    label: str | None = Field(
        default=Label.NAMED.value,
        sa_column=Column("label", String(20), server_default=text("'NAMED'")),
    )
    """As a concern's; whoever keeps a signal without it keeps it restricted."""
    holders: list[str] = Field(
        default_factory=lambda: ["council_quality", "council_safeguarding"],
        sa_column=Column(
            "holders",
            ARRAY(String),
            nullable=False,
            server_default=text("'{council_quality,council_safeguarding}'"),
        ),
    )


class FeedbackRow(IntakeTable, table=True):
    """What the public or an agency says of a service that is no concern, and compliments."""

    __tablename__ = "feedback"
    __table_args__ = (
        Index("ix_feedback_received", "partnership", "received_at", "id"),
        Index(
            "ix_feedback_words",
            text("to_tsvector('english'::regconfig, text)"),
            postgresql_using="gin",
        ),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id", index=True)
    reference: str = Field(max_length=20, unique=True)
    kind: str = Field(max_length=20)
    """`feedback` or `compliment`."""
    source: str = Field(max_length=140)
    """`agency:<id>`, `public`, `provider:<reference>` or `staff:<sign-in>`; nobody's name."""
    category: str = Field(max_length=60)
    occurred_on: date
    text: str
    received_at: datetime = Field(sa_type=Instant)
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    personal_data: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True))
    )


class ExpectedReturnRow(IntakeTable, table=True):
    """The return of a service for a quarter: awaited, come, or overdue (L1.2g)."""

    __tablename__ = "expected_return"

    id: UUID = Field(primary_key=True)
    """Follows from location and quarter: whichever agency sends it, it is one return."""
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id")
    agency_id: str = Field(max_length=60)
    """Who sent the one before."""
    quarter: str = Field(max_length=7)
    due_on: date
    due_clause: str = Field(max_length=200)
    state: str = Field(max_length=10)
