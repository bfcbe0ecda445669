"""What a load of the register reads and writes, some thousand rows at a time."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, or_, update
from sqlalchemy import select as select_columns
from sqlalchemy.orm import aliased
from sqlmodel import col, select

from services.intake.domain.register import Past, Source
from services.intake.tables import (
    ImportRow,
    LocationRow,
    PastFactRow,
    ProviderRow,
    RatingRow,
    SuccessionRow,
)
from shared.platform import bulk
from shared.platform.work import Work

Known = dict[str, Any]
"""A row of the register by its columns."""


async def known_providers(
    work: Work, partnership: str, references: Collection[str]
) -> dict[str, Known]:
    """Providers by reference, locked until the work ends."""
    return await _known(work, ProviderRow, partnership, references)


async def known_locations(
    work: Work, partnership: str, references: Collection[str]
) -> dict[str, Known]:
    """Locations by reference, locked until the work ends."""
    return await _known(work, LocationRow, partnership, references)


async def _known(
    work: Work, row: Any, partnership: str, references: Collection[str]
) -> dict[str, Known]:
    table: Table = row.__table__
    found = await work.session.execute(
        select_columns(table)
        .where(table.c.partnership == partnership, bulk.one_of(table.c.reference, references))
        .with_for_update()
    )
    return {one["reference"]: dict(one) for one in found.mappings()}


async def add(work: Work, row: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write new rows of a table."""
    await bulk.insert(work.session, row, rows)


