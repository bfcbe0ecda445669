"""Dates people live by are Europe/London calendar dates; storage is in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_date(instant: datetime) -> date:
    """The calendar date in London at an instant."""
    return instant.astimezone(LONDON).date()


def start_of_day(day: date) -> datetime:
    """Midnight in London at which a day begins, in UTC."""
    return datetime.combine(day, time.min, tzinfo=LONDON).astimezone(UTC)


def end_of_day(day: date) -> datetime:
    """23:59 in London on a day, in UTC: until then what is due that day is in time."""
    return datetime.combine(day, time(23, 59), tzinfo=LONDON).astimezone(UTC)


def days_after(day: date, days: int) -> date:
    """So many days later, or earlier; what lies beyond an end of the calendar is that end."""
    last = date.max.toordinal()
    return date.fromordinal(min(max(day.toordinal() + days, 1), last))


def months_after(day: date, months: int) -> date:
    """Calendar months later, clamped to the month's end: 30 November + 3 is 28 or 29 February."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    return date(year, month + 1, min(day.day, last))
