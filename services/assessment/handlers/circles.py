"""What each circle knows at a location, and of what it is told already in a wider one."""

from __future__ import annotations

from collections.abc import Collection

from services.assessment.domain.circles import OPEN, Circle, is_open, knows, wider, with_fact
from services.assessment.domain.crossings import Place
from services.assessment.domain.facts import Fact, merged_with
from services.assessment.domain.windows import items_of
from services.assessment.store import crossings, facts, items, register
from services.assessment.tables import LocationRow
from shared.platform.work import Work


async def told_of(
    work: Work, location: LocationRow, series: str, circle: Circle
) -> tuple[list[Fact], bool]:
    """What a circle knows of a series: its newest facts, and whether these are all."""
    newest = await facts.newest(work, location, series)
    if len(newest) < facts.TAIL:
        return [fact for fact in newest if knows(circle, fact.handling)], True
    if all(is_open(fact.handling) for fact in newest):
        return newest, False
    return await whole(work, location, series, circle), True


async def whole(work: Work, location: LocationRow, series: str, circle: Circle) -> list[Fact]:
    """All that a circle knows of a series."""
    found = await facts.whole(work, location, series)
    return [fact for fact in found if knows(circle, fact.handling)]


async def group_of(
    work: Work, location: LocationRow, fact: Fact, circle: Circle
) -> dict[str, list[Fact]]:
    """What a circle knows of a fact's series, and of those that were merged with it.

    The fact is among it also where it comes so late that it is not one of the newest.
    """
    group = await _joined(work, location, fact.series, circle)
    if fact not in group[fact.series]:
        group[fact.series].append(fact)
    return group


async def _joined(
    work: Work, location: LocationRow, series: str, circle: Circle
) -> dict[str, list[Fact]]:
    group: dict[str, list[Fact]] = {}
    waiting = {series}
    while waiting:
        name = waiting.pop()
        group[name], _ = await told_of(work, location, name, circle)
        waiting |= merged_with(group[name]) - group.keys()
    return group


async def enter_circles(work: Work, location: LocationRow, fact: Fact) -> None:
    """A NAMED fact may be the first for its holders: they begin with what they knew already."""
    if is_open(fact.handling):
        return
    before = register.circles(location)
    now = with_fact(before, fact.handling)
    if now == before:
        return
    await register.keep_circles(work, location, now)
    for circle in now:
        if circle not in before:
            await _begin(work, location, circle)


async def _begin(work: Work, location: LocationRow, circle: Circle) -> None:
    for series in await items.own_series(work, location, circle):
        known = await _joined(work, location, series, circle)
        for item in items_of(known, circle).values():
            items.keep(work, location, item)


def circles_at(location: LocationRow) -> list[Circle]:
    """The open circle, and those of NAMED facts; a wider one before a narrower."""
    return [OPEN, *register.circles(location)]


def for_all(location: LocationRow, places: Collection[Place]) -> set[Place]:
    """These places for every circle of a location."""
    return {place.seen_by(circle) for place in places for circle in circles_at(location)}


async def told_in_a_wider_one(work: Work, location: LocationRow, place: Place) -> bool:
    """Whether a wider circle is told that the rule holds: then there is nothing to add."""
    circles = wider(place.circle, register.circles(location))
    held = await crossings.held(work, location, [place.seen_by(other) for other in circles])
    ends = [row.window_ends_on for row in held.values()]
    return any(day is None or day > work.today for day in ends)
