"""The register of providers and locations, its history, and CQC's ratings."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


def _letters_of(table: str) -> tuple[Index, Index]:
    """Find letters anywhere in a name or a reference without a look at each row (decision 18)."""
    name, reference = (
        Index(
            f"ix_{table}_{column}_letters",
            column,
            postgresql_using="gin",
            postgresql_ops={column: "intake.gin_trgm_ops"},
            # What a load writes would lie in a list that each search reads, until a vacuum.
            postgresql_with={"fastupdate": "off"},
        )
        for column in ("name", "reference")
    )
    return name, reference


def _origins() -> Any:
    return Field(
        default_factory=dict,
        sa_column=Column("origins", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    )


class ProviderRow(IntakeTable, table=True):
    """A provider organisation."""

    __tablename__ = "provider"
    __table_args__ = (UniqueConstraint("partnership", "reference"), *_letters_of("provider"))

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    reference: str = Field(max_length=40)
    """CQC's provider id, or the council's own reference."""
    cqc_registered: bool
    name: str = Field(max_length=300)
    brand: str | None = Field(default=None, max_length=300)
    brand_id: str | None = Field(default=None, max_length=40)
    proprietor: str | None = Field(default=None, max_length=300)
    """Who owns it, where that is somebody else than the registered provider."""
    nominated_individual: str | None = Field(default=None, max_length=200)
    source: str = Field(max_length=120)
    source_date: date
    origins: dict[str, list[str]] = _origins()
    """Source and date (ISO) of the facts that came later than the row, by their names (WS1)."""


class LocationRow(IntakeTable, table=True):
    """A location, or a service without CQC registration (W1.7)."""

    __tablename__ = "location"
    __table_args__ = (UniqueConstraint("partnership", "reference"), *_letters_of("location"))

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
    commissioned_by: str | None = Field(default=None, max_length=200)
    postal_code: str | None = Field(default=None, max_length=12)
    source: str = Field(max_length=120)
    source_date: date
    origins: dict[str, list[str]] = _origins()
    """As a provider's."""
    last_seen: date | None = None
    """The date of the newest file that lists it."""
    vanished_on: date | None = None
    """The date of the first complete file that no longer lists it."""
    ended_on: date | None = None
    """The day on which its registration ended, as CQC published it."""


class SuccessionRow(IntakeTable, table=True):
    """A re-registration: which registration went before (HSCA predecessor)."""

    __tablename__ = "succession"

    location_reference: str = Field(primary_key=True, max_length=40)
    predecessor_reference: str = Field(primary_key=True, max_length=40)
    partnership: str = Field(primary_key=True, max_length=60)
    since: date | None = None
    predecessor_name: str | None = Field(default=None, max_length=300)
    source: str | None = Field(default=None, max_length=120)
    source_date: date | None = None


class RatingRow(IntakeTable, table=True):
    """A rating as CQC published it, per service group and key question; raw text kept.

    PAMMS ratings are another type and never stand here.
    """

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint(
            "location_id",
            "provider_id",
            "service_group",
            "key_question",
            "published_on",
            "raw",
            name="uq_rating_published",
            postgresql_nulls_not_distinct=True,
        ),
        Index("ix_rating_partnership", "partnership", "location_id"),
        Index(
            "ix_rating_provider", "provider_id", postgresql_where=text("provider_id IS NOT NULL")
        ),
    )

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID | None = Field(default=None, foreign_key="intake.location.id")
    provider_id: UUID | None = Field(default=None, foreign_key="intake.provider.id")
    """Set where the provider as a whole was rated."""
    service_group: str = Field(max_length=200)
    key_question: str = Field(max_length=60)
    raw: str = Field(max_length=120)
    rating: str | None = Field(default=None, max_length=40)
    inherited: bool | None = None
    """None where CQC does not say."""
    published_on: date | None = None
    source: str = Field(max_length=120)
    source_date: date | None = None
    gone_on: date | None = None
    """The date of the first complete file that no longer lists it."""


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


class PastFactRow(IntakeTable, table=True):
    """What the register held of a provider, location or rating until something newer came."""

    __tablename__ = "past_fact"
    __table_args__ = (Index("ix_past_fact_subject", "subject_id", "name", "until"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    subject_id: UUID
    name: str = Field(max_length=40)
    value: Any = Field(default=None, sa_column=Column(JSONB(none_as_null=True)))
    source: str = Field(max_length=120)
    source_date: date
    until: date
    """The date of what took its place."""
    until_source: str = Field(max_length=120)


class ImportRow(IntakeTable, table=True):
    """A file that was taken into the register, once for its content; or a run over CQC's API."""

    __tablename__ = "register_import"
    __table_args__ = (UniqueConstraint("partnership", "source", "source_date", "digest"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    source: str = Field(max_length=120)
    source_date: date
    digest: str = Field(max_length=64)
    imported_at: datetime = Field(sa_type=Instant)
    """Of the API: when the run began, which is from when on the next one asks."""
    counts: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    odd: int
    refused: int
