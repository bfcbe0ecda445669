"""A page of a list as a spreadsheet; that somebody took it away is on record."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from shared.platform.paging import Page
from shared.platform.security import Person
from shared.platform.spreadsheets import csv_of
from shared.platform.work import Work


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
    for partnership in sorted(person.partnerships):
        did = f"{name}.exported"
        await work.audit(person.subject, did, "list", partnership=partnership, why=why)
    return Page([csv_of(columns, rows)], following)
