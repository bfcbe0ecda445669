"""The queries that each batch asks of items."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Integer,
    Select,
    and_,
    bindparam,
    false,
    func,
    true,
    union_all,
)
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.assessment.domain.circles import OPEN
from services.assessment.store.handlings import text_of
from services.assessment.tables import ItemRow
from shared.platform.prepared import Prepared, fixed, given

ACTIVITY, CATEGORY = "activity", "category"
"""The kinds of windows: what counts, and what is of a category."""

COLUMNS = (
    col(ItemRow.location_id),
    col(ItemRow.series),
    col(ItemRow.reference),
    col(ItemRow.occurred_on),
    col(ItemRow.counts),
    col(ItemRow.is_enquiry),
    col(ItemRow.category),
    col(ItemRow.circle),
)
"""What makes an item, and where."""


def _newest(*, own: bool) -> CompoundSelect[Any]:
    """The newest rows of each given window: its kind, series and circle, then what makes an item.

    `own` are the circle's own rows, else the open ones of what it has no own row for. Each kind of
    window has an index of its own.
    """
    return union_all(
        _newest_of(ACTIVITY, lambda _: and_(col(ItemRow.counts)), own),
        _newest_of(CATEGORY, lambda place: col(ItemRow.category) == place, own),
    )


def _newest_of(name: str, counted: Callable[[Any], ColumnElement[bool]], own: bool) -> Select[Any]:
    asked = func.unnest(
        given(f"{name}_ids", col(ItemRow.location_id)),
        given(f"{name}_places", col(ItemRow.series)),
        given(f"{name}_circles", col(ItemRow.circle)),
    ).table_valued("id", "place", "seen_by", name="asked")
    asked = asked.render_derived()
    seen_by = asked.c.seen_by
    seen = col(ItemRow.circle) == seen_by if own else _open_without_own(seen_by)
    newest = (
        select_columns(*COLUMNS)
        .where(col(ItemRow.location_id) == asked.c.id, counted(asked.c.place), seen)
        .order_by(col(ItemRow.occurred_on).desc(), col(ItemRow.series).desc())
        .limit(bindparam("count", type_=Integer))
        .lateral("newest")
    )
    found = select_columns(fixed(name).label("kind"), asked.c.place, seen_by, *newest.c)
    return found.select_from(asked.join(newest, true()))


def _open_without_own(circle: Any) -> ColumnElement[bool]:
    """The open rows of what a circle has no row of its own for.

    Looked for row by row, as far as rows are counted: `NOT EXISTS` may be answered by reading all
    that the circle has of a location, which grows with the years. That one is missing is asked so
    that the planner takes every second row to be such: of `IS NULL` it expects next to none, and
    may read all of a location instead of its newest.
    """
    own = aliased(ItemRow)
    first = (
        select_columns(true())
        .where(
            col(own.location_id) == col(ItemRow.location_id),
            col(own.circle) == circle,
            col(own.series) == col(ItemRow.series),
        )
        .limit(fixed(1))
        .correlate_except(own)
        .scalar_subquery()
    )
    has_own = func.coalesce(first, false())
    return and_(col(ItemRow.circle) == fixed(text_of(OPEN)), has_own.is_not(true()))


def _first_enquiries(*, own: bool) -> Select[Any]:
    asked = func.unnest(
        given("ids", col(ItemRow.location_id)), given("circles", col(ItemRow.circle))
    ).table_valued("id", "circle", name="asked")
    asked = asked.render_derived()
    seen = col(ItemRow.circle) == asked.c.circle if own else _open_without_own(asked.c.circle)
    first = (
        select(ItemRow.series)
        .where(ItemRow.location_id == asked.c.id, col(ItemRow.is_enquiry), seen)
        .order_by(col(ItemRow.series))
        .limit(bindparam("count", type_=Integer))
        .lateral("first")
    )
    found = select_columns(asked.c.id, asked.c.circle, first.c.series)
    return found.select_from(asked.join(first, true()))


NEWEST_OWN = Prepared(lambda: _newest(own=True))
NEWEST_OPEN = Prepared(lambda: _newest(own=False))
FIRST_OWN = Prepared(lambda: _first_enquiries(own=True))
FIRST_OPEN = Prepared(lambda: _first_enquiries(own=False))
