"""Lists of what was handed to safeguarding; for safeguarding."""

from __future__ import annotations

from datetime import timedelta

from services.intake.domain.lists import HandoversWanted
from services.intake.handlers.handovers import acknowledge_minutes
from services.intake.handlers.sheets import taken_away
from services.intake.store import handovers as store
from services.intake.store.handovers import Handed
from services.intake.store.pages import kinds_of
from services.intake.views import HandoverLine
from shared.platform import paging
from shared.platform.paging import Page, Turn
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("reference", "location_reference", "location", "emergency", "handed_over_at"),
    *("acknowledge_by", "due_clause", "escalations", "owner_needed", "acknowledged_at"),
)


async def handover_lines(
    work: Work, person: Person, wanted: HandoversWanted, turn: Turn
) -> Page[HandoverLine]:
    """A page of handovers."""
    page = await paging.turned(
        turn,
        kinds_of(wanted.order),
        wanted.told(),
        lambda place, limit: store.handovers(work, person.partnerships, wanted, place, limit),
        lambda one: (one[0].handed_over_at, one[0].concern_id),
    )
    return Page([_line(work, one) for one in page.items], page.next)


async def sheet(work: Work, person: Person, wanted: HandoversWanted, turn: Turn) -> Page[str]:
    """A page as CSV; that somebody took it away is on record."""
    page = await handover_lines(work, person, wanted, turn)
    rows = [line.model_dump(mode="json") for line in page.items]
    return await taken_away(work, person, "handovers", COLUMNS, rows, page.next)


def _line(work: Work, one: Handed) -> HandoverLine:
    found, concern, location = one
    minutes = acknowledge_minutes(work, found.partnership)
    return HandoverLine(
        concern_id=found.concern_id,
        reference=concern.reference,
        location_id=location.id,
        location_reference=location.reference,
        location=location.name,
        emergency=found.emergency,
        handed_over_at=found.handed_over_at,
        acknowledge_by=found.handed_over_at + timedelta(minutes=minutes.number),
        due_clause=minutes.clause,
        escalations=found.escalations,
        owner_needed=found.owner_needed,
        acknowledged_at=found.acknowledged_at,
    )
