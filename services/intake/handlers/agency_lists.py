"""The list of agencies."""

from __future__ import annotations

from services.intake.store import agencies as store
from services.intake.views.agencies import AgencyLine
from shared.contracts.words import AgencyFunction
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.security import Person
from shared.platform.work import Work


async def agency_page(
    work: Work,
    person: Person,
    words: str | None,
    function: AgencyFunction | None,
    suspended: bool | None,
    turn: Turn,
) -> Page[AgencyLine]:
    """A page of agencies with the functions that they hold today."""
    page = await paging.turned(
        turn,
        (str,),
        {"words": words, "function": function, "suspended": suspended},
        lambda place, limit: store.listed(
            work, person.partnerships, words, function, suspended, place, limit
        ),
        lambda row: (row.id,),
    )
    held = await store.agencies(work, {row.id for row in page.items})
    lines = [
        AgencyLine.model_validate(
            {
                **row.model_dump(),
                "agency_id": row.id,
                "functions": sorted(held[row.id].functions),
            }
        )
        for row in page.items
    ]
    return Page(lines, page.next)
