"""Look at the windows of a location: when something happens in them, and when time passes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from services.assessment.domain.circles import narrower
from services.assessment.domain.crossings import FIRST, Place, Standing
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.windows import in_window, rule_at
from services.assessment.handlers import crossings
from services.assessment.handlers.circles import told_in_a_wider_one
from services.assessment.handlers.thresholds import thresholds_of
from services.assessment.store import crossings as store
from services.assessment.store import items, register
from services.assessment.tables import CrossingRow, LocationRow
from shared.platform.clocks import Due
from shared.platform.work import Work


def run_out(work: Work, held: dict[Place, CrossingRow]) -> None:
    """End what time has ended, also where its clock has yet to fire."""
    for place, row in list(held.items()):
        if row.window_ends_on is not None and row.window_ends_on <= work.today:
            crossings.end(work, held.pop(place), row.window_ends_on)


async def look(
    work: Work,
    location: LocationRow,
    thresholds: Thresholds,
    held: Mapping[Place, CrossingRow],
    places: Collection[Place],
) -> dict[Place, Standing | None]:
    """Whether the windows at these places hold today, and a wider circle is not told of it."""
    found: dict[Place, Standing | None] = {}
    for place in places:
        rule = rule_at(place, thresholds)
        if rule is None or await told_in_a_wider_one(work, location, place):
            found[place] = None
            continue
        newest = await items.newest(work, location, rule)
        now = in_window(rule, newest, work.today, held[place].name if place in held else None)
        if now is not None and now.name is None:
            before = await store.ended_before(work, location, place)
            now = replace(now, name=str(before) if before else FIRST)
        found[place] = now
    return found


async def on_window_due(work: Work, due: Due) -> None:
    """The item that held a window open has left it: the crossing ends."""
    row = await store.crossing(work, [due.partnership], due.subject_id)
    if row is None:
        return
    location = await register.locked_location(work, [due.partnership], row.location_id)
    if location is None:
        raise LookupError("a crossing's location is missing")
    over = store.place_of(row)
    held = await store.held(work, location, [over])
    run_out(work, {place: kept for place, kept in held.items() if kept.id == row.id})
    for circle in narrower(over.circle, register.circles(location)):
        await _look_again(work, location, over.seen_by(circle))


async def _look_again(work: Work, location: LocationRow, place: Place) -> None:
    """What a wider circle was told is over; there may be something to tell this one."""
    held = await store.held(work, location, [place])
    run_out(work, held)
    thresholds = thresholds_of(work, location.partnership)
    found = await look(work, location, thresholds, held, [place])
    await crossings.settle(work, location, held, found, work.today)
