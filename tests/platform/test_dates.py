"""Dates people live by."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.platform.dates import days_after, end_of_day, london_date, months_after, start_of_day


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 11, 30), 3, date(2027, 2, 28)),
        (date(2027, 11, 30), 3, date(2028, 2, 29)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2026, 12, 15), 1, date(2027, 1, 15)),
    ],
)
def test_months_are_calendar_months_clamped_to_the_months_end(
    day: date, months: int, later: date
) -> None:
    assert months_after(day, months) == later


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.integers(0, 36))
def test_a_month_later_is_never_more_than_a_day_of_the_month_away(day: date, months: int) -> None:
    later = months_after(day, months)
    assert (later.year * 12 + later.month) - (day.year * 12 + day.month) == months
    assert later.day <= day.day


def test_days_end_with_the_calendar() -> None:
    assert days_after(date(2026, 12, 31), 1) == date(2027, 1, 1)
    assert days_after(date(2027, 1, 1), -1) == date(2026, 12, 31)
    assert (days_after(date.max, 1), days_after(date.min, -30)) == (date.max, date.min)


def test_the_day_ends_at_23_59_in_london_summer_and_winter() -> None:
    assert end_of_day(date(2026, 7, 1)) == datetime(2026, 7, 1, 22, 59, tzinfo=UTC)
    assert end_of_day(date(2026, 12, 1)) == datetime(2026, 12, 1, 23, 59, tzinfo=UTC)


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)), st.times())
def test_the_end_of_a_day_lies_on_that_day(date_: date, time_: time) -> None:
    day = london_date(datetime.combine(date_, time_, tzinfo=UTC))
    assert london_date(end_of_day(day)) == day
    assert london_date(end_of_day(day) + timedelta(minutes=1)) == day + timedelta(days=1)
    assert end_of_day(day) + timedelta(minutes=1) == start_of_day(day + timedelta(days=1))
