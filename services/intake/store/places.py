"""Locations, providers and the files they came from, as people look for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, TypeAlias
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlmodel import col

from services.intake.domain.lists import PlacesWanted
from services.intake.store.pages import Place, named, ordered, page, within
from services.intake.tables import ImportRow, LocationRow, ProviderRow
from shared.platform.prepared import Row, rows_of
from shared.platform.work import Work

Table: TypeAlias = type[LocationRow] | type[ProviderRow]
BY_IMPORT = (datetime, UUID)


async def locations(
    work: Work, partnerships: Collection[str], wanted: PlacesWanted, place: Place, limit: int
) -> Sequence[Row]:
    """What is listed of locations: by name, kind and area."""
    query = select(
        *(col(LocationRow.id), col(LocationRow.reference)),
        *(col(LocationRow.name), col(LocationRow.category)),
    )
    return await _places(work, query, LocationRow, partnerships, wanted, place, limit)


async def providers(
    work: Work, partnerships: Collection[str], wanted: PlacesWanted, place: Place, limit: int
) -> Sequence[Row]:
    """What is listed of providers: by name and brand."""
    query = select(
        *(col(ProviderRow.id), col(ProviderRow.reference), col(ProviderRow.name)),
        *(col(ProviderRow.brand), col(ProviderRow.brand_id)),
    )
    return await _places(work, query, ProviderRow, partnerships, wanted, place, limit)


async def _places(
    work: Work,
    query: Select[*tuple[Any, ...]],
    table: Table,
    partnerships: Collection[str],
    wanted: PlacesWanted,
    place: Place,
    limit: int,
) -> Sequence[Row]:
    called = named(wanted.words, col(table.name), col(table.reference))
    query = query.where(within(table, partnerships), *_equal(table, wanted), *called)
    return await rows_of(work.session, ordered(query, table, wanted.order, place, limit))


def _equal(table: Table, wanted: PlacesWanted) -> list[ColumnElement[bool]]:
    asked = {
        "category": wanted.category,
        "local_authority": wanted.local_authority,
        "active": wanted.active,
        "commissioned": wanted.commissioned,
        "cqc_registered": wanted.cqc_registered,
        "brand_id": wanted.brand,
    }
    return [
        col(getattr(table, name)) == value for name, value in asked.items() if value is not None
    ]


async def imports(
    work: Work, partnerships: Collection[str], place: Place, limit: int
) -> Sequence[ImportRow]:
    """The files that were taken, the newest first."""
    query = select(ImportRow).where(col(ImportRow.partnership).in_(partnerships))
    keys = col(ImportRow.imported_at), col(ImportRow.id)
    return (await work.session.scalars(page(query, keys, place, limit, descending=True))).all()
