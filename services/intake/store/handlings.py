"""A handling as its two columns."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, and_, or_
from sqlmodel import col

from services.intake.tables import ConcernRow, FeedbackRow, QuarantineRow, RequestRow, SignalRow
from shared.contracts.words import Handling, Label


def columns_of(handling: Handling) -> dict[str, object]:
    """The values of the two columns."""
    label = handling.label.value if handling.label else None
    return {"label": label, "holders": list(handling.holders)}


def knowable(
    held: Collection[str],
    table: type[ConcernRow | FeedbackRow | QuarantineRow | RequestRow | SignalRow] = ConcernRow,
) -> ColumnElement[bool]:
    """The rows that somebody may know who holds these functions (`may_know`)."""
    label = col(table.label)
    return or_(
        label.is_(None),
        label.not_in([Label.NAMED.value, Label.PERSONAL.value]),
        and_(label == Label.NAMED.value, col(table.holders).op("&&")(list(held))),
    )
