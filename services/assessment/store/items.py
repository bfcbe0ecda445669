"""Items of activity: one row for a concern, an enquiry or a complaint."""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ARRAY, ColumnElement, Uuid, and_, cast, func, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.assessment.domain.windows import ALL_ACTIVITY, Item, WindowRule
from services.assessment.store.handlings import columns_of
from services.assessment.tables import ItemRow, LocationRow
from shared.contracts.words import Handling
from shared.platform.work import Work

_ENQUIRIES = "first enquiries"
"""What `work.ahead` answers by location."""


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, WindowRule]]) -> None:
    """Read the newest items that windows count, by location and rule."""
    by_rule: dict[WindowRule, set[UUID]] = defaultdict(set)
    for location_id, rule in wanted:
        if rule not in _windows(work, location_id):
            by_rule[rule].add(location_id)
    if by_rule:
        await work.catch_up()
    for rule, locations in by_rule.items():
        await _read_newest(work, rule, locations)


async def _read_newest(work: Work, rule: WindowRule, locations: Collection[UUID]) -> None:
    given = func.unnest(cast(list(locations), ARRAY(Uuid))).table_valued("id", name="given")
    given = given.render_derived()
    newest = (
        select(ItemRow)
        .where(ItemRow.location_id == given.c.id, _counted(rule))
        .order_by(col(ItemRow.occurred_on).desc(), col(ItemRow.series).desc())
        .limit(rule.count)
        .lateral("newest")
    )
    rows = await work.session.scalars(
        select(aliased(ItemRow, newest)).select_from(given.join(newest, true())),
        execution_options={"populate_existing": True},
    )
    found: dict[UUID, list[Item]] = {location_id: [] for location_id in locations}
    for row in rows:
        found[row.location_id].append(_item_of(row))
    for location_id, items in found.items():
        _windows(work, location_id)[rule] = items


def _windows(work: Work, location_id: UUID) -> dict[WindowRule, list[Item]]:
    """The newest items of a location by the window that counts them, as far as they were read."""
    windows: dict[WindowRule, list[Item]] = work.ahead.setdefault((ItemRow, location_id), {})
    return windows


def keep(work: Work, location: LocationRow, item: Item) -> None:
    """Enter an item, or what has become of it."""
    row = {
        "location_id": location.id,
        "series": item.series,
        "partnership": location.partnership,
        "reference": item.reference,
        "occurred_on": item.occurred_on,
        "counts": item.counts,
        "is_enquiry": item.is_enquiry,
        "category": item.category,
        **columns_of(item.handling),
    }
    work.later(ItemRow, row, replace_by=("location_id", "series"))
    _enter(_windows(work, location.id), item)
    if item.is_enquiry:
        _enter_enquiry(work, location.id, item.series)


def _enter(windows: dict[WindowRule, list[Item]], item: Item) -> None:
    """Let what was read ahead follow; where it no longer tells which come next it is read anew."""
    for rule, items in list(windows.items()):
        if any(known.series == item.series for known in items):
            del windows[rule]
        elif rule.counts(item):
            newest = sorted([*items, item], key=lambda one: one.order, reverse=True)
            windows[rule] = newest[: rule.count]


async def newest(work: Work, location: LocationRow, rule: WindowRule) -> list[Item]:
    """The newest items that a window counts, as many as its rule needs."""
    await read_ahead(work, [(location.id, rule)])
    return list(_windows(work, location.id)[rule])


def _counted(rule: WindowRule) -> ColumnElement[bool]:
    if rule.place == ALL_ACTIVITY:
        return and_(col(ItemRow.counts))
    return col(ItemRow.category) == rule.place.series


async def read_enquiries_ahead(work: Work, locations: Collection[UUID], count: int) -> None:
    """Read the series of the first enquiries of locations, so many of each."""
    unread = {one for one in locations if _first(work, one)[0] < count}
    if not unread:
        return
    await work.catch_up()
    given = func.unnest(cast(list(unread), ARRAY(Uuid))).table_valued("id", name="given")
    given = given.render_derived()
    first = (
        select(ItemRow.location_id, ItemRow.series)
        .where(ItemRow.location_id == given.c.id, col(ItemRow.is_enquiry))
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


async def enquiries(work: Work, location: LocationRow, count: int) -> list[str]:
    """The series of a location's first enquiries, so many."""
    await read_enquiries_ahead(work, [location.id], count)
    return _first(work, location.id)[1][:count]


def _item_of(row: ItemRow) -> Item:
    return Item(
        series=row.series,
        reference=row.reference,
        occurred_on=row.occurred_on,
        counts=row.counts,
        is_enquiry=row.is_enquiry,
        category=row.category,
        handling=Handling.of(row.label, row.holders),
    )
