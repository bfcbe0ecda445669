"""Keep the facts that are heard, and let the rules look at what each changes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from services.assessment.domain.circles import OPEN, Circle
from services.assessment.domain.crossings import Place
from services.assessment.domain.facts import Fact
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.triggers import SeriesRule, series_rules
from services.assessment.domain.windows import WindowRule, places_of, rule_at
from services.assessment.handlers import circles
from services.assessment.handlers.judging import judge
from services.assessment.handlers.register import location_of
from services.assessment.handlers.thresholds import thresholds_of
from services.assessment.store import crossings as crossing_store
from services.assessment.store import facts as store
from services.assessment.store import items
from services.assessment.store.register import known_location, lock_ahead
from shared.platform.events import Heard
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Told:
    """A fact, and the record that told of it."""

    heard: Heard
    fact: Fact

    @property
    def location_id(self) -> UUID:
        return UUID(self.heard.content.event.key)


async def hear(work: Work, batch: Sequence[Told]) -> None:
    """Take in facts in the order in which they were heard. Raises UnknownLocation."""
    await _read_ahead(work, batch)
    for told in batch:
        with work.on(told.heard):
            partnership = told.heard.content.event.partnership
            location = await location_of(work, partnership, told.location_id)
            if await store.keep(work, location, told.fact):
                await judge(work, location, told.fact)


async def _read_ahead(work: Work, batch: Sequence[Told]) -> None:
    """Read for all what each would ask for; the locations first, because they are the locks."""
    await lock_ahead(work, {told.location_id for told in batch})
    await store.read_ahead(work, [(told.location_id, told.fact) for told in batch])
    places: set[tuple[UUID, Place]] = set()
    windows_of: set[tuple[UUID, WindowRule]] = set()
    enquired: set[tuple[UUID, Circle]] = set()
    enquiries = 0
    for told in batch:
        thresholds = thresholds_of(work, told.heard.content.event.partnership)
        rules = [rule for rule in _rules(thresholds) if told.fact.kind in rule.kinds]
        moved = _for_all_circles(work, told.location_id, places_of(told.fact))
        looked = {rule.place(told.fact.series) for rule in rules}
        moved_windows = {rule for place in moved if (rule := rule_at(place, thresholds))}
        windows_of |= {(told.location_id, rule) for rule in moved_windows}
        moved |= _for_all_circles(work, told.location_id, looked)
        places |= {(told.location_id, place) for place in moved}
        needed = [rule.enquiries for rule in rules]
        if any(needed):
            enquired |= {(told.location_id, one) for one in _circles(work, told.location_id)}
            enquiries = max(enquiries, *needed)
    await items.read_enquiries_ahead(work, enquired, enquiries + 1)
    at = {location_id for location_id, _ in enquired}
    named = {(place, series) for place in at for series in items.known_enquiries(work, place)}
    await store.read_series_ahead(work, named)
    await store.read_findings_ahead(work, at)
    await items.read_ahead(work, windows_of)
    await crossing_store.read_ahead(work, places)


def _rules(thresholds: Thresholds) -> Sequence[SeriesRule]:
    return series_rules(thresholds.triggers) if thresholds.triggers else ()


def _circles(work: Work, location_id: UUID) -> Sequence[Circle]:
    """The circles that a location has when the batch begins."""
    location = known_location(work, location_id)
    return [OPEN] if location is None else circles.circles_at(location)


def _for_all_circles(work: Work, location_id: UUID, places: Collection[Place]) -> set[Place]:
    """These places for every circle that the location has when the batch begins."""
    return {place.seen_by(circle) for place in places for circle in _circles(work, location_id)}
