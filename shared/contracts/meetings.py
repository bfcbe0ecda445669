"""What meetings says: considerations, QIP processes, chairs, members, meetings, plans."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from shared.contracts.event import Event, Id, event
from shared.contracts.refusals import RequestRefused
from shared.contracts.words import AgencyFunction, Label, MeetingMode, Trigger

PROVIDER, AGENCIES, NAMED = Label.PROVIDER, Label.AGENCIES, Label.NAMED


@event("meetings.qip.considered.v1")
class QipConsidered(Event):
    """A location is up for consideration at the intelligence meeting (L1.2, L1.3g)."""

    location_id: Annotated[Id, AGENCIES]
    consideration_id: Annotated[Id, AGENCIES]
    triggers: Annotated[tuple[Trigger, ...], AGENCIES]


@event("meetings.qip.opened.v1")
class QipOpened(Event):
    """The intelligence meeting decided to open a QIP: an act of its own, with its own label."""

    location_id: Annotated[Id, PROVIDER]
    qip_id: Annotated[Id, PROVIDER]
    consideration_id: Annotated[Id, AGENCIES]
    decision_id: Annotated[Id, AGENCIES]
    opened_on: Annotated[date, PROVIDER]
    limit_on: Annotated[date, PROVIDER]
    terms_version: Annotated[str, PROVIDER]
    clause: Annotated[str, PROVIDER]


@event("meetings.qip.declined.v1")
class QipDeclined(Event):
    """The intelligence meeting decided not to open a QIP (L1.3g)."""

    location_id: Annotated[Id, AGENCIES]
    consideration_id: Annotated[Id, AGENCIES]
    decision_id: Annotated[Id, AGENCIES]
    decided_on: Annotated[date, AGENCIES]


@event("meetings.member.joined.v1")
class MemberJoined(Event):
    """An agency became a member of a QIP, with the function it sits for (L4)."""

    location_id: Annotated[Id, AGENCIES]
    qip_id: Annotated[Id, AGENCIES]
    agency_id: Annotated[str, AGENCIES]
    function: Annotated[AgencyFunction, AGENCIES]


@event("meetings.member.left.v1")
class MemberLeft(Event):
    """An agency left a QIP."""

    location_id: Annotated[Id, AGENCIES]
    qip_id: Annotated[Id, AGENCIES]
    agency_id: Annotated[str, AGENCIES]


@event("meetings.chair.appointed.v1")
class ChairAppointed(Event):
    """The intelligence meeting agreed the chair (L3a-d)."""

    location_id: Annotated[Id, PROVIDER]
    qip_id: Annotated[Id, PROVIDER]
    decision_id: Annotated[Id, AGENCIES]
    chair_ref: Annotated[Id, NAMED]
    chair_function: Annotated[AgencyFunction, PROVIDER]


@event("meetings.provider.contacted.v1", existence=Label.PROVIDER)
class ProviderContacted(Event):
    """The chair contacted the provider: terms, offer of a pre-meeting (L1.3j, L5.1)."""

    location_id: Annotated[Id, PROVIDER]
    qip_id: Annotated[Id, PROVIDER]
    contact_id: Annotated[Id, PROVIDER]
    contacted_on: Annotated[date, PROVIDER]
    terms_version: Annotated[str, PROVIDER]
    pre_meeting: Annotated[str, PROVIDER]
    recipient_refs: Annotated[tuple[Id, ...], NAMED]
    clause: Annotated[str, PROVIDER]


@event("meetings.meeting.scheduled.v1", existence=Label.PROVIDER)
class MeetingScheduled(Event):
    """A QIP meeting was scheduled or moved (higher `sequence`); the provider sees Part ii."""

    location_id: Annotated[Id, PROVIDER]
    qip_id: Annotated[Id, PROVIDER]
    meeting_id: Annotated[Id, PROVIDER]
    sequence: Annotated[int, PROVIDER]
    mode: Annotated[MeetingMode, PROVIDER]
    starts_at: Annotated[str, AGENCIES]
    """RFC 3339, UTC: the start of Part i."""
    ends_at: Annotated[str, AGENCIES]
    part_ii_starts_at: Annotated[str | None, PROVIDER]
    """RFC 3339, UTC; None where the provider does not take part (L1.3i)."""
    part_ii_ends_at: Annotated[str | None, PROVIDER]
    plan_due_on: Annotated[date | None, PROVIDER]
    """Europe/London calendar date, 23:59 (L5.5)."""
    short_notice: Annotated[bool, PROVIDER]
    clause: Annotated[str, PROVIDER]
    chair_ref: Annotated[Id, NAMED]
    provider_refs: Annotated[tuple[Id, ...], NAMED]


@event("meetings.plan.submitted.v1")
class PlanSubmitted(Event):
    """The provider submitted its improvement plan to the chair (L1.3a, L5.5)."""

    location_id: Annotated[Id, PROVIDER]
    qip_id: Annotated[Id, PROVIDER]
    meeting_id: Annotated[Id, PROVIDER]
    plan_version: Annotated[int, PROVIDER]
    submitted_on: Annotated[date, PROVIDER]
    actions: Annotated[int, PROVIDER]
    chair_ref: Annotated[Id, NAMED]


@event("meetings.plan.overdue.v1")
class PlanOverdue(Event):
    """The plan's due date passed without a plan (L5.5)."""

    location_id: Annotated[Id, PROVIDER]
    qip_id: Annotated[Id, PROVIDER]
    meeting_id: Annotated[Id, PROVIDER]
    due_on: Annotated[date, PROVIDER]
    clause: Annotated[str, PROVIDER]
    chair_ref: Annotated[Id, NAMED]


@event("meetings.request.refused.v1", key="request_id", existence=None)
class MeetingsRequestRefused(RequestRefused):
    """A request to meetings was refused under a rule (WX0)."""
