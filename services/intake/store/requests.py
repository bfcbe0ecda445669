"""Requests, and defaults varied for a provider."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func
from sqlmodel import col, select

from services.intake.tables import AgencyRow, RequestRow, VariationRow
from shared.platform.work import Work


async def read_ahead(work: Work, provider_ids: Collection[UUID]) -> None:
    """Read the open requests on providers, and what is varied for them."""
    unread = {one for one in provider_ids if (RequestRow, one) not in work.ahead}
    if not unread:
        return
    await work.catch_up()
    work.ahead |= {(RequestRow, one): [] for one in unread}
    work.ahead |= {(VariationRow, one): {} for one in unread}
    open_ = await work.session.scalars(
        select(RequestRow)
        .where(col(RequestRow.provider_id).in_(unread), RequestRow.state == "open")
        .order_by(col(RequestRow.received_at), col(RequestRow.id))
    )
    for row in open_:
        work.ahead[RequestRow, row.provider_id].append(row)
    varied = await work.session.scalars(
        select(VariationRow)
        .where(col(VariationRow.provider_id).in_(unread), col(VariationRow.ended_at).is_(None))
        .order_by(col(VariationRow.at))
    )
    for variation in varied:
        work.ahead[VariationRow, variation.provider_id][variation.name] = variation


def open_on(work: Work, provider_id: UUID) -> Sequence[RequestRow]:
    """The open requests on a provider that were read ahead, the oldest first."""
    found: list[RequestRow] = work.ahead[RequestRow, provider_id]
    return found


def varied(work: Work, provider_id: UUID, name: str) -> VariationRow | None:
    """How a default is varied for a provider that was read ahead."""
    found: dict[str, VariationRow] = work.ahead[VariationRow, provider_id]
    return found.get(name)


async def agreements(work: Work, agency_ids: Collection[str]) -> None:
    """Read which version of the agreement agencies have signed, for `agreement_of`."""
    unread = {one for one in agency_ids if ("agreement", one) not in work.ahead}
    if not unread:
        return
    work.ahead |= {("agreement", one): None for one in unread}
    rows = await work.session.execute(
        select(AgencyRow.id, AgencyRow.agreement_version).where(col(AgencyRow.id).in_(unread))
    )
    work.ahead |= {("agreement", id_): version for id_, version in rows}


def agreement_of(work: Work, agency_id: str) -> str | None:
    """The version of the agreement that an agency has signed, read ahead."""
    version: str | None = work.ahead["agreement", agency_id]
    return version


def keep(work: Work, row: RequestRow) -> None:
    """Keep a new request."""
    work.later(RequestRow, row.model_dump())
    if row.provider_id is not None and row.state == "open":
        work.ahead[RequestRow, row.provider_id].append(row)


async def request(work: Work, partnerships: Collection[str], reference: str) -> RequestRow | None:
    """A request by our reference, locked for a change."""
    rows = await work.session.scalars(
        select(RequestRow)
        .where(RequestRow.reference == reference)
        .where(col(RequestRow.partnership).in_(partnerships))
        .with_for_update()
    )
    return rows.one_or_none()


async def by_id(work: Work, partnerships: Collection[str], request_id: UUID) -> RequestRow | None:
    """A request by its id, locked for a change."""
    row = await work.session.get(RequestRow, request_id, with_for_update=True)
    return row if row is not None and row.partnership in partnerships else None


async def refusals(
    work: Work, partnerships: Collection[str], since: datetime, until: datetime
) -> Sequence[tuple[str, str, str | None, int]]:
    """How often each rule refused, with clause, and why it was overridden where it was."""
    by = (col(RequestRow.rule), col(RequestRow.clause), col(RequestRow.override_reason))
    rows = await work.session.execute(
        select(*by, func.count())
        .where(col(RequestRow.partnership).in_(partnerships), col(RequestRow.rule).is_not(None))
        .where(col(RequestRow.received_at) >= since, col(RequestRow.received_at) < until)
        .group_by(*by)
        .order_by(*by)
    )
    return [(str(row[0]), str(row[1]), row[2], int(row[3])) for row in rows]


async def variations(
    work: Work, partnerships: Collection[str], provider_id: UUID
) -> Sequence[VariationRow]:
    """All that was ever varied for a provider, the newest first."""
    rows = await work.session.scalars(
        select(VariationRow)
        .where(col(VariationRow.partnership).in_(partnerships))
        .where(VariationRow.provider_id == provider_id)
        .order_by(col(VariationRow.at).desc(), col(VariationRow.id))
    )
    return rows.all()
