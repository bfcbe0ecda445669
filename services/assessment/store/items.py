"""Items of activity: one row for a concern, an enquiry or a complaint."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.assessment.domain.windows import ALL_ACTIVITY, Item, WindowRule
from services.assessment.store.handlings import columns_of
from services.assessment.tables import ItemRow, LocationRow
from shared.contracts.words import Handling
from shared.platform.work import Work


async def keep(work: Work, location: LocationRow, item: Item) -> None:
    """Enter an item, or what has become of it."""
    values = {
        "reference": item.reference,
        "occurred_on": item.occurred_on,
        "counts": item.counts,
        "is_enquiry": item.is_enquiry,
        "category": item.category,
        **columns_of(item.handling),
    }
    await work.session.execute(
        insert(ItemRow)
        .values(
            location_id=location.id,
            series=item.series,
            partnership=location.partnership,
            **values,
        )
        .on_conflict_do_update(
            index_elements=["location_id", "series"],
            set_=values,
            where=col(ItemRow.partnership) == location.partnership,
        )
    )


async def newest(work: Work, location: LocationRow, rule: WindowRule) -> list[Item]:
    """The newest items that a window counts, as many as its rule needs."""
    rows = await work.session.scalars(
        select(ItemRow)
        .where(ItemRow.location_id == location.id, _counted(rule))
        .where(ItemRow.partnership == location.partnership)
        .order_by(col(ItemRow.occurred_on).desc(), col(ItemRow.series).desc())
        .limit(rule.count)
    )
    return [_item_of(row) for row in rows]


def _counted(rule: WindowRule) -> ColumnElement[bool]:
    if rule.place == ALL_ACTIVITY:
        return and_(col(ItemRow.counts))
    return col(ItemRow.category) == rule.place.series


async def enquiries(work: Work, location: LocationRow, limit: int) -> list[str]:
    """The series of a location's first enquiries."""
    rows = await work.session.scalars(
        select(ItemRow.series)
        .where(ItemRow.location_id == location.id, col(ItemRow.is_enquiry))
        .where(ItemRow.partnership == location.partnership)
        .order_by(col(ItemRow.series))
        .limit(limit)
    )
    return list(rows)


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
