"""What is on record of lists: that somebody took a page away, or searched in texts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from services.intake.tables import FeedbackRow, LocationRow, SignalRow
from shared.platform.paging import Page
from shared.platform.security import Person
from shared.platform.spreadsheets import csv_of
from shared.platform.work import Work


async def searched(work: Work, person: Person, name: str, why: str | None) -> None:
    """Record that somebody looked for words in the texts of a list; `name` is the list's."""
    await _record(work, person, f"{name}.searched", why)


async def taken_away(
    work: Work,
    person: Person,
    name: str,
    columns: Sequence[str],
    rows: Iterable[Mapping[str, object]],
    following: str | None,
    why: str | None = None,
) -> Page[str]:
    """The rows of a page as CSV, with these columns of what they hold; `name` is the list's.

    `following` is the cursor of the next page.
    """
    await _record(work, person, f"{name}.exported", why)
    return Page([csv_of(columns, rows)], following)


def placed(
    row: FeedbackRow | SignalRow, location: LocationRow, columns: Sequence[str]
) -> Mapping[str, object]:
    """The cells of a row about a location, which brings its name and reference."""
    told = row.model_dump(mode="json", include=set(columns))
    return {**told, "location_reference": location.reference, "location": location.name}


async def _record(work: Work, person: Person, did: str, why: str | None) -> None:
    for partnership in sorted(person.partnerships):
        work.audit(person.subject, did, "list", partnership=partnership, why=why)
