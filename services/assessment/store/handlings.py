"""A handling as its two columns, and a circle as one."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from services.assessment.domain.circles import Circle
from services.assessment.tables import CrossingRow, FactRow
from shared.contracts.words import Handling, Label


def columns_of(handling: Handling) -> dict[str, object]:
    """The values of the two columns."""
    label = handling.label.value if handling.label else None
    return {"label": label, "holders": list(handling.holders)}


def text_of(circle: Circle) -> str:
    """A circle as it is kept; holders have no spaces."""
    return " ".join(circle)


def circle_of(text: str) -> Circle:
    """A circle as it was kept."""
    return tuple(text.split())


def knowable(
    table: type[FactRow] | type[CrossingRow], held: Collection[str]
) -> ColumnElement[bool]:
    """The rows that somebody may know who holds these functions (`may_know`)."""
    label = col(table.label)
    return or_(
        label.is_(None),
        label.not_in([Label.NAMED.value, Label.PERSONAL.value]),
        and_(label == Label.NAMED.value, col(table.holders).op("&&")(list(held))),
    )
