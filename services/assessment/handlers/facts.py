"""Keep a fact, and let the rules look at what it changes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from services.assessment.domain.crossings import Place, Standing
from services.assessment.domain.facts import ACTIVITY, Fact, Kind
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.triggers import SeriesRule, series_rules, standing
from services.assessment.domain.windows import item_of, places_moved
from services.assessment.handlers import crossings, windows
from services.assessment.handlers.register import location_of
from services.assessment.handlers.thresholds import thresholds_of
from services.assessment.store import crossings as crossing_store
from services.assessment.store import facts as store
from services.assessment.store import items
from services.assessment.tables import CrossingRow, LocationRow
from shared.contracts.event import Event
from shared.platform.work import Work

TAIL = 32
"""How many facts of a series are read; more only where these do not tell enough."""


async def hear(work: Work, event: Event, fact: Fact) -> None:
    """Take in a fact that was heard. Raises UnknownLocation."""
    location_id: UUID = UUID(event.key)
    location = await location_of(work, event.partnership, location_id)
    if await store.keep(work, location, fact):
        await judge(work, location, fact)


async def judge(work: Work, location: LocationRow, fact: Fact) -> None:
    """Look at everything that a new fact can change, and let it change."""
    series = await store.newest(work, location, fact.series, TAIL)
    places = await _keep_item(work, location, fact, series)
    thresholds = thresholds_of(work, location.partnership)
    looks = await _looks(work, location, fact, series, thresholds)
    held = await crossing_store.held(
        work, location, [*places, *(rule.place(told[-1].series) for rule, told in looks)]
    )
    await windows.run_out(work, held)
    found = await windows.look(work, location, thresholds, held, places)
    await crossings.settle(work, location, held, found, work.today)
    enquiries = await _enquiries(work, location, looks)
    found = {}
    for rule, told in looks:
        place = rule.place(told[-1].series)
        found[place] = await _stand(work, location, rule, told, enquiries, held.get(place), fact)
    await crossings.settle(work, location, held, found, fact.occurred_on)


async def _keep_item(
    work: Work, location: LocationRow, fact: Fact, series: Sequence[Fact]
) -> set[Place]:
    """Keep what a concern, enquiry or complaint has become; gives the windows that it moves."""
    if fact.kind not in ACTIVITY:
        return set()
    before = item_of(told for told in series if told.id != fact.id)
    after = item_of([*series, fact])
    if after is not None and after != before:
        await items.keep(work, location, after)
    return places_moved(before, after)


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
    others = [
        await store.newest(work, location, name, TAIL) for name in named if name != fact.series
    ]
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
    return [(await store.newest(work, location, name, 1))[0] for name in named]


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
    found = standing(rule, told, whole=len(told) < TAIL, enquiries=needed)
    if found is None or found.name is not None:
        return found
    if row is not None and not _renames(rule, told, fact):
        return replace(found, name=row.name)
    told = await store.newest(work, location, told[-1].series, None)
    return standing(rule, told, whole=True, enquiries=needed)


def _renames(rule: SeriesRule, told: Sequence[Fact], fact: Fact) -> bool:
    """Whether a fact that comes later than all those read may have ended a crossing long ago."""
    if told[-1].series != fact.series or fact.id in {each.id for each in told}:
        return False
    return rule.lookback > 1 or not rule.holds([fact])
