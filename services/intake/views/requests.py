"""What is asked of the team or of a provider, and how a policy is varied for one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, Field

from shared.contracts.inbound import Category, LocationReference, Need, RequestWord
from shared.contracts.json_types import Day
from shared.platform.forms import Form

Reason = Annotated[str, Field(min_length=3, max_length=400, pattern=r"^[^\x00]*$")]


class RequestForm(Form):
    """A request; its type decides whether it is taken, refused or handed on (WX0)."""

    type: RequestWord
    location: LocationReference | None = None
    """May be missing of a statutory request only."""
    text: Annotated[str, Field(max_length=4_000, pattern=r"^[^\x00]*$")] = ""
    risk_type: Category | None = None
    system: Category | None = None
    about_individual: bool = False
    immediate_danger: bool = False
    required_by: Day | None = None
    load_seen: bool = False
    personal_data_needed: Need | None = None
    """Why personal data has to stand in the text."""


class RequestAnswer(BaseModel):
    """The reply to a request that was taken. In an emergency the emergency route comes first."""

    emergency_route: str | None
    request_id: UUID
    reference: str
    state: str
    due_on: date | None
    due_clause: str | None
    """Pack, version and clause of the due date (WS2)."""
    open_before: int
    """Open requests on the provider that the asker may know of (W3.3)."""
    open_due_on: list[date]


class RequestLine(BaseModel):
    """A request that is open."""

    request_id: UUID
    reference: str
    type: str
    agency_id: str | None
    location_id: UUID | None
    state: str
    received_at: datetime
    due_on: date | None
    due_clause: str | None


class StatutoryLine(RequestLine):
    """A statutory request, for information governance."""

    asker_suspended: bool
    """Its agency was suspended when it asked: nothing reaches it on its feed, answer by your own
    means."""


class RequestView(RequestLine):
    """A request with its text; every read is audited."""

    text: str
    details: dict[str, Any]
    """Risk, system, and whether it is about one person; the asker's roles."""
    personal_data: list[dict[str, Any]] | None
    """Kinds of personal data in the text, of what was taken whatever it holds."""
    rule: str | None
    clause: str | None
    pointer: str | None
    """Under which rule it was refused, and where its asker was sent instead."""
    override_reason: str | None
    settled_at: datetime | None


class RefusedLine(RequestLine):
    """A request that was refused and may be lifted, for its approvers (WX0)."""

    asked_by: str
    rule: str | None
    clause: str | None
    pointer: str | None
    """Where its asker was sent instead."""


class OverrideForm(Form):
    """Why a refusal is lifted; who sends it is the approver (WX0)."""

    reason: Category
    """`emergency` or `prior_agreement`."""
    why: Reason


class RefusalCount(BaseModel):
    """How often a rule refused in a quarter, and was overridden, for the quarterly report."""

    rule: str
    clause: str
    override_reason: str | None
    count: int


class VariationForm(Form):
    """Another value than the policy's default, for one provider (WG3)."""

    name: Annotated[str, Field(max_length=80, pattern=r"^[a-z_]+\.[a-z_]+$")]
    value: Annotated[int, Field(ge=1, le=3_660)]
    reason: Reason


class VariationView(BaseModel):
    """A default that was varied for a provider: what, by whom, why, from when to when."""

    variation_id: UUID
    name: str
    value: int
    default_value: int
    clause: str
    reason: str
    varied_by: str
    at: datetime
    ended_at: datetime | None
