"""When a QIP meeting can be, its parts, and when the plan is due (L1.3i-j, L5.5, L6.4, L7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from services.meetings.domain.values import cannot_be
from shared.contracts.words import MeetingMode, Refused, refused


@dataclass(frozen=True, slots=True)
class Times:
    """A meeting's times as proposed; all aware of their zone."""

    starts_at: datetime
    ends_at: datetime
    part_ii_starts_at: datetime | None = None
    part_ii_ends_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """A meeting as the chair or the note taker wants it."""

    times: Times
    mode: MeetingMode
    provider_participates: bool
    note_taker: str | None = None


def check_times(
    times: Times, *, participates: bool, ends_on: date, limit_on: date, now: datetime, clause: str
) -> Times:
    """The times that stand: without Part ii where the provider stays away (L1.3i).

    `ends_on` is the London date of the meeting's end. Raises Refused: in the past, after the
    QIP's limit (L6.4), ends before it starts, Part ii missing or outside the meeting.
    """
    if times.starts_at <= now:
        raise cannot_be("starts_at", "The meeting lies in the past.", "Give a time to come.")
    if times.ends_at <= times.starts_at:
        raise cannot_be("ends_at", "The meeting ends before it starts.", "Give a later end.")
    if ends_on > limit_on:
        raise refused(
            "L6.4",
            "The meeting lies after the limit of this QIP.",
            "Choose an earlier date; only the senior panel can extend a QIP.",
            clause=clause,
            field="starts_at",
        )
    if not participates:
        return Times(times.starts_at, times.ends_at)
    begins, ends = times.part_ii_starts_at, times.part_ii_ends_at
    if begins is None or ends is None or not times.starts_at <= begins < ends <= times.ends_at:
        raise refused(
            "L7.1ii",
            "The provider joins for Part ii, which has no time within the meeting.",
            "Give its start and end within the meeting, or record that the provider declines.",
            field="part_ii_starts_at",
        )
    return times


def check_to_come(starts_at: datetime, now: datetime) -> None:
    """Only a meeting that is to come can be moved. Raises Refused."""
    if starts_at <= now:
        raise refused(
            "meetings.past",
            "This meeting has begun or is over.",
            "Set another meeting.",
            clause="docs/refusals.md",
        )


def set_already() -> Refused:
    """A QIP has one meeting at a time."""
    return cannot_be("starts_at", "A meeting of this QIP is set for then.", "Move that one.")


def check_contacted(*, contacted: bool) -> None:
    """The provider hears from the chair before the first meeting is set (L1.3j). Raises Refused."""
    if not contacted:
        raise refused(
            "L1.3j",
            "The chair has not contacted the provider yet.",
            "Contact the proprietor or registered manager and record it, then set the meeting.",
        )


@dataclass(frozen=True, slots=True)
class PlanDue:
    """When the provider's plan is due before a meeting; no date where the notice is short."""

    on: date | None
    short_notice: bool


def plan_due(meets_on: date, *, days: int, today: date) -> PlanDue:
    """The plan is due `days` calendar days ahead (L5.5); a meeting called later than that asks
    for none and is marked as called at short notice, never as overdue (L6.3)."""
    due = meets_on - timedelta(days=days)
    return PlanDue(None, short_notice=True) if due < today else PlanDue(due, short_notice=False)
