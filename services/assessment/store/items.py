"""Items of activity: one row for a concern, an enquiry or a complaint.

What a circle sees: its own rows, and the open ones of what it has no row of its own for.
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, String, Uuid, and_, cast, exists, func, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.assessment.domain.circles import OPEN, Circle
from services.assessment.domain.windows import Item, WindowRule
from services.assessment.store.handlings import circle_of, text_of
from services.assessment.tables import ItemRow, LocationRow
from shared.platform.work import Work

_ENQUIRIES = "first enquiries"
"""What `work.ahead` answers by location."""


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, WindowRule]]) -> None:
    """Read the newest items that windows count, by location and rule."""
    alike: dict[tuple[bool, int, Circle], dict[tuple[UUID, str], WindowRule]] = defaultdict(dict)
    for location_id, rule in wanted:
        if rule not in _windows(work, location_id):
            group = alike[rule.is_of_activity, rule.count, rule.place.circle]
            group[location_id, rule.place.series] = rule
    if alike:
        await work.catch_up()
    for (of_activity, count, circle), rules in alike.items():
        found: dict[tuple[UUID, str], list[Item]] = {place: [] for place in rules}
        for seen in _seen_by(circle):
            for series, row in await _read_newest(work, of_activity, count, rules, seen):
                found[row.location_id, series].append(_item_of(row))
        for place, items in found.items():
            _windows(work, place[0])[rules[place]] = _newest_first(items)[:count]


def _seen_by(circle: Circle) -> list[ColumnElement[bool]]:
    """The rows that a circle sees, each part to be read in the order of its own index."""
    own = col(ItemRow.circle) == text_of(circle)
    if circle == OPEN:
        return [own]
    other = aliased(ItemRow)
    hidden = exists().where(
        col(other.location_id) == col(ItemRow.location_id),
        col(other.series) == col(ItemRow.series),
        col(other.circle) == text_of(circle),
    )
    return [own, and_(col(ItemRow.circle) == text_of(OPEN), ~hidden)]


def _newest_first(items: Iterable[Item]) -> list[Item]:
    return sorted(items, key=lambda item: item.order, reverse=True)


async def _read_newest(
    work: Work,
    of_activity: bool,
    count: int,
    places: Collection[tuple[UUID, str]],
    seen: ColumnElement[bool],
) -> Sequence[tuple[str, ItemRow]]:
    """So many of each place, with the series of the place that counts them."""
    given = func.unnest(
        cast([location_id for location_id, _ in places], ARRAY(Uuid)),
        cast([series for _, series in places], ARRAY(String)),
    ).table_valued("id", "series", name="given")
    given = given.render_derived()
    counted = and_(col(ItemRow.counts)) if of_activity else col(ItemRow.category) == given.c.series
    newest = (
        select(ItemRow)
        .where(ItemRow.location_id == given.c.id, counted, seen)
        .order_by(col(ItemRow.occurred_on).desc(), col(ItemRow.series).desc())
        .limit(count)
        .lateral("newest")
    )
    rows = await work.session.execute(
        select(given.c.series, aliased(ItemRow, newest)).select_from(given.join(newest, true())),
        execution_options={"populate_existing": True},
    )
    return [(series, row) for series, row in rows]


def _windows(work: Work, location_id: UUID) -> dict[WindowRule, list[Item]]:
    """The newest items of a location by the window that counts them, as far as they were read."""
    windows: dict[WindowRule, list[Item]] = work.ahead.setdefault((ItemRow, location_id), {})
    return windows


def keep(work: Work, location: LocationRow, item: Item) -> None:
    """Enter an item, or what has become of it."""
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
    _enter(_windows(work, location.id), item)
    if item.is_enquiry and item.circle == OPEN:
        _enter_enquiry(work, location.id, item.series)


def _enter(windows: dict[WindowRule, list[Item]], item: Item) -> None:
    """Let what was read ahead follow; where it no longer tells which come next it is read anew."""
    for rule, items in list(windows.items()):
        if item.circle not in (OPEN, rule.place.circle):
            continue
        if rule.place.circle != OPEN or any(known.series == item.series for known in items):
            del windows[rule]
        elif rule.counts(item):
            windows[rule] = _newest_first([*items, item])[: rule.count]


async def newest(work: Work, location: LocationRow, rule: WindowRule) -> list[Item]:
    """The newest items that a window counts, as many as its rule needs."""
    await read_ahead(work, [(location.id, rule)])
    return list(_windows(work, location.id)[rule])


async def read_enquiries_ahead(work: Work, locations: Collection[UUID], count: int) -> None:
    """Read the series of the first enquiries of locations that are open, so many of each."""
    unread = {one for one in locations if _first(work, one)[0] < count}
    if not unread:
        return
    await work.catch_up()
    given = func.unnest(cast(list(unread), ARRAY(Uuid))).table_valued("id", name="given")
    given = given.render_derived()
    first = (
        select(ItemRow.location_id, ItemRow.series)
        .where(ItemRow.location_id == given.c.id, col(ItemRow.is_enquiry), *_seen_by(OPEN))
        .order_by(col(ItemRow.series))
        .limit(count)
        .lateral("first")
    )
    work.ahead |= {(_ENQUIRIES, location_id): (count, []) for location_id in unread}
    rows = await work.session.execute(
        select(first.c.location_id, first.c.series).select_from(given.join(first, true()))
    )
    for location_id, series in rows:
        insort(_first(work, location_id)[1], series)


def _first(work: Work, location_id: UUID) -> tuple[int, list[str]]:
    """How many of a location's first enquiries were asked for, and their series in order."""
    found: tuple[int, list[str]] = work.ahead.get((_ENQUIRIES, location_id), (0, []))
    return found


