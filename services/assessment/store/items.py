"""Items of activity: one row for a concern, an enquiry or a complaint.

What a circle sees: its own rows, and the open ones of what it has no row of its own for.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import asyncpg
from sqlmodel import select

from services.assessment.domain.circles import OPEN, Circle
from services.assessment.domain.windows import Item, WindowRule
from services.assessment.store import item_queries as queries
from services.assessment.store.handlings import circle_of, text_of
from services.assessment.tables import ItemRow, LocationRow
from shared.platform.work import Work

_Window = tuple[str, UUID, str, Circle]
"""Its kind, a location, the series of a rule's place there, and who sees it."""

_ENQUIRIES = "first enquiries"
"""What `work.ahead` answers by location."""


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, WindowRule]]) -> None:
    """Read the newest items that windows count, by location and rule."""
    rules = {
        (_kind(rule), location_id, rule.place.series, rule.place.circle): rule
        for location_id, rule in wanted
        if rule not in _windows(work, location_id)
    }
    if not rules:
        return
    await work.catch_up_rows()
    found: dict[_Window, list[Item]] = {window: [] for window in rules}
    for window, item in await _read_newest(work, rules):
        found[window].append(item)
    for window, items in found.items():
        rule = rules[window]
        _windows(work, window[1])[rule] = _newest_first(items)[: rule.count]


def _kind(rule: WindowRule) -> str:
    return queries.ACTIVITY if rule.is_of_activity else queries.CATEGORY


def _newest_first(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.order, reverse=True)


async def _read_newest(
    work: Work, rules: Mapping[_Window, WindowRule]
) -> list[tuple[_Window, Item]]:
    """At least as many of each window as its rule counts, if there are so many."""
    rows = await queries.NEWEST_OWN.rows(work.session, **_given(rules))
    if circled := {window: rule for window, rule in rules.items() if window[3] != OPEN}:
        rows = [*rows, *await queries.NEWEST_OPEN.rows(work.session, **_given(circled))]
    return [
        (
            (row["kind"], row["location_id"], row["place"], circle_of(row["seen_by"])),
            _item_of(row),
        )
        for row in rows
    ]


def _given(rules: Mapping[_Window, WindowRule]) -> dict[str, Any]:
    """What the query asks for: the windows of activity, and those of categories."""
    given: dict[str, Any] = {}
    for kind in (queries.ACTIVITY, queries.CATEGORY):
        alike = [window for window in rules if window[0] == kind]
        given |= {
            f"{kind}_ids": [location_id for _, location_id, _, _ in alike],
            f"{kind}_places": [series for _, _, series, _ in alike],
            f"{kind}_circles": [text_of(circle) for _, _, _, circle in alike],
        }
    return given | {"count": max(rule.count for rule in rules.values())}


def _windows(work: Work, location_id: UUID) -> dict[WindowRule, list[Item]]:
    """The newest items of a location by the window that counts them, as far as they were read."""
    windows: dict[WindowRule, list[Item]] = work.ahead.setdefault((ItemRow, location_id), {})
    return windows


def keep(work: Work, location: LocationRow, item: Item, *, first: bool = False) -> None:
    """Enter an item, or what has become of it; the `first` that anybody knows of it."""
    row = {
        "location_id": location.id,
        "series": item.series,
        "circle": text_of(item.circle),
        "partnership": location.partnership,
        "reference": item.reference,
        "occurred_on": item.occurred_on,
        "counts": item.counts,
        "is_enquiry": item.is_enquiry,
        "category": item.category,
    }
    work.later(ItemRow, row, replace_by=("location_id", "series", "circle"))
    _enter(_windows(work, location.id), item, first)
    if item.is_enquiry:
        _enter_enquiry(_firsts(work, location.id), item)


def _enter(windows: dict[WindowRule, list[Item]], item: Item, first: bool) -> None:
    """Let what was read ahead follow; where it no longer tells which come next it is read anew."""
    for rule, items in list(windows.items()):
        if item.circle in (OPEN, rule.place.circle):
            followed = _with(items, item, rule, first)
            if followed is None:
                del windows[rule]
            else:
                windows[rule] = followed


