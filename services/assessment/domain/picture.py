"""All that the facts of one location say on a day, to each circle, from nothing but the facts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from services.assessment.domain.circles import Circle, circles_of, knows, wider
from services.assessment.domain.crossings import FIRST, Place, Standing
from services.assessment.domain.facts import ACTIVITY, Fact, Kind, in_order
from services.assessment.domain.thresholds import Thresholds
from services.assessment.domain.triggers import series_rules, standing
from services.assessment.domain.windows import (
    Item,
    WindowRule,
    activity_rule,
    in_window,
    items_of,
    theme_rule,
)


def standings(
    facts: Iterable[Fact],
    thresholds: Thresholds,
    today: date,
    names: Mapping[Place, str],
) -> dict[Place, Standing]:
    """Every rule that holds, for each circle that is not told of it in a wider one.

    `today` is a London date. `names` tells what ended the crossing before, for places whose windows
    have ended before: time passing is no fact of a location.
    """
    known = in_order(facts)
    circles = circles_of(fact.handling for fact in known)
    found: dict[Place, Standing] = {}
    for circle in circles:
        its = [fact for fact in known if knows(circle, fact.handling)]
        for each in _for_circle(circle, its, thresholds, today, names):
            if not any(each.place.seen_by(other) in found for other in wider(circle, circles)):
                found[each.place] = each
    return found


def _for_circle(
    circle: Circle,
    facts: Iterable[Fact],
    thresholds: Thresholds,
    today: date,
    names: Mapping[Place, str],
) -> Iterable[Standing]:
    series: dict[str, list[Fact]] = defaultdict(list)
    for fact in facts:
        series[fact.series].append(fact)
    yield from _of_series(circle, series, thresholds)
    yield from _of_windows(circle, series, thresholds, today, names)


def _of_series(
    circle: Circle, series: Mapping[str, Sequence[Fact]], thresholds: Thresholds
) -> Iterable[Standing]:
    if thresholds.triggers is None:
        return
    enquiries = first_enquiries(series.values())
    for rule in series_rules(thresholds.triggers):
        for facts in series.values():
            needed = enquiries[: rule.enquiries]
            found = standing(rule, facts, whole=True, enquiries=needed, circle=circle)
            if found is not None:
                yield found


def first_enquiries(series: Iterable[Sequence[Fact]]) -> list[Fact]:
    """The newest fact of each enquiry, in the order in which the enquiries are named."""
    newest = [facts[-1] for facts in series if facts[-1].kind is Kind.SAFEGUARDING_OUTCOME]
    return sorted(newest, key=lambda fact: fact.series)


def _of_windows(
    circle: Circle,
    series: Mapping[str, Sequence[Fact]],
    thresholds: Thresholds,
    today: date,
    names: Mapping[Place, str],
) -> Iterable[Standing]:
    told = {name: [f for f in facts if f.kind in ACTIVITY] for name, facts in series.items()}
    items = list(items_of(told).values())
    rules: list[tuple[WindowRule, list[Item]]] = []
    if thresholds.triggers is not None:
        counted = [item for item in items if item.counts]
        rules.append((activity_rule(thresholds.triggers, circle), counted))
    if thresholds.themes is not None:
        for category in sorted({item.category for item in items if item.category}):
            alike = [item for item in items if item.category == category]
            rules.append((theme_rule(thresholds.themes, category, circle), alike))
    for rule, among in rules:
        found = in_window(rule, among, today, names.get(rule.place, FIRST))
        if found is not None:
            yield found
