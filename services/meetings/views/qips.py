"""A QIP, in one shape for each level of reading it."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel

from services.meetings.domain.deliveries import Needed


class MemberView(BaseModel):
    """An agency's seat in a QIP."""

    agency_id: str
    function: str
    joined_at: datetime
    left_at: datetime | None


class ChairView(BaseModel):
    """Who chairs a QIP, and by which decision."""

    chair_id: UUID
    decision_id: UUID
    person_ref: UUID
    function: str
    agency_id: str
    rationale: str
    appointed_at: datetime
    delivery: str


class ProviderContactBrief(BaseModel):
    """A contact of the chair with the provider, as the provider sees it (L5.1)."""

    contact_id: UUID
    contacted_on: date
    terms_version: str
    pre_meeting: str


class ProviderContactView(ProviderContactBrief):
    """A contact with the provider, and whether the provider was really told."""

    channel: str
    recipient_refs: list[UUID]
    recorded_by: str
    delivery: str


class ActionView(BaseModel):
    """One action of the improvement plan."""

    action: str
    owner: str
    timescale: date


class PlanView(BaseModel):
    """A version of the improvement plan."""

    plan_version: int
    meeting_id: UUID
    submitted_on: date
    actions: list[ActionView]


class ProviderMeeting(BaseModel):
    """A meeting as the provider sees it: Part ii only."""

    meeting_id: UUID
    mode: str
    part_ii_starts_at: datetime | None
    part_ii_ends_at: datetime | None
    plan_due_on: date | None
    short_notice: bool


class MemberMeeting(ProviderMeeting):
    """A meeting as the agencies in the case see it."""

    starts_at: datetime
    ends_at: datetime
    provider_participates: bool


class DeskMeeting(MemberMeeting):
    """A meeting as the desk sees it, and whether the invitations arrived."""

    sequence: int
    note_taker: str | None
    provider_refs: list[UUID]
    plan_overdue: bool
    clause: str
    delivery: str


class ProviderQip(BaseModel):
    """A QIP as the provider's own people see it, once contacted."""

    qip_id: UUID
    location_id: UUID
    opened_on: date
    limit_on: date
    terms_version: str
    clause: str
    chair_function: str | None
    provider_contacts: list[ProviderContactBrief]
    meetings: list[ProviderMeeting]
    plans: list[PlanView]


class MemberQip(BaseModel):
    """A QIP as the agencies in it see it."""

    qip_id: UUID
    location_id: UUID
    location_name: str
    state: str
    opened_on: date
    limit_on: date
    terms_version: str
    clause: str
    decision_id: UUID
    chair_function: str | None
    members: list[MemberView]
    provider_contacts: list[ProviderContactBrief]
    meetings: list[MemberMeeting]
    plans: list[PlanView]


class AttentionView(BaseModel):
    """An item on the chair's list."""

    about: str
    about_id: UUID
    needed: Needed
    rule: str | None


class DeskQip(BaseModel):
    """A QIP as its chair, note takers and the team see it."""

    qip_id: UUID
    location_id: UUID
    location_name: str
    state: str
    opened_on: date
    limit_on: date
    terms_version: str
    clause: str
    decision_id: UUID
    consideration_id: UUID
    benefit_statement: str
    restricted: bool
    chair: ChairView | None
    members: list[MemberView]
    provider_contacts: list[ProviderContactView]
    meetings: list[DeskMeeting]
    plans: list[PlanView]
    attention: list[AttentionView]


class QipLine(BaseModel):
    """A QIP in a list: no more than the least of its readers may know."""

    qip_id: UUID
    location_id: UUID
    opened_on: date
    limit_on: date
