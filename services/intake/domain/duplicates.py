"""Which concerns are likely to be about one thing: same place, category, days, similar words.

The texts are compared here and nowhere else. What is found is a proposal to who triages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from uuid import UUID

_WORD = re.compile(r"[a-z0-9']+")
_SHORT = frozenset(
    _WORD.findall(
        "a an and are as at be been but by for from had has have he her him his in is it its no "
        "not of on or she so that the their them then there they this to was we were when which "
        "who with"
    )
)
"""Words that all texts share say nothing."""


class DuplicateState(StrEnum):
    """What a person made of a proposal."""

    MERGED = "merged"
    APART = "apart"


@dataclass(frozen=True, slots=True)
class Compared:
    """A concern as far as comparing needs it."""

    id: UUID
    source: str
    location_id: UUID
    category: str
    occurred_on: date
    text: str


def likeness(one: Compared, other: Compared, *, days: int) -> int:
    """How alike two concerns are, in percent; 0 where they cannot be about one thing.

    The share of telling words that both have (Jaccard).
    """
    apart = abs((one.occurred_on - other.occurred_on).days)
    if one.id == other.id or one.location_id != other.location_id:
        return 0
    if one.category != other.category or apart > days:
        return 0
    first, second = _words(one.text), _words(other.text)
    both = first | second
    return round(100 * len(first & second) / len(both)) if both else 0


def _words(text: str) -> set[str]:
    return {word for word in _WORD.findall(text.lower()) if word not in _SHORT}
