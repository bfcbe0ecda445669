"""Legal holds, and what they can stand on."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from services.intake.domain.retention import HoldKind
from services.intake.tables import (
    ConcernRow,
    FeedbackRow,
    LegalHoldRow,
    LocationRow,
    ProviderRow,
    QuarantineRow,
    RequestRow,
    SignalRow,
)
from shared.platform.work import Work

_SUBJECTS: dict[HoldKind, Any] = {
    HoldKind.CONCERN: ConcernRow,
    HoldKind.SIGNAL: SignalRow,
    HoldKind.FEEDBACK: FeedbackRow,
    HoldKind.REQUEST: RequestRow,
    HoldKind.QUARANTINE: QuarantineRow,
    HoldKind.LOCATION: LocationRow,
    HoldKind.PROVIDER: ProviderRow,
}


async def partnership_of(
    work: Work, partnerships: Collection[str], kind: HoldKind, subject_id: UUID
) -> str | None:
    """The partnership of what a hold is to stand on; None where it is not there for the asker."""
    table = _SUBJECTS[kind].__table__
    found: str | None = await work.session.scalar(
        select(table.c.partnership)
        .where(table.c.id == subject_id, table.c.partnership.in_(partnerships))
        .with_for_update()
    )
    return found


async def standing_on(work: Work, kind: HoldKind, subject_id: UUID) -> LegalHoldRow | None:
    """The hold that stands on something now."""
    rows = await work.session.scalars(
        select(LegalHoldRow)
        .where(col(LegalHoldRow.subject_kind) == kind.value)
        .where(col(LegalHoldRow.subject_id) == subject_id, col(LegalHoldRow.lifted_at).is_(None))
    )
    return rows.one_or_none()


async def hold(work: Work, partnerships: Collection[str], hold_id: UUID) -> LegalHoldRow | None:
    """A hold, locked for a change."""
    row = await work.session.get(LegalHoldRow, hold_id, with_for_update=True)
    return row if row is not None and row.partnership in partnerships else None


async def holds(
    work: Work,
    partnerships: Collection[str],
    after: tuple[Any, ...] | None,
    limit: int,
    *,
    standing: bool,
) -> Sequence[LegalHoldRow]:
    """Holds in the order in which they were set; one more than `limit` where there is more."""
    query = (
        select(LegalHoldRow)
        .where(col(LegalHoldRow.partnership).in_(partnerships))
        .where(*([col(LegalHoldRow.lifted_at).is_(None)] if standing else []))
        .where(*([] if after is None else [col(LegalHoldRow.id) > after[0]]))
        .order_by(col(LegalHoldRow.id))
        .limit(limit + 1)
    )
    return (await work.session.scalars(query)).all()


def keep(work: Work, row: LegalHoldRow) -> None:
    """Keep a new hold."""
    work.session.add(row)