def _with(items: list[Item], item: Item, rule: WindowRule, first: bool) -> list[Item] | None:
    """The newest items of a window after an entry; None where others may come among them."""
    counts, whole = rule.counts(item), len(items) < rule.count
    known = next((one for one in items if one.series == item.series), None)
    if known is None:
        if item.circle != rule.place.circle and not first:
            return None  # the circle may have a row of its own, further back
        return _newest_first([*items, item])[: rule.count] if counts else items
    if item.circle == OPEN and known.circle != OPEN:
        return items  # the circle's own row stands
    others = [one for one in items if one is not known]
    if not whole and not (counts and item.order >= known.order):
        return None
    return _newest_first([*others, item]) if counts else others


async def newest(work: Work, location: LocationRow, rule: WindowRule) -> list[Item]:
    """The newest items that a window counts, as many as its rule needs."""
    await read_ahead(work, [(location.id, rule)])
    return list(_windows(work, location.id)[rule])


async def read_enquiries_ahead(
    work: Work, wanted: Collection[tuple[UUID, Circle]], count: int
) -> None:
    """Read the series of the first enquiries at locations that circles know of, so many of each."""
    unread = {
        (location_id, circle)
        for location_id, circle in wanted
        if circle not in (firsts := _firsts(work, location_id)) or firsts[circle].asked < count
    }
    if not unread:
        return
    await work.catch_up_rows()
    rows = await queries.FIRST_OWN.rows(work.session, **_places(unread, count))
    if circled := {one for one in unread if one[1] != OPEN}:
        rows = [*rows, *await queries.FIRST_OPEN.rows(work.session, **_places(circled, count))]
    for location_id, circle in unread:
        _firsts(work, location_id)[circle] = _First(count, [])
    for location_id, circle, series in rows:
        insort(_firsts(work, location_id)[circle_of(circle)].series, series)


def _places(wanted: Collection[tuple[UUID, Circle]], count: int) -> dict[str, Any]:
    return {
        "ids": [location_id for location_id, _ in wanted],
        "circles": [text_of(circle) for _, circle in wanted],
        "count": count,
    }


@dataclass(slots=True)
class _First:
    """The series of the first enquiries that a circle knows of: how many were asked for."""

    asked: int
    series: list[str]


def _firsts(work: Work, location_id: UUID) -> dict[Circle, _First]:
    """What was read of a location's first enquiries, by circle."""
    firsts: dict[Circle, _First] = work.ahead.setdefault((_ENQUIRIES, location_id), {})
    return firsts


def _enter_enquiry(firsts: dict[Circle, _First], item: Item) -> None:
    """Let what was read ahead follow. What is an enquiry once stays one."""
    for circle, first in firsts.items():
        if item.circle in (OPEN, circle) and item.series not in first.series:
            insort(first.series, item.series)
            del first.series[first.asked :]


def known_enquiries(work: Work, location_id: UUID) -> set[str]:
    """The series of a location's first enquiries, as far as they were read ahead."""
    return {series for first in _firsts(work, location_id).values() for series in first.series}


async def enquiries(
    work: Work, location: LocationRow, count: int, circle: Circle = OPEN
) -> list[str]:
    """The series of a location's first enquiries that a circle knows of, so many."""
    await read_enquiries_ahead(work, [(location.id, circle)], count)
    return _firsts(work, location.id)[circle].series[:count]


async def own_series(work: Work, location: LocationRow, circle: Circle) -> list[str]:
    """The series of which circles know more than the open one, and this circle as much as they."""
    await work.catch_up()
    rows = await work.session.execute(
        select(ItemRow.series, ItemRow.circle)
        # Beyond the open one, which is the empty text: a range of the key.
        .where(ItemRow.location_id == location.id, ItemRow.circle > text_of(OPEN))
        .where(ItemRow.partnership == location.partnership)
    )
    return sorted({series for series, its in rows if set(circle_of(its)) >= set(circle)})


def _item_of(row: asyncpg.Record) -> Item:
    """The item of a row's `COLUMNS`."""
    return Item(
        series=row["series"],
        reference=row["reference"],
        occurred_on=row["occurred_on"],
        counts=row["counts"],
        is_enquiry=row["is_enquiry"],
        category=row["category"],
        circle=circle_of(row["circle"]),
    )
