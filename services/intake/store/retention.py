"""Records whose time is over, and how a record goes with all that hangs on it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Column,
    ColumnElement,
    DateTime,
    Table,
    and_,
    cast,
    delete,
    false,
    func,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import aliased
from sqlmodel import col

from services.intake.domain.concerns import ConcernState
from services.intake.domain.retention import RecordClass
from services.intake.tables import (
    AcceptanceRow,
    ConcernRow,
    ContactRow,
    DraftRow,
    ExpectedReturnRow,
    FeedbackRow,
    InboundRow,
    LegalHoldRow,
    LocationRow,
    PastFactRow,
    QuarantineRow,
    RequestRow,
    SignalRow,
    VariationRow,
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


def _day(column: Any) -> Any:
    """The instant at which a London day begins."""
    return func.timezone("Europe/London", cast(column, DateTime))


def _next_accepted() -> Any:
    """When another version was first accepted after this one, which is in force no more."""
    later = aliased(AcceptanceRow)
    return (
        select(func.min(col(later.accepted_at)))
        .where(col(later.partnership) == col(AcceptanceRow.partnership))
        .where(col(later.version) != col(AcceptanceRow.version))
        .where(col(later.accepted_at) > col(AcceptanceRow.accepted_at))
        .scalar_subquery()
    )


_KEPT = {
    RecordClass.CONCERN: _Kept(
        ConcernRow,
        col(ConcernRow.received_at),
        col(ConcernRow.state).in_([ConcernState.RECEIVED.value, ConcernState.REDIRECTED.value]),
    ),
    RecordClass.SIGNAL: _Kept(SignalRow, col(SignalRow.received_at), false()),
    RecordClass.FEEDBACK: _Kept(FeedbackRow, col(FeedbackRow.received_at), false()),
    RecordClass.REQUEST: _Kept(
        RequestRow,
        col(RequestRow.received_at),
        col(RequestRow.state).in_(["open", "handed_over"]),
    ),
    RecordClass.DRAFT: _Kept(DraftRow, col(DraftRow.saved_at), false()),
    RecordClass.CONTACT: _Kept(ContactRow, col(ContactRow.left_at), false()),
    RecordClass.HISTORY: _Kept(PastFactRow, _day(col(PastFactRow.until)), false()),
    RecordClass.INBOUND: _Kept(InboundRow, col(InboundRow.received_at), false()),
    RecordClass.QUARANTINE: _Kept(
        QuarantineRow,
        func.coalesce(col(QuarantineRow.settled_at), col(QuarantineRow.received_at)),
        col(QuarantineRow.state) == "open",
    ),
    RecordClass.ACCEPTANCE: _Kept(AcceptanceRow, _next_accepted(), false()),
    RecordClass.VARIATION: _Kept(VariationRow, col(VariationRow.ended_at), false()),
    RecordClass.RETURN: _Kept(
        ExpectedReturnRow,
        _day(col(ExpectedReturnRow.due_on)),
        col(ExpectedReturnRow.state).in_(["awaited", "overdue"]),
    ),
}


class Found(NamedTuple):
    """A record whose time is over."""

    key: tuple[Any, ...]
    since: datetime
    is_open: bool
    is_held: bool


async def expired(
    work: Work,
    partnership: str,
    of: RecordClass,
    last_day: date,
    after: tuple[Any, ...] | None,
    limit: int,
) -> Sequence[Found]:
    """Records of a class from `last_day` (London) or before, in the order of their keys."""
    kept = _KEPT[of]
    table: Table = kept.row.__table__
    keys = list(table.primary_key.columns)
    query = (
        select(kept.since, kept.is_open, _is_held(table, of), *keys)
        .where(table.c.partnership == partnership, kept.since < _end(last_day))
        .where(*([] if after is None else [tuple_(*keys) > after]))
        .order_by(*keys)
        .limit(limit)
    )
    rows = await work.session.execute(query)
    return [Found(tuple(row[3:]), *row[:3]) for row in rows]


async def count_going(work: Work, partnership: str, of: RecordClass, last_day: date) -> int:
    """How many records of a class would go."""
    kept = _KEPT[of]
    table: Table = kept.row.__table__
    found = await work.session.scalar(
        select(func.count()).where(
            table.c.partnership == partnership,
            kept.since < _end(last_day),
            not_(kept.is_open),
            not_(_is_held(table, of)),
        )
    )
    return found or 0


def _end(day: date) -> datetime:
    return datetime.combine(day + timedelta(days=1), time(), _LONDON)


def _is_held(table: Table, of: RecordClass) -> ColumnElement[bool]:
    """A hold on the record, on its location, or on the provider."""
    hold = LegalHoldRow
    first, *_ = table.primary_key.columns
    reasons = [and_(col(hold.subject_kind) == of.value, col(hold.subject_id) == first)]
    if "id" not in table.c and "location_id" not in table.c:
        return false()  # about nothing that a hold can stand on
    place = table.c.get("location_id", table.c.get("subject_id"))
    if place is not None:
        its_provider = (
            select(col(LocationRow.provider_id))
            .where(col(LocationRow.id) == place)
            .correlate(table)
            .scalar_subquery()
        )
        reasons += [
            and_(col(hold.subject_kind) == "location", col(hold.subject_id) == place),
            and_(col(hold.subject_kind) == "provider", col(hold.subject_id) == its_provider),
        ]
    provider = table.c.get("provider_id", table.c.get("subject_id"))
    if provider is not None:
        reasons.append(and_(col(hold.subject_kind) == "provider", col(hold.subject_id) == provider))
    standing = select(col(hold.id)).where(col(hold.lifted_at).is_(None), or_(*reasons))
    return standing.where(col(hold.partnership) == table.c.partnership).exists()


async def erase(work: Work, of: RecordClass, keys: Collection[tuple[Any, ...]]) -> None:
    """Erase records with all rows that refer to them."""
    table: Table = _KEPT[of].row.__table__
    columns = list(table.primary_key.columns)
    if len(columns) == 1:
        await _erase(work, table, [key for [key] in keys])
        return
    await work.session.execute(delete(table).where(tuple_(*columns).in_(keys)))


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
