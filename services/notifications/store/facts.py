"""Facts as they were heard."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_
from sqlmodel import col, select

from services.notifications.domain.projection import LOCATION_FIELD, Fact, Place, Shape
from services.notifications.store.register import place_in
from services.notifications.tables import DisclosedRow, FactRow, LocationRow, MemberRow, QipRow
from shared.contracts.envelope import Envelope
from shared.contracts.event import ENVELOPE_FIELDS, Event, declared_events, label_of, payload_fields
from shared.platform import bulk
from shared.platform.work import Work

_PAGE = 500
"""Facts that are reviewed at once."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A fact with what was kept beside it."""

    seq: int
    partnership: str
    key: str
    occurred_at: datetime
    traceparent: str | None
    fact: Fact

    @property
    def shareable(self) -> bool:
        return self.fact.shape.existence is not None

    def at(self, place: Place | None) -> Kept:
        """The same with the place that it is about."""
        return replace(self, fact=replace(self.fact, place=place))


@dataclass(frozen=True, slots=True)
class Undisclosed:
    """A fact that an agency has not got, and how the agency stands to its case."""

    kept: Kept
    in_qip: bool
    member: bool


@cache
def shape_of(cls: type[Event]) -> Shape:
    """What the declaration of an event says of its labels."""
    return Shape(cls.spec.existence, {name: label_of(cls, name) for name in payload_fields(cls)})


async def keep(work: Work, heard: Sequence[Envelope]) -> list[Kept]:
    """Keep facts unprojected, in the order in which they were heard."""
    rows = [_row(work, envelope) for envelope in heard]
    entered = await bulk.insert(work.session, FactRow, rows, returning=("event_id", "seq"))
    numbers = {row["event_id"]: row["seq"] for row in entered}
    return [
        Kept(
            numbers[envelope.id],
            envelope.event.partnership,
            envelope.event.key,
            envelope.time,
            envelope.traceparent,
            _fact(envelope.id, envelope.event, None),
        )
        for envelope in heard
    ]


def _row(work: Work, envelope: Envelope) -> dict[str, Any]:
    event = envelope.event
    said = event.model_dump(mode="json")
    return {
        "event_id": envelope.id,
        "type": event.spec.type,
        "service": event.spec.service,
        "key": event.key,
        "location_id": location_of(event),
        "partnership": said.pop("partnership"),
        "shareable": event.spec.existence is not None,
        "occurred_at": envelope.time,
        "heard_at": work.now,
        "handling": said.pop("handling"),
        "body": said,
        "traceparent": envelope.traceparent,
    }


def location_of(event: Event) -> UUID | None:
    """Our id of the location that an event is about, if it is about one."""
    found = getattr(event, LOCATION_FIELD, None)
    return found if isinstance(found, UUID) else None


async def about(work: Work, partnership: str, location_id: UUID, after: int) -> list[Kept]:
    """Shareable facts about a location, in the order in which they were heard: a page of them.

    Those behind the fact with the number `after`.
    """
    rows = await work.session.scalars(
        select(FactRow)
        .where(FactRow.partnership == partnership, FactRow.location_id == location_id)
        .where(col(FactRow.shareable), col(FactRow.seq) > after)
        .order_by(col(FactRow.seq))
        .limit(_PAGE)
    )
    return [_kept(row, None) for row in rows]


async def undisclosed(
    work: Work,
    partnership: str,
    agency_id: str,
    location_id: UUID | None,
    taken_back: Collection[UUID],
    *,
    only_taken_back: bool,
    after: int,
) -> list[Undisclosed]:
    """What an agency has not got of the cases as they stand now, and what was taken back, in order.

    A page of it, behind the fact with the number `after`: there may be years of facts.

    A case that has come to a QIP begins with its opening; facts before it are of the past.
    """
    current = or_(
        and_(col(FactRow.location_id).is_(None), col(FactRow.key) == agency_id),
        and_(
            col(FactRow.location_id).is_not(None),
            or_(col(QipRow.since).is_(None), col(FactRow.seq) >= col(QipRow.since)),
        ),
    )
    wanted = bulk.one_of(col(FactRow.event_id), taken_back)
    statement = (
        select(FactRow, LocationRow, QipRow.since, MemberRow.agency_id)
        .outerjoin(LocationRow, col(LocationRow.id) == col(FactRow.location_id))
        .outerjoin(QipRow, col(QipRow.location_id) == col(FactRow.location_id))
        .outerjoin(
            MemberRow,
            and_(
                col(MemberRow.qip_id) == col(QipRow.qip_id),
                col(MemberRow.agency_id) == agency_id,
                col(MemberRow.left_at).is_(None),
            ),
        )
        .where(FactRow.partnership == partnership, col(FactRow.shareable))
        .where(wanted if only_taken_back else or_(current, wanted))
        .where(
            ~select(DisclosedRow.seq)
            .where(DisclosedRow.agency_id == agency_id)
            .where(DisclosedRow.event_id == FactRow.event_id)
            .exists()
        )
        .where(col(FactRow.seq) > after)
        .order_by(col(FactRow.seq))
        .limit(_PAGE)
        .execution_options(populate_existing=True)
    )
    if location_id is not None:
        statement = statement.where(FactRow.location_id == location_id)
    rows: Any = await work.session.execute(statement)
    return [
        Undisclosed(
            _kept(fact, place_in(location)),
            in_qip=since is not None and fact.seq >= since,
            member=member is not None,
        )
        for fact, location, since, member in rows
    ]


def _kept(row: FactRow, place: Place | None) -> Kept:
    cls = declared_events()[row.type]
    event = cls.model_validate(
        {**row.body, "partnership": row.partnership, "handling": row.handling}
    )
    return Kept(
        row.seq,
        row.partnership,
        row.key,
        row.occurred_at,
        row.traceparent,
        _fact(row.event_id, event, place),
    )


def _fact(event_id: UUID, event: Event, place: Place | None) -> Fact:
    return Fact(
        event_id=event_id,
        event_type=event.spec.type,
        shape=shape_of(type(event)),
        values=event.model_dump(exclude=set(ENVELOPE_FIELDS)),
        handling=event.handling,
        place=place,
    )
