"""Requests, and how a policy is varied for one provider."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, String, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


class RequestRow(IntakeTable, table=True):
    """Something that somebody asks of the team or of a provider, taken or refused."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_open", "provider_id", postgresql_where=text("state = 'open'")),
        Index("ix_request_received", "partnership", "received_at", "id"),
        Index(
            "ix_request_words",
            text("to_tsvector('english'::regconfig, text)"),
            postgresql_using="gin",
        ),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    reference: str = Field(max_length=20, unique=True)
    type: str = Field(max_length=60)
    statutory: bool
    asked_by: str = Field(max_length=140)
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    agency_id: str | None = Field(default=None, max_length=60)
    provider_id: UUID | None = Field(default=None, foreign_key="intake.provider.id")
    location_id: UUID | None = Field(default=None, foreign_key="intake.location.id")
    details: dict[str, Any] = Field(sa_column=Column(JSONB, nullable=False))
    text: str
    state: str = Field(max_length=20)
    """`open`, `refused`, `closed` or `handed_over` (to information governance)."""
    due_on: date | None = None
    due_clause: str | None = Field(default=None, max_length=200)
    rule: str | None = Field(default=None, max_length=80)
    clause: str | None = Field(default=None, max_length=200)
    pointer: str | None = Field(default=None, max_length=400)
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    received_at: datetime = Field(sa_type=Instant)
    override_reason: str | None = Field(default=None, max_length=20)
    override_why: str | None = Field(default=None, max_length=400)
    approved_by: str | None = Field(default=None, max_length=120)
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: str | None = Field(default=None, max_length=120)
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    traceparent: str | None = Field(default=None, max_length=60)
    """Of the act that brought it in: what people do later is linked to it."""
    personal_data: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True))
    )
    """Kinds of personal data in the text, of what is taken whatever it holds."""


class VariationRow(IntakeTable, table=True):
    """A policy default that the team manager varied for one provider, with the reason (WG3)."""

    __tablename__ = "policy_variation"
    __table_args__ = (Index("ix_policy_variation_provider", "provider_id", "name", "at"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    provider_id: UUID = Field(foreign_key="intake.provider.id")
    name: str = Field(max_length=80)
    value: int
    default_value: int
    clause: str = Field(max_length=200)
    reason: str = Field(max_length=400)
    varied_by: str = Field(max_length=120)
    at: datetime = Field(sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)
    """When the next one, or the default, took its place."""
