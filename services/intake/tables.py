"""The tables of intake, and nothing else."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Index, Integer, String, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.contracts.words import Label
from shared.platform.tables import Instant, PlatformTables, service_metadata

metadata = service_metadata("intake")
platform = PlatformTables(metadata)


class IntakeTable(SQLModel, registry=registry(metadata=metadata)):
    """The base of intake's tables: its own schema."""


def _origins() -> Any:
    return Field(
        default_factory=dict,
        sa_column=Column("origins", JSONB, nullable=False, server_default=text("'{}'::jsonb")),
    )


class ProviderRow(IntakeTable, table=True):
    """A provider organisation."""

    __tablename__ = "provider"
    __table_args__ = (UniqueConstraint("partnership", "reference"),)

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
    __table_args__ = (UniqueConstraint("partnership", "reference"),)

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


class AgencyRow(IntakeTable, table=True):
    """A partner agency, its agreement, and whether it is suspended (L1.1)."""

    __tablename__ = "agency"

    id: str = Field(primary_key=True, max_length=60)
    partnership: str = Field(max_length=60)
    name: str = Field(max_length=200)
    agreement_version: str | None = Field(default=None, max_length=20)
    suspended: bool = False
    successor_of: str | None = Field(default=None, max_length=60)


class FunctionRow(IntakeTable, table=True):
    """A function that an agency holds from a day to a day."""

    __tablename__ = "agency_function"

    partnership: str = Field(max_length=60)
    agency_id: str = Field(primary_key=True, max_length=60, foreign_key="intake.agency.id")
    function: str = Field(primary_key=True, max_length=40)
    held_from: date = Field(primary_key=True)
    held_to: date | None = None
    gained_from: str | None = Field(default=None, max_length=60)
    """The agency that held it before, where it passed by an act of succession."""


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


class SignalRow(IntakeTable, table=True):
    """A signal other than a concern: enquiry, rating, complaint, return, contract review."""

    __tablename__ = "signal"
    __table_args__ = (Index("ix_signal_location_kind", "location_id", "kind"),)

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
    owner_needed: str | None = Field(default=None, max_length=200)
    """An emergency at a place that we do not know: somebody has to find it."""
    escalations: int = Field(
        default=0,
        sa_column=Column("escalations", Integer, nullable=False, server_default=text("0")),
    )


# Triage queue, search and retention.


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


# The register's history, and how agencies come and go.


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
    """A file that was taken into the register, once for its content."""

    __tablename__ = "register_import"
    __table_args__ = (UniqueConstraint("partnership", "source", "source_date", "digest"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    source: str = Field(max_length=120)
    source_date: date
    digest: str = Field(max_length=64)
    imported_at: datetime = Field(sa_type=Instant)
    counts: dict[str, int] = Field(sa_column=Column(JSONB, nullable=False))
    odd: int
    refused: int


class AgreementRow(IntakeTable, table=True):
    """A version of the confidentiality agreement that an agency signed (L1.1)."""

    __tablename__ = "agreement"

    agency_id: str = Field(primary_key=True, max_length=60, foreign_key="intake.agency.id")
    version: str = Field(primary_key=True, max_length=20)
    signed_on: date = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    ended_on: date | None = None
    """The first day on which it binds no more."""
    recorded_by: str = Field(max_length=120)
    recorded_at: datetime = Field(sa_type=Instant)


class AgencySuccessionRow(IntakeTable, table=True):
    """An act of succession: from a day on, one agency does what another did."""

    __tablename__ = "agency_succession"

    predecessor: str = Field(primary_key=True, max_length=60, foreign_key="intake.agency.id")
    successor: str = Field(primary_key=True, max_length=60, foreign_key="intake.agency.id")
    partnership: str = Field(max_length=60)
    takes_over_on: date
    why: str = Field(max_length=400)
    recorded_by: str = Field(max_length=120)
    recorded_at: datetime = Field(sa_type=Instant)


# What people tell, beside the concern itself.


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


class FeedbackRow(IntakeTable, table=True):
    """What the public or an agency says of a service that is no concern, and compliments."""

    __tablename__ = "feedback"
    __table_args__ = (Index("ix_feedback_received", "partnership", "received_at", "id"),)

    id: UUID = Field(primary_key=True)
    partnership: str = Field(max_length=60)
    location_id: UUID = Field(foreign_key="intake.location.id", index=True)
    reference: str = Field(max_length=20, unique=True)
    kind: str = Field(max_length=20)
    """`feedback` or `compliment`."""
    source: str = Field(max_length=140)
    """`agency:<id>`, `public` or `staff:<sign-in>`; nobody's name."""
    category: str = Field(max_length=60)
    occurred_on: date
    text: str
    received_at: datetime = Field(sa_type=Instant)
    label: str | None = Field(default=None, max_length=20)
    holders: list[str] = Field(sa_column=Column(ARRAY(String), nullable=False))
    personal_data: list[dict[str, Any]] | None = Field(
        default=None, sa_column=Column(JSONB(none_as_null=True))
    )


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


# Requests, and how a policy is varied for one provider.


class RequestRow(IntakeTable, table=True):
    """Something that somebody asks of the team or of a provider, taken or refused."""

    __tablename__ = "request"
    __table_args__ = (
        Index("ix_request_open", "provider_id", postgresql_where=text("state = 'open'")),
        Index("ix_request_received", "partnership", "received_at", "id"),
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


# Files.


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
