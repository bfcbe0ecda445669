"""Files."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Index, text
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


class FileRow(IntakeTable, table=True):
    """A file that somebody attached to a concern; its content lies outside the database."""

    __tablename__ = "file"
    __table_args__ = (
        Index("ix_file_concern", "concern_id", "client_id"),
        Index("ix_file_unsettled", "state", postgresql_where=text("state IN ('arriving', 'held')")),
    )

    id: UUID = Field(primary_key=True)
    """Under which it is stored."""
    partnership: str = Field(max_length=60)
    concern_id: UUID
    """No foreign key: when a concern is erased, its files are removed after it."""
    client_id: UUID
    """By which whoever attached it knows it."""
    name: str = Field(max_length=140)
    """What is shown; the stored file does not go by it."""
    state: str = Field(max_length=20)
    """`arriving`, `held` (not scanned yet), `clean`, `infected` or `lost`."""
    attached_by: str = Field(max_length=120)
    attached_at: datetime = Field(sa_type=Instant)
    media_type: str | None = Field(default=None, max_length=120)
    size: int | None = None
    digest: str | None = Field(default=None, max_length=64)
    """SHA-256 of the content."""
    scanned_at: datetime | None = Field(default=None, sa_type=Instant)
    found: str | None = Field(default=None, max_length=120)
    """What the scanner calls what it found."""
    next_try_at: datetime | None = Field(default=None, sa_type=Instant)
    tries: int = 0
