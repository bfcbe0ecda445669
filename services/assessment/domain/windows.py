"""What recurs within a number of days: high activity (L1.2e) and themes (W2.9).

A window holds as long as the n-th newest item lies in it, so the n newest are all a rule needs,
however much is stored.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

from services.assessment.domain.circles import OPEN, Circle, handling_in
from services.assessment.domain.crossings import THEME, Place, Standing
from services.assessment.domain.facts import (
    ACTIVITY,
    AFTERWARDS,
    CONCERNS,
    THEMED,
    Fact,
    Kind,
    in_order,
    merged_with,
)
from services.assessment.domain.thresholds import (
    ThemeThresholds,
    Thresholds,
    TriggerThresholds,
)
from shared.contracts.words import Trigger

ALL_ACTIVITY = Place(Trigger.HIGH_ACTIVITY.value, "")
"""Where high activity crosses: once at a time per location and circle."""


@dataclass(frozen=True, slots=True)
class Item:
    """A concern, an enquiry or a complaint: one item, however many facts tell of it."""

    series: str
    reference: UUID
    occurred_on: date
    """The latest day on which anything about it happened."""
    counts: bool
    """False for a care concern that the provider itself reported (L1.2e)."""
    is_enquiry: bool
    category: str | None
    """Of a triaged concern or of feedback; None before triage and for everything else."""
    circle: Circle = OPEN
    """For whom it is one: what others know of it may be another item."""

    @property
    def order(self) -> tuple[date, str]:
        return (self.occurred_on, self.series)


def items_of(series: Mapping[str, Sequence[Fact]], circle: Circle = OPEN) -> dict[str, Item]:
    """The items that a circle's facts of some series make, by series. Merged ones are one together.

    It stands at the first of their names, whatever came first; the others count no more.
    """
    items: dict[str, Item] = {}
    for group in _groups(series):
        item = item_of((fact for name in group for fact in series.get(name, ())), circle)
        if item is not None:
            head, *rest = sorted(group)
            items |= {name: _uncounted(item, name) for name in rest}
            items[head] = replace(item, series=head)
    return items


def _groups(series: Mapping[str, Sequence[Fact]]) -> list[set[str]]:
    groups: list[set[str]] = []
    for name, facts in series.items():
        joined = {name} | merged_with(facts)
        apart = [group for group in groups if not group & joined]
        groups = [*apart, joined.union(*(group for group in groups if group & joined))]
    return groups


def _uncounted(item: Item, series: str) -> Item:
    return replace(item, series=series, counts=False, is_enquiry=False, category=None)


def item_of(facts: Iterable[Fact], circle: Circle = OPEN) -> Item | None:
    """The one item that facts about one thing make; None where there are none."""
    known = in_order(facts)
    told = [fact for fact in known if fact.kind not in AFTERWARDS]
    if not told:
        return None
    taken_back = {fact.series for fact in known if fact.kind is Kind.CONCERN_WITHDRAWN}
    kept = [fact for fact in told if fact.series not in taken_back]
    return _item(kept, circle) if kept else _uncounted(_item(told, circle), told[-1].series)


def _item(told: Sequence[Fact], circle: Circle) -> Item:
    themed = [fact for fact in told if fact.kind in THEMED]
    return Item(
        series=told[-1].series,
        reference=told[-1].reference,
        occurred_on=told[-1].occurred_on,
        counts=any(_counts(fact) for fact in told),
        is_enquiry=told[-1].kind is Kind.SAFEGUARDING_OUTCOME,
        category=themed[-1].said["category"] if themed else None,
        circle=circle,
    )


def _counts(fact: Fact) -> bool:
    """Care concerns of the provider's own do not count; what went to safeguarding does."""
    if fact.kind is Kind.PUBLIC_FEEDBACK:
        return False
    if fact.kind in CONCERNS and fact.kind is not Kind.CONCERN_REDIRECTED:
        return fact.said.get("reported_by_provider") is not True
    return True


@dataclass(frozen=True, slots=True)
class WindowRule:
    """So many distinct items in so many days."""

    place: Place
    count: int
    days: int
    clause: str
    to_confirm: bool

    def counts(self, item: Item) -> bool:
        """Whether an item is one of those that this window counts."""
        return item.counts if self.is_of_activity else item.category == self.place.series

    @property
    def is_of_activity(self) -> bool:
        """True of high activity, false of a theme."""
        return self.place.rule == ALL_ACTIVITY.rule

    @property
    def threshold(self) -> str:
        """In words for people."""
        return f"{self.count} distinct in {self.days} days"


def activity_rule(policy: TriggerThresholds, circle: Circle = OPEN) -> WindowRule:
    """High levels of complaints or safeguarding activity; a person confirms it (L1.2e)."""
    count, days = policy.high_activity, policy.window_days
    place = ALL_ACTIVITY.seen_by(circle)
    return WindowRule(place, count.value, days.value, count.clause, to_confirm=True)


def rule_at(place: Place, thresholds: Thresholds) -> WindowRule | None:
    """The rule of a window's place; None where the policy has none."""
    if place.rule == ALL_ACTIVITY.rule:
        return activity_rule(thresholds.triggers, place.circle) if thresholds.triggers else None
    return theme_rule(thresholds.themes, place.series, place.circle) if thresholds.themes else None


def places_moved(before: Item | None, after: Item | None) -> set[Place]:
    """The open circle's windows that another fact about an item can open, move or close."""
    moved = set()
    if _seen(before, as_activity=True) != _seen(after, as_activity=True):
        moved.add(ALL_ACTIVITY)
    if _seen(before, as_activity=False) != _seen(after, as_activity=False):
        moved |= {Place(THEME, i.category) for i in (before, after) if i and i.category}
    return moved


def places_of(fact: Fact) -> set[Place]:
    """The windows that a fact is likely to move: what to read before it is looked at."""
    if fact.kind not in ACTIVITY:
        return set()
    category = fact.said.get("category") if fact.kind in THEMED else None
    return {ALL_ACTIVITY} | ({Place(THEME, category)} if category else set())


def _seen(item: Item | None, *, as_activity: bool) -> tuple[date, str | None] | None:
    if item is None:
        return None
    if as_activity:
        return (item.occurred_on, None) if item.counts else None
    return (item.occurred_on, item.category) if item.category else None


def theme_rule(policy: ThemeThresholds, category: str, circle: Circle = OPEN) -> WindowRule:
    """Triaged concerns of one category recur (W2.9)."""
    count, days = policy.count, policy.window_days
    place = Place(THEME, category, circle)
    return WindowRule(place, count.value, days.value, count.clause, to_confirm=False)


def in_window(
    rule: WindowRule, newest: Sequence[Item], today: date, name: str | None
) -> Standing | None:
    """Whether the newest items are enough, and until which day.

    An item of day d is in a window of n days from d to d + n - 1. `today` is a London date;
    `name` is what ended the crossing before, as far as the caller knows it.
    """
    found = sorted(newest, key=lambda item: item.order)[-rule.count :]
    if len(found) < rule.count:
        return None
    ends_on = found[0].occurred_on + timedelta(days=rule.days)
    if ends_on <= today:
        return None
    return Standing(
        place=rule.place,
        name=name,
        evidence=tuple(item.reference for item in found),
        threshold=rule.threshold,
        clause=rule.clause,
        handling=handling_in(rule.place.circle),
        to_confirm=rule.to_confirm,
        ends_on=ends_on,
    )
