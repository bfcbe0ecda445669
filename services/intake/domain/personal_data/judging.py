"""What becomes of a text that gives somebody away: refused, kept with a reason, or marked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.intake.domain.personal_data.search import Kind, kinds
from shared.contracts.words import Refused, refused

PERSONAL_DATA = "door.personal-data"
CLAUSE = "L1.2j, W1.8"
NEEDED = "personal_data_needed"
"""The field in which a submitter says, per field, why personal data is needed."""

_TAKE_OUT_OR_EXPLAIN = f"Take it out, or say for each field in {NEEDED} why it is needed."
_TAKE_OUT = "Take it out, and name what it is about by its reference."


@dataclass(frozen=True, slots=True)
class Mark:
    """A text that holds personal data and was taken all the same."""

    field: str
    kinds: tuple[Kind, ...]
    reason: str | None
    """Why it is needed, as the submitter says; none where it was too urgent to ask."""


def judge(
    texts: Mapping[str, str], needed: Mapping[str, str], today: date, *, urgent: bool = False
) -> tuple[Mark, ...]:
    """What the texts hold, by field. Raises Refused for what nobody gives a reason for.

    `needed` gives reasons by field. What is urgent (danger, significant harm) is never refused: it
    is taken at once and marked. A reason itself may hold no personal data.
    """
    marks = [
        Mark(field, found, needed.get(field))
        for field, text in texts.items()
        if text and (found := kinds(text, today))
    ]
    if urgent or not (marks or needed):
        return tuple(marks)
    unexplained = [mark for mark in marks if mark.reason is None]
    unexplained += [
        Mark(f"{NEEDED}.{field}", found, None)
        for field, reason in needed.items()
        if (found := kinds(reason, today))
    ]
    if unexplained:
        raise _refusal(unexplained, _TAKE_OUT_OR_EXPLAIN)
    return tuple(marks)


def check_plain(texts: Mapping[str, str | None], today: date) -> None:
    """Why somebody on our side did something: that is said without anybody's data. Raises Refused.

    No reason opens it: who it is about is known by the reference.
    """
    marks = [
        Mark(field, found, None)
        for field, text in texts.items()
        if text and (found := kinds(text, today))
    ]
    if marks:
        raise _refusal(marks, _TAKE_OUT)


def _refusal(marks: list[Mark], instead: str) -> Refused:
    told = "; ".join(f"{mark.field} ({', '.join(mark.kinds)})" for mark in marks)
    return refused(
        "door.personal-data",
        f"It holds what gives a person away: {told}.",
        instead,
        clause=CLAUSE,
        field=", ".join(mark.field for mark in marks)[:200],
    )
