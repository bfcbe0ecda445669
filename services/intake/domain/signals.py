"""What the door requires of signals other than concerns."""

from __future__ import annotations

from datetime import date, timedelta

from shared.contracts.words import HeldStatus, refused


def check_wider_concern(*, found: bool, assessed_by: str | None) -> None:
    """A wider concern comes with the assessor who found it (L1.2b). Raises Refused."""
    if found and not assessed_by:
        raise refused(
            "L1.2b",
            "A wider concern needs the assessor who found it.",
            "Name the assessor's role.",
            field="wider_concern_assessed_by",
        )


def quarter_ends_on(quarter: str) -> date:
    """The last day of a calendar quarter such as 2026-Q3."""
    year, number = quarter.split("-Q")
    month = 3 * int(number) + 1
    first_after = date(int(year) + month // 13, (month - 1) % 12 + 1, 1)
    return first_after - timedelta(days=1)


def quarter_after(quarter: str) -> str:
    """The calendar quarter that follows, such as 2027-Q1 on 2026-Q4."""
    year, number = quarter.split("-Q")
    return f"{int(year) + 1}-Q1" if number == "4" else f"{year}-Q{int(number) + 1}"


def return_due_on(quarter: str, days: int) -> date:
    """The last day of the window in which a quarter's return is in time."""
    return quarter_ends_on(quarter) + timedelta(days=days)


def check_return(quarter: str, submitted_on: date, *, nil: bool, risk: bool) -> None:
    """A return comes when its quarter is over, and a nil one tells of no risk. Raises Refused."""
    if submitted_on <= quarter_ends_on(quarter):
        raise refused(
            "door.window",
            "The quarter is not over yet.",
            "Send the return when its quarter has ended.",
            clause="L1.2g",
            field="quarter",
        )
    if nil and risk:
        raise refused(
            "door.nil-return",
            "A nil return cannot tell of a risk.",
            "Send it as a return, or without the risk.",
            clause="L1.2g",
            field="nil_return",
        )


def check_review(status: HeldStatus, review_on: date, today: date) -> None:
    """What is held is looked at again on a day to come. Raises Refused."""
    if status is HeldStatus.HELD and review_on <= today:
        raise refused(
            "door.review-date",
            "What is held needs a day on which it is reviewed.",
            "Give a day to come.",
            clause="L4.11",
            field="review_on",
        )
