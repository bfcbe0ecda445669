"""Keep a fact, and let the rules look at what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from services.assessment.domain.crossings import Place, Standing
from services.assessment.domain.facts import ACTIVITY, Fact, Kind, merged_with
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.triggers import SeriesRule, series_rules, standing
from services.assessment.domain.windows import (
    WindowRule,
    items_of,
    places_moved,
    places_of,
    rule_at,
)
from services.assessment.handlers import crossings, windows
from services.assessment.handlers.register import location_of
from services.assessment.handlers.thresholds import thresholds_of
from services.assessment.store import crossings as crossing_store
from services.assessment.store import facts as store
from services.assessment.store import items
from services.assessment.store.register import lock_ahead
from services.assessment.tables import CrossingRow, LocationRow
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
    enquired: set[UUID] = set()
    enquiries = 0
    for told in batch:
        thresholds = thresholds_of(work, told.heard.content.event.partnership)
        rules = series_rules(thresholds.triggers) if thresholds.triggers else ()
        moved = set(places_of(told.fact))
        windows_of |= {
            (told.location_id, rule) for place in moved if (rule := rule_at(place, thresholds))
        }
        moved |= {rule.place(told.fact.series) for rule in rules if told.fact.kind in rule.kinds}
        places |= {(told.location_id, place) for place in moved}
        needed = [rule.enquiries for rule in rules if told.fact.kind in rule.kinds]
        if any(needed):
            enquired.add(told.location_id)
            enquiries = max(enquiries, *needed)
    await items.read_enquiries_ahead(work, enquired, enquiries + 1)
    await store.read_findings_ahead(work, enquired)
    await items.read_ahead(work, windows_of)
    await crossing_store.read_ahead(work, places)


async def judge(work: Work, location: LocationRow, fact: Fact) -> None:
    """Look at everything that a new fact can change, and let it change."""
    series = await store.newest(work, location, fact.series)
    places = await _keep_items(work, location, fact)
    thresholds = thresholds_of(work, location.partnership)
    looks = await _looks(work, location, fact, series, thresholds)
    held = await crossing_store.held(
        work, location, [*places, *(rule.place(told[-1].series) for rule, told in looks)]
    )
    windows.run_out(work, held)
    found = await windows.look(work, location, thresholds, held, places)
    await crossings.settle(work, location, held, found, work.today)
    enquiries = await _enquiries(work, location, looks)
    found = {}
    for rule, told in looks:
        place = rule.place(told[-1].series)
        found[place] = await _stand(work, location, rule, told, enquiries, held.get(place), fact)
    await crossings.settle(work, location, held, found, fact.occurred_on)


async def _keep_items(work: Work, location: LocationRow, fact: Fact) -> set[Place]:
    """Keep what a concern, enquiry or complaint has become; gives the windows that it moves."""
    if fact.kind not in ACTIVITY:
        return set()
    group = await _group(work, location, fact)
    before = items_of({name: [f for f in told if f.id != fact.id] for name, told in group.items()})
    moved: set[Place] = set()
    for series, after in sorted(items_of(group).items()):
        if after != before.get(series):
            items.keep(work, location, after)
        moved |= places_moved(before.get(series), after)
    return moved


async def _group(work: Work, location: LocationRow, fact: Fact) -> dict[str, list[Fact]]:
    """The facts of a series, and of those that were merged with it; one that comes late as well."""
    group: dict[str, list[Fact]] = {}
    waiting = {fact.series}
    while waiting:
        name = waiting.pop()
        group[name] = await store.newest(work, location, name)
        if name == fact.series and fact not in group[name]:
            group[name].append(fact)
        waiting |= merged_with(group[name]) - group.keys()
    return group


async def _looks(
    work: Work,
    location: LocationRow,
    fact: Fact,
    series: Sequence[Fact],
    thresholds: Thresholds,
) -> list[tuple[SeriesRule, Sequence[Fact]]]:
    """The rules that a fact concerns, each with the series it has to look at."""
    if thresholds.triggers is None:
        return []
    rules = [rule for rule in series_rules(thresholds.triggers) if fact.kind in rule.kinds]
    looks: list[tuple[SeriesRule, Sequence[Fact]]] = [(rule, series) for rule in rules]
    for rule in rules:
        if rule.enquiries and fact.kind is Kind.SAFEGUARDING_OUTCOME:
            looks += [(rule, told) for told in await _waiting(work, location, fact, rule)]
    return looks


async def _waiting(
    work: Work, location: LocationRow, fact: Fact, rule: SeriesRule
) -> list[Sequence[Fact]]:
    """Findings that had to wait until there were enough enquiries, where there just are."""
    named = await items.enquiries(work, location, rule.enquiries + 1)
    if len(named) != rule.enquiries:
        return []
    others = [await store.newest(work, location, name) for name in named if name != fact.series]
    return [*others, *([finding] for finding in await store.findings(work, location))]


async def _enquiries(
    work: Work, location: LocationRow, looks: Iterable[tuple[SeriesRule, object]]
) -> list[Fact]:
    """The newest fact of each enquiry that a rule needs beside its series."""
    needed = max((rule.enquiries for rule, _ in looks), default=0)
    return await first_enquiries(work, location, needed) if needed else []


async def first_enquiries(work: Work, location: LocationRow, count: int) -> list[Fact]:
    """The newest fact of each of a location's first enquiries."""
    named = await items.enquiries(work, location, count)
    return [(await store.newest(work, location, name))[-1] for name in named]


async def _stand(
    work: Work,
    location: LocationRow,
    rule: SeriesRule,
    told: Sequence[Fact],
    enquiries: Sequence[Fact],
    row: CrossingRow | None,
    fact: Fact,
) -> Standing | None:
    """Whether a rule holds; facts from further back are read only where its name needs them."""
    needed = enquiries[: rule.enquiries]
    found = standing(rule, told, whole=len(told) < store.TAIL, enquiries=needed)
    if found is None or found.name is not None:
        return found
    if row is not None and not _renames(rule, told, fact):
        return replace(found, name=row.name)
    told = await store.whole(work, location, told[-1].series)
    return standing(rule, told, whole=True, enquiries=needed)


def _renames(rule: SeriesRule, told: Sequence[Fact], fact: Fact) -> bool:
    """Whether a fact that comes later than all those read may have ended a crossing long ago."""
    if told[-1].series != fact.series or fact.id in {each.id for each in told}:
        return False
    return rule.lookback > 1 or not rule.holds([fact])
