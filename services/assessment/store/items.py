"""Items of activity: one row for a concern, an enquiry or a complaint.

What a circle sees: its own rows, and the open ones of what it has no row of its own for.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    Uuid,
    and_,
    bindparam,
    exists,
    func,
    true,
)
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.assessment.domain.circles import OPEN, Circle
from services.assessment.domain.windows import Item, WindowRule
from services.assessment.store.handlings import circle_of, text_of
from services.assessment.tables import ItemRow, LocationRow
from shared.platform.work import Work

_Window = tuple[UUID, str, Circle]
"""A location, the series of a rule's place there, and who sees it."""

_COLUMNS = (
    col(ItemRow.location_id),
    col(ItemRow.series),
    col(ItemRow.reference),
    col(ItemRow.occurred_on),
    col(ItemRow.counts),
    col(ItemRow.is_enquiry),
    col(ItemRow.category),
    col(ItemRow.circle),
)

_ENQUIRIES = "first enquiries"
"""What `work.ahead` answers by location."""


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, WindowRule]]) -> None:
    """Read the newest items that windows count, by location and rule."""
    alike: dict[tuple[bool, int], dict[_Window, WindowRule]] = defaultdict(dict)
    for location_id, rule in wanted:
        if rule not in _windows(work, location_id):
            group = alike[rule.is_of_activity, rule.count]
            group[location_id, rule.place.series, rule.place.circle] = rule
    if alike:
        await work.catch_up()
    for (of_activity, count), rules in alike.items():
        found: dict[_Window, list[Item]] = {window: [] for window in rules}
        for window, item in await _read_newest(work, of_activity, count, list(rules)):
            found[window].append(item)
        for window, items in found.items():
            _windows(work, window[0])[rules[window]] = _newest_first(items)[:count]


def _newest_first(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.order, reverse=True)


async def _read_newest(
    work: Work, of_activity: bool, count: int, windows: Sequence[_Window]
) -> list[tuple[_Window, Item]]:
    """At least so many of each window, if there are so many, each with its window."""
    circled = [window for window in windows if window[2] != OPEN]
    rows = list(
        await work.session.execute(_newest_of(of_activity, own=True), _given(windows, count))
    )
    if circled:
        rows += await work.session.execute(
            _newest_of(of_activity, own=False), _given(circled, count)
        )
    return [((item[0], place, circle_of(seen)), _item_of(item)) for place, seen, *item in rows]


def _given(windows: Sequence[_Window], count: int) -> dict[str, Any]:
    return {
        "ids": [location_id for location_id, _, _ in windows],
        "places": [series for _, series, _ in windows],
        "circles": [text_of(circle) for _, _, circle in windows],
        "count": count,
    }


@cache
def _newest_of(of_activity: bool, *, own: bool) -> Select[Any]:
    """The newest rows of each given window: its series and circle, then what makes an item.

    `own` are the circle's own rows, else the open ones of what it has no own row for. Making the
    statement takes longer than running it, so it is made once.
    """
    given = func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)),
        bindparam("places", type_=ARRAY(String)),
        bindparam("circles", type_=ARRAY(String)),
    ).table_valued("id", "series", "circle", name="given")
    given = given.render_derived()
    counted = and_(col(ItemRow.counts)) if of_activity else col(ItemRow.category) == given.c.series
    circle = given.c.circle
    seen = col(ItemRow.circle) == circle if own else _open_without_own(circle)
    newest = (
        select_columns(*_COLUMNS)
        .where(col(ItemRow.location_id) == given.c.id, counted, seen)
        .order_by(col(ItemRow.occurred_on).desc(), col(ItemRow.series).desc())
        .limit(bindparam("count", type_=Integer))
        .lateral("newest")
    )
    return select(given.c.series, given.c.circle, *newest.c).select_from(given.join(newest, true()))


def _open_without_own(circle: Any) -> ColumnElement[bool]:
    """The open rows of what a circle has no row of its own for."""
    own = aliased(ItemRow)
    hidden = (
        exists()
        .where(
            col(own.location_id) == col(ItemRow.location_id),
            col(own.series) == col(ItemRow.series),
            col(own.circle) == circle,
        )
        .correlate_except(own)
    )
    return and_(col(ItemRow.circle) == text_of(OPEN), ~hidden)


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
    await work.catch_up()
    rows = list(await work.session.execute(_first_enquiries(own=True), _places(unread, count)))
    if circled := {one for one in unread if one[1] != OPEN}:
        rows += await work.session.execute(_first_enquiries(own=False), _places(circled, count))
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


@cache
def _first_enquiries(*, own: bool) -> Select[Any]:
    given = func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)), bindparam("circles", type_=ARRAY(String))
    ).table_valued("id", "circle", name="given")
    given = given.render_derived()
    seen = col(ItemRow.circle) == given.c.circle if own else _open_without_own(given.c.circle)
    first = (
        select(ItemRow.series)
        .where(ItemRow.location_id == given.c.id, col(ItemRow.is_enquiry), seen)
        .order_by(col(ItemRow.series))
        .limit(bindparam("count", type_=Integer))
        .lateral("first")
    )
    found = select_columns(given.c.id, given.c.circle, first.c.series)
    return found.select_from(given.join(first, true()))


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
        .where(ItemRow.location_id == location.id, ItemRow.circle != text_of(OPEN))
        .where(ItemRow.partnership == location.partnership)
    )
    return sorted({series for series, its in rows if set(circle_of(its)) >= set(circle)})


def _item_of(row: Sequence[Any]) -> Item:
    """The item of a row's `_COLUMNS`."""
    _, series, reference, occurred_on, counts, is_enquiry, category, circle = row
    return Item(
        series=series,
        reference=reference,
        occurred_on=occurred_on,
        counts=counts,
        is_enquiry=is_enquiry,
        category=category,
        circle=circle_of(circle),
    )
