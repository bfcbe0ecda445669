"""Agencies: what they hold, what they and their people signed, and how they come and go."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlmodel import Field

from services.intake.tables.schema import IntakeTable
from shared.platform.tables import Instant


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


class AcceptanceRow(IntakeTable, table=True):
    """Somebody accepted a version of the procedures on confidentiality (L8a)."""

    __tablename__ = "confidentiality_acceptance"

    partnership: str = Field(primary_key=True, max_length=60)
    person_ref: UUID = Field(primary_key=True)
    version: str = Field(primary_key=True, max_length=20)
    accepted_by: str = Field(max_length=120)
    """The sign-in; no event tells it."""
    accepted_at: datetime = Field(sa_type=Instant)
