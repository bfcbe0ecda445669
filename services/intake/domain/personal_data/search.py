"""What in a text gives a person away: found before the text is kept (L1.2j, W1.8).

Each search has a cheap question before it, because every concern at the door is searched; its
precision, recall and price are in docs/personal-data.md.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from services.intake.domain.personal_data import birth_dates, names, numbers


class Kind(StrEnum):
    """What was found, in the words that a submitter reads."""

    NHS_NUMBER = "NHS number"
    DATE_OF_BIRTH = "date of birth"
    NATIONAL_INSURANCE_NUMBER = "National Insurance number"
    TELEPHONE_NUMBER = "telephone number"
    EMAIL_ADDRESS = "e-mail address"
    POSTCODE = "postcode"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Found:
    """A place in a text, from `start` up to and without `end`. The value itself is not kept."""

    kind: Kind
    start: int
    end: int


_NUMBERS = (
    (Kind.NHS_NUMBER, numbers.nhs_numbers),
    (Kind.NATIONAL_INSURANCE_NUMBER, numbers.national_insurance_numbers),
    (Kind.TELEPHONE_NUMBER, numbers.telephone_numbers),
    (Kind.POSTCODE, numbers.postcodes),
)
_DIGIT = re.compile(r"\d")
_EMAIL = re.compile(r"(?<![\w.+'-])[\w.+'-]{1,64}@[\w-]+(?:\.[\w-]+)+")


def find(text: str, today: date) -> list[Found]:
    """Everything in a text that gives a person away, in its order, without overlaps."""
    found = sorted(_search(text, today), key=lambda one: (one.start, -one.end))
    kept: list[Found] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def kinds(text: str, today: date) -> tuple[Kind, ...]:
    """The kinds that a text holds, each once, in the order of `Kind`."""
    found = {one.kind for one in _search(text, today)}
    return tuple(kind for kind in Kind if kind in found) if found else ()


def redacted(text: str, today: date) -> str:
    """The text with each finding replaced by its kind, like `[NHS number]`."""
    for one in reversed(find(text, today)):
        text = f"{text[: one.start]}[{one.kind}]{text[one.end :]}"
    return text


def _search(text: str, today: date) -> Iterator[Found]:
    lower = text.lower()
    if len(lower) != len(text):
        # A letter that grows when it is made small would move every place.
        lower = "".join(small if len(small := one.lower()) == 1 else one for one in text)
    if "@" in text:
        for match in _EMAIL.finditer(text):
            yield Found(Kind.EMAIL_ADDRESS, *match.span())
    if _DIGIT.search(text) is not None:
        for kind, search in _NUMBERS:
            for place in search(text):
                yield Found(kind, *place)
        for place in birth_dates.find(lower, today):
            yield Found(Kind.DATE_OF_BIRTH, *place)
    for place in names.find(text, lower):
        yield Found(Kind.NAME, *place)
