"""What must not be erased."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


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
