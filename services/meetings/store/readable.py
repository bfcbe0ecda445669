"""The QIPs that somebody may perhaps read, by as many statements whether there are any or none.

Whoever may not know of a case must not find it by the time that an answer takes, nor by what it
displaces from a list: so what is not for the asker is left out by the database, before any limit,
and a QIP that is hidden costs what one costs that does not exist.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, true
from sqlmodel import col, select

from services.meetings.domain.people import Recipient
from services.meetings.domain.readers import DESK, NAMED_DESK, Reader
from services.meetings.store.qips import recipients_of
from services.meetings.tables import (
    AgencyRow,
    LocationRow,
    MeetingRow,
    MemberRow,
    ProviderContactRow,
    QipRow,
    TriggerRow,
)
from shared.contracts.words import ImplicatedRole, Role
from shared.platform import bulk
from shared.platform.work import Work


@dataclass(frozen=True, slots=True)
class Near:
    """A QIP that is near enough to somebody for the rule to look at."""

    qip_id: UUID
    partnership: str
    location_id: UUID
    consideration_id: UUID
    opened_on: date
    limit_on: date
    label: str | None
    holders: Sequence[str]
    provider_reference: str
    seated: bool
    """True where the asker's agency has a seat."""


async def near(
    work: Work,
    partnerships: Collection[str],
    reader: Reader,
    *,
    qip_id: UUID | None = None,
    meeting_id: UUID | None = None,
) -> list[Near]:
    """The QIPs near to a reader, the newest first; the one named, or of the meeting named."""
    seat = (
        select(MemberRow.qip_id)
        .where(MemberRow.qip_id == QipRow.id, MemberRow.partnership == QipRow.partnership)
        .where(MemberRow.agency_id == reader.agency, col(MemberRow.left_at).is_(None))
        .exists()
    )
    columns: tuple[Any, ...] = (
        *(QipRow.id, QipRow.partnership, QipRow.location_id, QipRow.consideration_id),
        *(QipRow.opened_on, QipRow.limit_on, QipRow.label, QipRow.holders),
        *(LocationRow.provider_reference, seat.label("seated")),
    )
    statement = (
        select(*columns)
        .join(
            LocationRow,
            and_(
                col(LocationRow.id) == col(QipRow.location_id),
                col(LocationRow.partnership) == col(QipRow.partnership),
            ),
        )
        .where(col(QipRow.partnership).in_(partnerships), _near_to(reader, seat))
        .order_by(col(QipRow.opened_on).desc(), col(QipRow.id).desc())
    )
    if qip_id is not None:
        statement = statement.where(QipRow.id == qip_id)
    if meeting_id is not None:
        of_meeting = select(MeetingRow.qip_id).where(MeetingRow.id == meeting_id)
        statement = statement.where(col(QipRow.id).in_(of_meeting))
    rows: Any = await work.session.execute(statement)
    return [Near(*row) for row in rows]


def _near_to(reader: Reader, seat: ColumnElement[bool]) -> ColumnElement[bool]:
    if reader.provider is not None:
        return col(LocationRow.provider_reference) == reader.provider
    near_to: list[ColumnElement[bool]] = [false()]
    if reader.roles & NAMED_DESK:
        near_to.append(true())
    elif reader.roles & DESK:
        near_to.append(col(QipRow.label).is_(None))
    if Role.AGENCY_LIAISON in reader.roles:
        near_to.append(seat)
    return or_(*near_to)


async def contacted(
    work: Work, partnerships: Collection[str], qip_ids: Collection[UUID]
) -> Mapping[UUID, Sequence[Recipient]]:
    """Everybody at the providers whom the chairs have contacted, by QIP."""
    rows: Any = await work.session.execute(
        select(ProviderContactRow.qip_id, ProviderContactRow.recipients)
        .where(bulk.one_of(col(ProviderContactRow.qip_id), qip_ids))
        .where(col(ProviderContactRow.partnership).in_(partnerships))
    )
    found: dict[UUID, list[Recipient]] = defaultdict(list)
    for qip_id, recipients in rows:
        found[qip_id] += recipients_of(recipients)
    return found


async def implicated(
    work: Work, partnerships: Collection[str], consideration_ids: Collection[UUID]
) -> Mapping[UUID, frozenset[ImplicatedRole]]:
    """The roles that the triggers of considerations implicate, by consideration (L1.2c)."""
    rows: Any = await work.session.execute(
        select(TriggerRow.consideration_id, TriggerRow.implicated_role)
        .where(bulk.one_of(col(TriggerRow.consideration_id), consideration_ids))
        .where(col(TriggerRow.partnership).in_(partnerships))
    )
    found: dict[UUID, frozenset[ImplicatedRole]] = defaultdict(frozenset)
    for consideration_id, role in rows:
        found[consideration_id] |= {ImplicatedRole(role)} if role else set()
    return found


async def agreements(
    work: Work, partnerships: Collection[str], agency_id: str | None
) -> Mapping[str, str | None]:
    """By partnership the agreement that an agency signed; of none where it is suspended."""
    rows: Any = await work.session.execute(
        select(AgencyRow.partnership, AgencyRow.agreement_version)
        .where(AgencyRow.id == agency_id, col(AgencyRow.partnership).in_(partnerships))
        .where(col(AgencyRow.suspended).is_(False))
    )
    return {row.partnership: row.agreement_version for row in rows}
