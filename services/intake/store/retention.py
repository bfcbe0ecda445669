"""Records whose time is over, legal holds, and how a record goes with all that hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Column, ColumnElement, Table, and_, delete, false, or_, select
from sqlmodel import col

from services.intake.domain.concerns import ConcernState
from services.intake.domain.retention import HoldKind, RecordClass
from services.intake.tables import (
    ConcernRow,
    DraftRow,
    FeedbackRow,
    LegalHoldRow,
    LocationRow,
    ProviderRow,
    QuarantineRow,
    RequestRow,
    SignalRow,
    metadata,
)
from shared.platform import bulk
from shared.platform.work import Work

_LONDON = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where the records of a class lie, from when their time runs, and which are still open."""

    row: Any
    since: Any
    is_open: ColumnElement[bool]


_KEPT = {
    RecordClass.CONCERN: _Kept(
        ConcernRow,
        ConcernRow.received_at,
        col(ConcernRow.state).in_([ConcernState.RECEIVED.value, ConcernState.REDIRECTED.value]),
    ),
    RecordClass.SIGNAL: _Kept(SignalRow, SignalRow.received_at, false()),
    RecordClass.FEEDBACK: _Kept(FeedbackRow, FeedbackRow.received_at, false()),
    RecordClass.REQUEST: _Kept(
        RequestRow,
        RequestRow.received_at,
        col(RequestRow.state).in_(["open", "handed_over"]),
    ),
    RecordClass.DRAFT: _Kept(DraftRow, DraftRow.saved_at, false()),
}
_SUBJECTS: dict[HoldKind, Any] = {
    HoldKind.CONCERN: ConcernRow,
    HoldKind.SIGNAL: SignalRow,
    HoldKind.FEEDBACK: FeedbackRow,
    HoldKind.REQUEST: RequestRow,
    HoldKind.QUARANTINE: QuarantineRow,
    HoldKind.LOCATION: LocationRow,
    HoldKind.PROVIDER: ProviderRow,
}


class Found(NamedTuple):
    """A record whose time is over."""

    id: UUID
    since: datetime
    is_open: bool
    is_held: bool


async def expired(
    work: Work, partnership: str, of: RecordClass, last_day: date, after: UUID | None, limit: int
) -> Sequence[Found]:
    """Records of a class from `last_day` (London) or before, in the order of their ids."""
    kept = _KEPT[of]
    table = kept.row.__table__
    end = datetime.combine(last_day + timedelta(days=1), time(), _LONDON)
    query = (
        select(table.c.id, col(kept.since), kept.is_open, _is_held(table, of))
        .where(table.c.partnership == partnership, col(kept.since) < end)
        .where(*([] if after is None else [table.c.id > after]))
        .order_by(table.c.id)
        .limit(limit)
    )
    return [Found(*row) for row in await work.session.execute(query)]


def _is_held(table: Table, of: RecordClass) -> ColumnElement[bool]:
    """A hold on the record, on its location, or on the provider."""
    hold = LegalHoldRow
    reasons = [and_(col(hold.subject_kind) == of.value, col(hold.subject_id) == table.c.id)]
    if "location_id" in table.c:
        place = table.c.location_id
        its_provider = (
            select(col(LocationRow.provider_id)).where(col(LocationRow.id) == place)
        ).scalar_subquery()
        reasons += [
            and_(col(hold.subject_kind) == "location", col(hold.subject_id) == place),
            and_(col(hold.subject_kind) == "provider", col(hold.subject_id) == its_provider),
        ]
    if "provider_id" in table.c:
        provider = table.c.provider_id
        reasons.append(and_(col(hold.subject_kind) == "provider", col(hold.subject_id) == provider))
    standing = select(col(hold.id)).where(col(hold.lifted_at).is_(None), or_(*reasons))
    return standing.where(col(hold.partnership) == table.c.partnership).exists()


async def erase(work: Work, of: RecordClass, ids: Collection[UUID]) -> None:
    """Erase records with all rows that refer to them."""
    await _erase(work, _KEPT[of].row.__table__, ids)


async def _erase(work: Work, table: Table, ids: Any) -> None:
    [key] = table.primary_key.columns
    for child, column in _children(table):
        [child_key] = child.primary_key.columns
        found = await work.session.scalars(select(child_key).where(column.in_(ids)))
        if hanging := found.all():
            await _erase(work, child, hanging)
    await work.session.execute(delete(table).where(key.in_(ids)))


def _children(table: Table) -> Iterator[tuple[Table, Column[Any]]]:
    """Whatever table refers to this one, those of later additions included."""
    for other in metadata.tables.values():
        for key in other.foreign_keys:
            if key.column.table is table:
                yield other, other.c[key.parent.name]


async def note_erased(
    work: Work, partnership: str, who: str, why: str, subjects: Collection[str]
) -> None:
    """One line of the audit trail for each record that went."""
    rows = [
        {
            "id": work.new_id(),
            "at": work.now,
            "who": who,
            "did": "retention.erased",
            "subject": subject,
            "partnership": partnership,
            "why": why,
        }
        for subject in subjects
    ]
    await bulk.insert(work.session, work.tables.audit, rows)


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
