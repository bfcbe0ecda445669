"""Dates and times as people read them: the day, and the time in the United Kingdom."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def day_in_words(day: date) -> str:
    """A date like "Friday 8 January 2027"."""
    return f"{day:%A} {day.day} {day:%B %Y}"


def moment_in_words(instant: datetime) -> str:
    """An instant like "14:30 (UK time) on Friday 8 January 2027"."""
    local = instant.astimezone(LONDON)
    return f"{local:%H:%M} (UK time) on {day_in_words(local.date())}"


def span_in_words(starts_at: datetime, ends_at: datetime) -> str:
    """A time like "Friday 8 January 2027, 14:30 to 15:30 (UK time)"."""
    starts, ends = starts_at.astimezone(LONDON), ends_at.astimezone(LONDON)
    return f"{day_in_words(starts.date())}, {starts:%H:%M} to {ends:%H:%M} (UK time)"
