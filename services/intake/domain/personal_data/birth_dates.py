"""Dates of birth in a text: those that a label names, and days too long ago to be an incident's."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

_YOUNGEST = 16
"""Adult social care: a full date so many years ago is a birthday before it is an incident."""
_OLDEST_YEAR = 1900

_MONTHS = {
    name: number
    for number, name in enumerate(
        ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"), 1
    )
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_END = r"(?![\w/-]|[.,]\d)"
_DATE = re.compile(
    r"\d(?:"
    r"(?<=(?P<d1>\d))(?P<e1>\d?)(?P<sep>[/.-]|\s)(?P<m1>\d{1,2})(?P=sep)(?P<y1>\d{4}|\d{2})"
    r"|(?<=(?P<y2>\d))(?P<z2>\d{3})[/.-](?P<m2>\d{1,2})[/.-](?P<d2>\d{1,2})"
    r"|(?<=(?P<d3>\d))(?P<e3>\d?)(?:st|nd|rd|th)?[\s-]+(?:of )?"
    rf"(?P<m3>{_MONTH})\.?,?[\s-]+(?P<y3>\d{{4}}|\d{{2}})"
    rf"){_END}"
)
"""Searched in small letters; it begins with a digit, so that the search leaps from one to the next.
Each day and year is in two parts, the first digit and the rest."""
_MONTH_FIRST = re.compile(rf"(\d{{1,2}})(?:st|nd|rd|th)?,? (\d{{4}}){_END}")
_MONTH_BEFORE = re.compile(rf"\b({_MONTH})\.? $")
_LABEL = re.compile(
    r"\b(?:d\.?\s?o\.?\s?b\b\.?|date of birth|birth ?date|birthday|born)"
    r"(?:\s*(?:[:=(–-]|is\b|was\b|on\b|in\b|the\b))*\s*$"
)
_LABEL_WORDS = ("born", "birth", "dob", "d.o.b", "d o b")
_YEAR = re.compile(rf"(?:19\d{{2}}|20[01]\d){_END}")
_SINCE = re.compile(
    r"\b(?:opened|registered|built|established|founded|since|dated|licen[cs]ed|incorporated|act|"
    r"regulations?|constructed|version|installed|extended|certificate|inspected|published)"
    r"[^.;]{0,20}$"
)
"""What a home or a paper has done for long."""
_CONTEXT = 40


def find(lower: str, today: date) -> Iterator[tuple[int, int]]:
    """Where dates of birth stand in a text in small letters."""
    labelled = any(word in lower for word in _LABEL_WORDS)
    for start, end, day in _dates(lower):
        if day is None or not date(_OLDEST_YEAR, 1, 1) <= day <= today:
            continue
        before = lower[max(0, start - _CONTEXT) : start]
        told = labelled and _LABEL.search(before) is not None
        long_ago = day.year <= today.year - _YOUNGEST and _SINCE.search(before) is None
        if told or long_ago:
            yield start, end
    if labelled:
        for match in _YEAR.finditer(lower):
            before = lower[max(0, match.start() - _CONTEXT) : match.start()]
            month = re.search(rf"{_MONTH} $", before)
            before = before[: month.start()] if month else before
            if _LABEL.search(before):
                yield match.span()


def _dates(lower: str) -> Iterator[tuple[int, int, date | None]]:
    for match in _DATE.finditer(lower):
        start = match.start()
        if start == 0 or not (lower[start - 1].isalnum() or lower[start - 1] in "/.-"):
            yield start, match.end(), _day(match)
    for match in _MONTH_FIRST.finditer(lower):
        month = _MONTH_BEFORE.search(lower, max(0, match.start() - 12), match.start())
        if month is not None:
            day = _calendar(int(match[2]), _MONTHS[month[1][:3]], int(match[1]))
            yield month.start(), match.end(), day


def _day(match: re.Match[str]) -> date | None:
    if match["y2"] is not None:
        return _calendar(int(match["y2"] + match["z2"]), int(match["m2"]), int(match["d2"]))
    if match["d1"] is not None:
        return _calendar(_year(match["y1"]), int(match["m1"]), int(match["d1"] + match["e1"]))
    return _calendar(_year(match["y3"]), _MONTHS[match["m3"][:3]], int(match["d3"] + match["e3"]))


_THIS_CENTURY = 30
"""Two digits of a year up to this are of this century."""


def _year(written: str) -> int:
    year = int(written)
    if len(written) == 4:
        return year
    return year + (2000 if year < _THIS_CENTURY else 1900)


def _calendar(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
