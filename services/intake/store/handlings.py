"""A handling as its two columns."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import ARRAY, BindParameter, ColumnElement, String, and_, bindparam, or_
from sqlmodel import col

from services.intake.tables import ConcernRow, FeedbackRow, QuarantineRow, RequestRow, SignalRow
from shared.contracts.words import Handling, Label
from shared.platform.prepared import fixed


def columns_of(handling: Handling) -> dict[str, object]:
    """The values of the two columns."""
    label = handling.label.value if handling.label else None
    return {"label": label, "holders": list(handling.holders)}


HELD = bindparam("held", type_=ARRAY(String))
"""The functions that somebody holds, in a query that is made once."""
_NAMED, _PERSONAL = fixed(Label.NAMED.value), fixed(Label.PERSONAL.value)


def knowable(
    held: Collection[str] | BindParameter[Any],
    table: type[ConcernRow | FeedbackRow | QuarantineRow | RequestRow | SignalRow] = ConcernRow,
) -> ColumnElement[bool]:
    """The rows that somebody may know who holds these functions (`may_know`)."""
    label = col(table.label)
    functions = held if isinstance(held, BindParameter) else list(held)
    return or_(
        label.is_(None),
        and_(label != _NAMED, label != _PERSONAL),
        and_(label == _NAMED, col(table.holders).op("&&")(functions)),
    )
