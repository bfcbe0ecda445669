"""A consideration and what was decided on it, for the intelligence meeting."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel


class TriggerView(BaseModel):
    """A trigger with the ids of its evidence; the evidence itself lies where it was recorded."""

    crossing_id: UUID
    trigger: str
    state: str
    evidence: list[UUID]
    threshold: str
    clause: str
    restricted: bool
    told_at: datetime
    ended_on: date | None


class EarlierQip(BaseModel):
    """An earlier QIP of the same proprietor, for the intelligence meeting only (L6.7)."""

    qip_id: UUID
    location_id: UUID
    opened_on: date
    limit_on: date
    state: str


class ConsiderationLine(BaseModel):
    """A location up for consideration, in a list."""

    consideration_id: UUID
    location_id: UUID
    location_name: str | None
    state: str
    opened_at: datetime
    triggers: list[str]


class ConsiderationView(ConsiderationLine):
    """A consideration with its triggers, those that are candidates, and what went before."""

    trigger_details: list[TriggerView]
    candidates: list[TriggerView]
    earlier_qips: list[EarlierQip]
    decision_id: UUID | None
    qip_id: UUID | None


class DecisionView(BaseModel):
    """A recorded decision of the intelligence meeting."""

    decision_id: UUID
    consideration_id: UUID
    decision: str
    decided_on: date
    qip_id: UUID | None = None
    limit_on: date | None = None
    terms_version: str | None = None
    clause: str | None = None
    members: list[str] = []