def _enter_enquiry(work: Work, location_id: UUID, series: str) -> None:
    """Let what was read ahead follow. What is an enquiry once stays one."""
    count, first = _first(work, location_id)
    if series not in first:
        insort(first, series)
        del first[count:]


def known_enquiries(work: Work, location_id: UUID) -> list[str]:
    """The series of a location's first enquiries, as far as they were read ahead."""
    return list(_first(work, location_id)[1])


async def enquiries(
    work: Work, location: LocationRow, count: int, circle: Circle = OPEN
) -> list[str]:
    """The series of a location's first enquiries that a circle knows of, so many."""
    if circle != OPEN:
        return await _enquiries_of(work, location, count, circle)
    await read_enquiries_ahead(work, [location.id], count)
    return _first(work, location.id)[1][:count]


async def _enquiries_of(work: Work, location: LocationRow, count: int, circle: Circle) -> list[str]:
    await work.catch_up()
    found: list[str] = []
    for seen in _seen_by(circle):
        query = (
            select(ItemRow.series)
            .where(ItemRow.location_id == location.id, col(ItemRow.is_enquiry), seen)
            .order_by(col(ItemRow.series))
            .limit(count)
        )
        found += await work.session.scalars(query)
    return sorted(found)[:count]


async def own_series(work: Work, location: LocationRow, circle: Circle) -> list[str]:
    """The series of which circles know more than the open one, and this circle as much as they."""
    await work.catch_up()
    rows = await work.session.execute(
        select(ItemRow.series, ItemRow.circle)
        .where(ItemRow.location_id == location.id, ItemRow.circle != text_of(OPEN))
        .where(ItemRow.partnership == location.partnership)
    )
    return sorted({series for series, its in rows if set(circle_of(its)) >= set(circle)})


def _item_of(row: ItemRow) -> Item:
    return Item(
        series=row.series,
        reference=row.reference,
        occurred_on=row.occurred_on,
        counts=row.counts,
        is_enquiry=row.is_enquiry,
        category=row.category,
        circle=circle_of(row.circle),
    )
