"""Look at everything that a new fact can change, for each circle that knows it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from services.assessment.domain.circles import OPEN, Circle, is_open, knows
from services.assessment.domain.crossings import Place, Standing
from services.assessment.domain.facts import ACTIVITY, Fact, Kind
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.triggers import SeriesRule, series_rules, standing
from services.assessment.domain.windows import items_of, places_moved
from services.assessment.handlers import circles, crossings, windows
from services.assessment.handlers.thresholds import thresholds_of
from services.assessment.store import crossings as crossing_store
from services.assessment.store import facts as store
from services.assessment.store import items
from services.assessment.tables import CrossingRow, LocationRow
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class _Judgement:
    """A new fact, as one circle sees what it changes."""

    work: Work
    location: LocationRow
    fact: Fact
    circle: Circle
    thresholds: Thresholds


@dataclass(frozen=True, slots=True)
class _Look:
    """A rule that has to look at a series."""

    rule: SeriesRule
    series: str
    finding: Fact | None = None
    """The one fact of the series, where it was found at our own desk."""

    @property
    def place(self) -> Place:
        return self.rule.place(self.series)


@dataclass(slots=True)
class _Looked:
    """What was looked at for the circles before: what they are told decides what others are."""

    windows: set[Place]
    looks: dict[Place, _Look]


async def judge(work: Work, location: LocationRow, fact: Fact) -> None:
    """Look at everything that a new fact can change, and let it change: a wide circle first."""
    await circles.enter_circles(work, location, fact)
    thresholds = thresholds_of(work, location.partnership)
    looked = _Looked(set(), {})
    for circle in circles.circles_at(location):
        if knows(circle, fact.handling):
            await _judge(_Judgement(work, location, fact, circle, thresholds), looked)


async def _judge(one: _Judgement, looked: _Looked) -> None:
    looked.windows |= await _keep_items(one)
    looked.looks |= {look.place: look for look in await _looks(one)}
    places = {place.seen_by(one.circle) for place in looked.windows}
    looks = {place.seen_by(one.circle): look for place, look in looked.looks.items()}
    held = await crossing_store.held(one.work, one.location, [*places, *looks])
    windows.run_out(one.work, held)
    found = await windows.look(one.work, one.location, one.thresholds, held, places)
    await crossings.settle(one.work, one.location, held, found, one.work.today)
    found = await _stands(one, held, looks)
    await crossings.settle(one.work, one.location, held, found, one.fact.occurred_on)


async def _keep_items(one: _Judgement) -> set[Place]:
    """Keep what a concern, enquiry or complaint has become; gives the windows that it moves."""
    if one.fact.kind not in ACTIVITY:
        return set()
    group = await circles.group_of(one.work, one.location, one.fact, one.circle)
    known = [fact for told in group.values() for fact in told]
    if one.circle != OPEN and all(is_open(fact.handling) for fact in known):
        return set()  # the open item is this circle's as well
    before = items_of(
        {name: [f for f in told if f.id != one.fact.id] for name, told in group.items()}, one.circle
    )
    first = len(group) == len(await store.newest(one.work, one.location, one.fact.series)) == 1
    moved: set[Place] = set()
    for series, after in sorted(items_of(group, one.circle).items()):
        if one.circle != OPEN or after != before.get(series):
            items.keep(one.work, one.location, after, first=first)
        moved |= places_moved(before.get(series), after)
    return moved


async def _looks(one: _Judgement) -> list[_Look]:
    """The rules that a fact concerns, each with the series it has to look at."""
    if one.thresholds.triggers is None:
        return []
    rules = [rule for rule in series_rules(one.thresholds.triggers) if one.fact.kind in rule.kinds]
    looks = [_Look(rule, one.fact.series) for rule in rules]
    for rule in rules:
        if rule.enquiries and one.fact.kind is Kind.SAFEGUARDING_OUTCOME:
            looks += await _waiting(one, rule)
    return looks


async def _waiting(one: _Judgement, rule: SeriesRule) -> list[_Look]:
    """Findings that had to wait until there were enough enquiries, where there just are."""
    work, location = one.work, one.location
    named = await items.enquiries(work, location, rule.enquiries + 1, one.circle)
    if len(named) != rule.enquiries:
        return []
    others = [_Look(rule, name) for name in named if name != one.fact.series]
    findings = await store.findings(work, location)
    return [*others, *(_Look(rule, finding.series, finding) for finding in findings)]


async def _stands(
    one: _Judgement, held: Mapping[Place, CrossingRow], looks: Mapping[Place, _Look]
) -> dict[Place, Standing | None]:
    """Whether the rules hold at these places, and a wider circle is not told of it."""
    found: dict[Place, Standing | None] = {}
    enquiries = await _enquiries(one, looks.values())
    for place, look in looks.items():
        if await circles.told_in_a_wider_one(one.work, one.location, place):
            found[place] = None
        else:
            found[place] = await _stand(one, look, enquiries, held.get(place))
    return found


async def _enquiries(one: _Judgement, looks: Collection[_Look]) -> list[Fact]:
    """The newest fact of each enquiry that a rule needs beside its series."""
    needed = max((look.rule.enquiries for look in looks), default=0)
    if not needed:
        return []
    return await first_enquiries(one.work, one.location, needed, one.circle)


async def first_enquiries(
    work: Work, location: LocationRow, count: int, circle: Circle = OPEN
) -> list[Fact]:
    """The newest fact of each of a location's first enquiries, as a circle knows them."""
    named = await items.enquiries(work, location, count, circle)
    told = [await circles.told_of(work, location, name, circle) for name in named]
    return [facts[-1] for facts, _ in told]


async def _stand(
    one: _Judgement, look: _Look, enquiries: Sequence[Fact], row: CrossingRow | None
) -> Standing | None:
    """Whether a rule holds; facts from further back are read only where its name needs them."""
    told, whole = [look.finding] if look.finding else [], True
    if look.finding is None:
        told, whole = await circles.told_of(one.work, one.location, look.series, one.circle)
    needed = enquiries[: look.rule.enquiries]
    found = standing(look.rule, told, whole=whole, enquiries=needed, circle=one.circle)
    if found is None or found.name is not None:
        return found
    if row is not None and not _renames(look.rule, told, one.fact):
        return replace(found, name=row.name)
    told = await circles.whole(one.work, one.location, look.series, one.circle)
    return standing(look.rule, told, whole=True, enquiries=needed, circle=one.circle)


def _renames(rule: SeriesRule, told: Sequence[Fact], fact: Fact) -> bool:
    """Whether a fact that comes later than all those read may have ended a crossing long ago."""
    if told[-1].series != fact.series or fact.id in {each.id for each in told}:
        return False
    return rule.lookback > 1 or not rule.holds([fact])
