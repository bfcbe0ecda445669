"""Locations, providers and the files they came from, as people look for them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, select

from services.intake.domain.lists import PlacesWanted
from services.intake.store.pages import Place, named, ordered, page
from services.intake.tables import ImportRow, LocationRow, ProviderRow
from shared.platform.work import Work

R = TypeVar("R", LocationRow, ProviderRow)
BY_IMPORT = (datetime, UUID)


async def locations(
    work: Work, partnerships: Collection[str], wanted: PlacesWanted, place: Place, limit: int
) -> Sequence[LocationRow]:
    """Locations by name, kind and area."""
    return await _places(work, LocationRow, partnerships, wanted, place, limit)


async def providers(
    work: Work, partnerships: Collection[str], wanted: PlacesWanted, place: Place, limit: int
) -> Sequence[ProviderRow]:
    """Providers by name and brand."""
    return await _places(work, ProviderRow, partnerships, wanted, place, limit)


async def _places(
    work: Work,
    table: type[R],
    partnerships: Collection[str],
    wanted: PlacesWanted,
    place: Place,
    limit: int,
) -> Sequence[R]:
    called = named(wanted.words, col(table.name), col(table.reference))
    query = select(table).where(
        col(table.partnership).in_(partnerships), *_equal(table, wanted), *called
    )
    return (await work.session.scalars(ordered(query, table, wanted.order, place, limit))).all()


def _equal(table: type[R], wanted: PlacesWanted) -> list[ColumnElement[bool]]:
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
