"""What must not be erased, and the runs that erase."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import Column, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


class RetentionRunRow(IntakeTable, table=True):
    """A run that erases: asked for by one person, approved by another, and what it did."""

    __tablename__ = "retention_run"

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    as_of: date
    """Records whose time was over on this day (London) go; what came to its time later does not."""
    reason: str = Field(max_length=400)
    planned: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    """By class of record, what would have gone when it was asked for."""
    asked_by: str = Field(max_length=120)
    asked_at: datetime = Field(sa_type=Instant)
    approved_by: str | None = Field(default=None, max_length=120)
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    erased: dict[str, int] = Field(default_factory=dict, sa_column=Column(JSONB, nullable=False))
    """By class of record, what went."""
    finished_at: datetime | None = Field(default=None, sa_type=Instant)


class LegalHoldRow(IntakeTable, table=True):
    """What must not be erased, by whose word and why, until it is lifted."""

    __tablename__ = "legal_hold"
    __table_args__ = (
        Index(
            "ix_legal_hold_standing",
            "subject_id",
            "subject_kind",
            unique=True,
            postgresql_where=text("lifted_at IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    subject_kind: str = Field(max_length=20)
    """`concern`, `signal`, `quarantine`, `location` or `provider` (with all that is about it)."""
    subject_id: UUID
    reason: str = Field(max_length=400)
    set_by: str = Field(max_length=120)
    set_at: datetime = Field(sa_type=Instant)
    lifted_by: str | None = Field(default=None, max_length=120)
    lifted_at: datetime | None = Field(default=None, sa_type=Instant)
    lift_reason: str | None = Field(default=None, max_length=400)