async def replace(work: Work, row: Any, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows in the place of those that have their ids."""
    await bulk.insert(work.session, row, rows, replace_by=("id",))


async def keep_past(
    work: Work, partnership: str, past: Sequence[tuple[UUID, Past]], source: Source
) -> None:
    """Keep what held until now, by subject."""
    rows = [
        {
            "id": work.new_id(),
            "partnership": partnership,
            "subject_id": subject,
            "name": fact.name,
            "value": _as_json(fact.value),
            "source": fact.source.name,
            "source_date": fact.source.day,
            "until": source.day,
            "until_source": source.name,
        }
        for subject, fact in past
    ]
    await bulk.insert(work.session, PastFactRow, rows)


def _as_json(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


async def seen(work: Work, ids: Sequence[UUID], day: date) -> None:
    """Keep that a file of this day lists these locations."""
    listed = col(LocationRow.last_seen)
    await work.session.execute(
        update(LocationRow)
        .where(bulk.one_of(col(LocationRow.id), ids), or_(listed.is_(None), listed < day))
        .values(last_seen=day)
        .execution_options(synchronize_session=False)
    )


async def active_references(
    work: Work, partnership: str, *, cqc_registered: bool, source: str | None
) -> Sequence[str]:
    """The references of all active locations that are (not) registered with CQC."""
    chosen: list[Any] = [
        LocationRow.partnership == partnership,
        col(LocationRow.active),
        LocationRow.cqc_registered == cqc_registered,
        *([LocationRow.source == source] if source else []),
    ]
    found = await work.session.scalars(select(LocationRow.reference).where(*chosen))
    return found.all()


async def successions(work: Work, partnership: str) -> set[tuple[str, str]]:
    """All re-registrations of a partnership, as later and earlier reference."""
    found = await work.session.execute(
        select(SuccessionRow.location_reference, SuccessionRow.predecessor_reference).where(
            SuccessionRow.partnership == partnership
        )
    )
    return {(later, earlier) for later, earlier in found}


async def withdrawn_links(work: Work, partnership: str) -> Mapping[tuple[str, str], Source]:
    """Re-registrations that somebody has withdrawn, by later and earlier reference: when last."""
    rows = await work.session.scalars(
        select(PastFactRow)
        .where(PastFactRow.partnership == partnership, PastFactRow.name == "predecessor")
        .where(col(PastFactRow.value).op("?")("withdrawn_by"))
        .order_by(col(PastFactRow.until))
    )
    return {
        (row.value["location"], row.value["reference"]): Source(row.until_source, row.until)
        for row in rows
    }


async def linked_to(work: Work, partnership: str, references: Collection[str]) -> set[str]:
    """The locations that were registered anew after one of these."""
    found = await work.session.scalars(
        select(SuccessionRow.location_reference).where(
            SuccessionRow.partnership == partnership,
            bulk.one_of(col(SuccessionRow.predecessor_reference), references),
        )
    )
    return set(found)


async def providers_of(
    work: Work, partnership: str, location_references: Collection[str]
) -> dict[UUID, Known]:
    """The providers of locations, by id."""
    table: Table = ProviderRow.__table__  # type: ignore[attr-defined]  # SQLModel gives it
    found = await work.session.execute(
        select_columns(table)
        .join(LocationRow, col(LocationRow.provider_id) == table.c.id)
        .where(
            col(LocationRow.partnership) == partnership,
            bulk.one_of(col(LocationRow.reference), location_references),
        )
    )
    return {one["id"]: dict(one) for one in found.mappings()}


async def predecessors(
    work: Work, partnership: str, provider_ids: Collection[UUID]
) -> dict[UUID, set[UUID]]:
    """The providers that went before these, through their locations or named themselves."""
    earlier_place, earlier_body = aliased(LocationRow), aliased(ProviderRow)
    before = func.coalesce(col(earlier_place.provider_id), col(earlier_body.id))
    found = await work.session.execute(
        select(LocationRow.provider_id, before)
        .join(
            SuccessionRow,
            (col(SuccessionRow.location_reference) == col(LocationRow.reference))
            & (col(SuccessionRow.partnership) == col(LocationRow.partnership)),
        )
        .outerjoin(
            earlier_place,
            (col(earlier_place.reference) == col(SuccessionRow.predecessor_reference))
            & (col(earlier_place.partnership) == partnership),
        )
        .outerjoin(
            earlier_body,
            (col(earlier_body.reference) == col(SuccessionRow.predecessor_reference))
            & (col(earlier_body.partnership) == partnership),
        )
        .where(
            LocationRow.partnership == partnership,
            bulk.one_of(col(LocationRow.provider_id), provider_ids),
            before.is_not(None),
            before != col(LocationRow.provider_id),
        )
    )
    chained: dict[UUID, set[UUID]] = {}
    for later, earlier in found:
        chained.setdefault(later, set()).add(earlier)
    return chained


async def known_ratings(
    work: Work, location_ids: Collection[UUID], provider_ids: Collection[UUID]
) -> list[Known]:
    """All ratings of locations and providers, those that are gone among them."""
    table: Table = RatingRow.__table__  # type: ignore[attr-defined]  # SQLModel gives it
    rows: list[Known] = []
    for place, ids in ((table.c.location_id, location_ids), (table.c.provider_id, provider_ids)):
        if ids:  # one index each; either-or would read the whole table
            found = await work.session.execute(select_columns(table).where(bulk.one_of(place, ids)))
            rows += [dict(one) for one in found.mappings()]
    return rows


async def location_ids(work: Work, partnership: str) -> dict[str, UUID]:
    """The ids of all locations by reference."""
    found = await work.session.execute(
        select(LocationRow.reference, LocationRow.id).where(LocationRow.partnership == partnership)
    )
    return {reference: id_ for reference, id_ in found}  # noqa: C416 - rows are no tuples to mypy


async def provider_ids(work: Work, partnership: str) -> dict[str, UUID]:
    """The ids of all providers by reference."""
    found = await work.session.execute(
        select(ProviderRow.reference, ProviderRow.id).where(ProviderRow.partnership == partnership)
    )
    return {reference: id_ for reference, id_ in found}  # noqa: C416 - rows are no tuples to mypy


async def standing_ratings(work: Work, partnership: str, day: date) -> list[tuple[UUID, UUID]]:
    """Ratings from files before this day that stand, each with its location or provider."""
    found = await work.session.execute(
        select(
            RatingRow.id, func.coalesce(col(RatingRow.location_id), col(RatingRow.provider_id))
        ).where(
            RatingRow.partnership == partnership,
            col(RatingRow.gone_on).is_(None),
            func.coalesce(col(RatingRow.source_date), day - timedelta(days=1)) < day,
        )
    )
    return [(id_, place) for id_, place in found]


async def mark_gone(work: Work, ids: Sequence[UUID], day: date) -> None:
    """Mark ratings that a complete file of this day no longer lists."""
    await work.session.execute(
        update(RatingRow)
        .where(bulk.one_of(col(RatingRow.id), ids))
        .values(gone_on=day)
        .execution_options(synchronize_session=False)
    )


async def newest_import(work: Work, partnership: str, source: str) -> date | None:
    """The date of the newest file of a kind that was taken."""
    found: date | None = await work.session.scalar(
        select(func.max(col(ImportRow.source_date))).where(
            ImportRow.partnership == partnership, ImportRow.source == source
        )
    )
    return found


async def last_import(work: Work, partnership: str, source: str) -> datetime | None:
    """When a source was taken last."""
    found: datetime | None = await work.session.scalar(
        select(func.max(col(ImportRow.imported_at))).where(
            ImportRow.partnership == partnership, ImportRow.source == source
        )
    )
    return found


async def keep_import(work: Work, row: Mapping[str, Any]) -> None:
    """Keep that a file was taken; the first time only."""
    await bulk.insert(work.session, ImportRow, [row], skip_existing=True)
