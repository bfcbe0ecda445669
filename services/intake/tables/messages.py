"""What became of partners' messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Column, Integer, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.contracts.words import Label
from shared.platform.tables import Instant


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
    """None once it is erased: after the policy's retention time, or when it was worked off."""
    received_at: datetime = Field(sa_type=Instant, index=True)
    message_id: str | None = Field(default=None, max_length=200)
    message_source: str | None = Field(default=None, max_length=200)
    message_type: str | None = Field(default=None, max_length=200)
    """CloudEvents attributes, where they could be read: with the content they are the message."""
    state: str = Field(
        default="open",
        sa_column=Column(
            "state", String(20), nullable=False, server_default=text("'open'"), index=True
        ),
    )
    """`open`, `released`, `redacted`, `rejected` or `erased`."""
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str | None = Field(default=None, max_length=120)
    reference: str | None = Field(default=None, max_length=20)
    """Of what was taken from it."""
    label: str | None = Field(
        default=Label.NAMED.value,
        sa_column=Column("label", String(20), server_default=text("'NAMED'")),
    )
    """As a concern's would be; what nobody has labelled is restricted."""
    holders: list[str] = Field(
        default_factory=lambda: ["council_quality", "council_safeguarding"],
        sa_column=Column(
            "holders",
            ARRAY(String),
            nullable=False,
            server_default=text("'{council_quality,council_safeguarding}'"),
        ),
    )
    traceparent: str | None = Field(default=None, max_length=60)
    """Of the record that it came with: what people do later is linked to it."""
    owner_needed: str | None = Field(default=None, max_length=200)
    """An emergency at a place that we do not know: somebody has to find it."""
    escalations: int = Field(
        default=0,
        sa_column=Column("escalations", Integer, nullable=False, server_default=text("0")),
    )
