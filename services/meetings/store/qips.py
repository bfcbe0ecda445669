"""QIP processes with their members, chairs and contacts with the provider."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlmodel import col, select

from services.meetings.domain.people import Recipient
from services.meetings.tables import (
    ChairRow,
    LocationRow,
    MemberRow,
    ProviderContactRow,
    QipRow,
)
from shared.contracts.words import OfficeHolderRole
from shared.platform.work import Work

RUNNING = "open"


async def qip(
    work: Work, partnerships: Collection[str], qip_id: UUID, *, lock: bool = False
) -> QipRow | None:
    """A QIP by id; locked where it, or anything in it, is to change."""
    query = select(QipRow).where(QipRow.id == qip_id, col(QipRow.partnership).in_(partnerships))
    rows = await work.session.scalars(query.with_for_update() if lock else query)
    return rows.one_or_none()


async def running_at(work: Work, partnership: str, location_id: UUID) -> QipRow | None:
    """The QIP that runs at a location, locked for a change."""
    rows = await work.session.scalars(
        select(QipRow)
        .where(QipRow.location_id == location_id, QipRow.partnership == partnership)
        .where(QipRow.state == RUNNING)
        .with_for_update()
    )
    return rows.first()


async def of_provider(work: Work, partnership: str, provider_id: UUID) -> Sequence[QipRow]:
    """All QIPs of one proprietor in a partnership, at whichever location, the newest first."""
    rows = await work.session.scalars(
        select(QipRow)
        .where(col(QipRow.location_id) == col(LocationRow.id))
        .where(LocationRow.provider_id == provider_id, QipRow.partnership == partnership)
        .order_by(col(QipRow.opened_on).desc())
    )
    return rows.all()


async def decided_by(work: Work, partnership: str, consideration_id: UUID) -> QipRow | None:
    """The QIP that a consideration led to."""
    rows = await work.session.scalars(
        select(QipRow)
        .where(QipRow.consideration_id == consideration_id)
        .where(QipRow.partnership == partnership)
    )
    return rows.one_or_none()


async def members(work: Work, partnership: str, qip_id: UUID) -> Sequence[MemberRow]:
    """All members of a QIP, also those that have left."""
    rows = await work.session.scalars(
        select(MemberRow)
        .where(MemberRow.qip_id == qip_id, MemberRow.partnership == partnership)
        .order_by(col(MemberRow.joined_at), col(MemberRow.agency_id))
    )
    return rows.all()


async def seats_of(
    work: Work, partnership: str, agency_id: str
) -> Sequence[tuple[MemberRow, QipRow]]:
    """The seats that an agency has in running QIPs, locked for a change."""
    rows = await work.session.execute(
        select(MemberRow, QipRow)
        .where(col(MemberRow.qip_id) == col(QipRow.id), QipRow.state == RUNNING)
        .where(MemberRow.agency_id == agency_id, MemberRow.partnership == partnership)
        .where(col(MemberRow.left_at).is_(None))
        .order_by(col(QipRow.id))
        .with_for_update()
    )
    return [(row[0], row[1]) for row in rows]


async def chair(work: Work, partnership: str, qip_id: UUID) -> ChairRow | None:
    """Who chairs a QIP now."""
    rows = await work.session.scalars(
        select(ChairRow)
        .where(ChairRow.qip_id == qip_id, ChairRow.partnership == partnership)
        .where(col(ChairRow.ended_at).is_(None))
    )
    return rows.one_or_none()


async def provider_contacts(
    work: Work, partnership: str, qip_id: UUID
) -> Sequence[ProviderContactRow]:
    """The chair's contacts with the provider, the first one first."""
    rows = await work.session.scalars(
        select(ProviderContactRow)
        .where(ProviderContactRow.qip_id == qip_id)
        .where(ProviderContactRow.partnership == partnership)
        .order_by(col(ProviderContactRow.recorded_at), col(ProviderContactRow.id))
    )
    return rows.all()


def recipients_in(row: ProviderContactRow) -> tuple[Recipient, ...]:
    """Those whom a contact went to."""
    return recipients_of(row.recipients)


def recipients_of(items: Sequence[Mapping[str, Any]]) -> tuple[Recipient, ...]:
    """Recipients from the form in which a row keeps them."""
    return tuple(
        Recipient(
            UUID(item["person_ref"]),
            OfficeHolderRole(item["role"]) if item["role"] else None,
            item["named"],
        )
        for item in items
    )


def recipients_row(recipients: Sequence[Recipient]) -> list[dict[str, object]]:
    """Recipients as the row keeps them."""
    return [{"person_ref": str(r.person_ref), "role": r.role, "named": r.named} for r in recipients]
