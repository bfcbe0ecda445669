"""Pages of rows, begun after the last row of the page before."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime, time
from typing import Any, TypeVarTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, or_, tuple_
from sqlmodel import col

from services.intake.domain.lists import Sorting
from shared.platform.bulk import one_of
from shared.platform.dates import days_after

Columns = TypeVarTuple("Columns")
Place = tuple[Any, ...] | None
_LONDON = ZoneInfo("Europe/London")
_KINDS: dict[str, type] = {
    "received_at": datetime,
    "occurred_on": date,
    "category": str,
    "reference": str,
    "name": str,
    "type": str,
    "due_on": date,
    "handed_over_at": datetime,
}


def kinds_of(order: Sorting) -> tuple[type, ...]:
    """The types of what a cursor of an order holds: the column that it goes by, and the id."""
    return _KINDS[order.column], UUID


def page(
    query: Select[*Columns],
    keys: Sequence[Any],
    place: Place,
    limit: int,
    *,
    descending: bool = False,
) -> Select[*Columns]:
    """One row more than the limit where there is more, in the order of these columns."""
    if place is not None:
        here = tuple_(*keys)
        query = query.where(here < place if descending else here > place)
    return query.order_by(*(key.desc() if descending else key for key in keys)).limit(limit + 1)


def ordered(
    query: Select[*Columns], table: Any, order: Sorting, place: Place, limit: int
) -> Select[*Columns]:
    """The same in an order that a list names: by a column of the table, then by id."""
    keys = col(getattr(table, order.column)), col(table.id)
    return page(query, keys, place, limit, descending=order.descending)


def within(table: Any, partnerships: Collection[str]) -> ColumnElement[bool]:
    """The rows of these partnerships.

    Most readers have one: where a column equals one value, an index that goes on with the list's
    order gives the page without sorting what is there.
    """
    if len(partnerships) == 1:
        return col(table.partnership) == next(iter(partnerships))
    return one_of(table.partnership, partnerships)


def equal(table: Any, wanted: object, *names: str) -> list[ColumnElement[bool]]:
    """The columns that have the value that a filter asks for; None does not filter."""
    asked = ((name, getattr(wanted, name)) for name in names)
    return [col(getattr(table, name)) == value for name, value in asked if value is not None]


def named(words: str | None, name: Any, reference: Any) -> list[ColumnElement[bool]]:
    """What has these words in its name, or a reference that begins so."""
    if words is None:
        return []
    part = words.strip()
    return [
        or_(name.icontains(part, autoescape=True), reference.istartswith(part, autoescape=True))
    ]


def between(at: Any, first: date | None, last: date | None) -> list[ColumnElement[bool]]:
    """Instants of London days, both included."""
    found: list[ColumnElement[bool]] = []
    if first is not None:
        found.append(at >= _begin(first))
    if last is not None:
        found.append(at < _begin(days_after(last, 1)))
    return found


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), _LONDON)
