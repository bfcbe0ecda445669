"""Facts: added, and read in the order of events."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import literal
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.assessment.domain.facts import Fact, Kind
from services.assessment.store.handlings import columns_of, knowable
from services.assessment.tables import FactRow, LocationRow
from shared.contracts.words import Handling
from shared.platform.telemetry import current_traceparent
from shared.platform.work import Work

_FINDING = literal(Kind.WIDER_CONCERN.value, literal_execute=True)
"""Written into the query as it stands, so that its partial index is found."""


async def keep(work: Work, location: LocationRow, fact: Fact) -> bool:
    """Add a fact; False where it is there already."""
    found = await work.session.execute(
        insert(FactRow)
        .values(
            event_id=fact.id,
            partnership=location.partnership,
            location_id=location.id,
            kind=fact.kind.value,
            series=fact.series,
            reference=fact.reference,
            occurred_on=fact.occurred_on,
            known_at=fact.known_at,
            heard_at=work.now,
            facts=dict(fact.said),
            traceparent=current_traceparent(),
            **columns_of(fact.handling),
        )
        .on_conflict_do_nothing()
        .returning(col(FactRow.event_id))
    )
    return found.one_or_none() is not None


async def newest(work: Work, location: LocationRow, series: str, limit: int | None) -> list[Fact]:
    """The newest facts of a series (all without a limit), the oldest of them first."""
    rows = await work.session.scalars(
        select(FactRow)
        .where(FactRow.location_id == location.id, FactRow.series == series)
        .where(FactRow.partnership == location.partnership)
        .order_by(
            col(FactRow.occurred_on).desc(),
            col(FactRow.known_at).desc(),
            col(FactRow.event_id).desc(),
        )
        .limit(limit)
    )
    return [fact_of(row) for row in rows][::-1]


async def findings(work: Work, location: LocationRow) -> list[Fact]:
    """What assessors found at our own desk (L1.2b)."""
    rows = await work.session.scalars(
        select(FactRow)
        .where(FactRow.location_id == location.id, FactRow.kind == _FINDING)
        .where(FactRow.partnership == location.partnership)
        .order_by(col(FactRow.occurred_on))
    )
    return [fact_of(row) for row in rows]


async def all_of(work: Work, location: LocationRow) -> list[Fact]:
    """Everything known of a location: to compute its picture again."""
    rows = await work.session.scalars(
        select(FactRow)
        .where(FactRow.location_id == location.id)
        .where(FactRow.partnership == location.partnership)
    )
    return [fact_of(row) for row in rows]


async def readable(
    work: Work, location: LocationRow, held: Collection[str], since: date, limit: int
) -> Sequence[FactRow]:
    """The newest facts since a day that somebody with these holdings may know."""
    rows = await work.session.scalars(
        select(FactRow)
        .where(FactRow.location_id == location.id, col(FactRow.occurred_on) >= since)
        .where(FactRow.partnership == location.partnership, knowable(FactRow, held))
        .order_by(col(FactRow.occurred_on).desc(), col(FactRow.event_id).desc())
        .limit(limit)
    )
    return rows.all()


async def traces(
    work: Work, location: LocationRow, facts: Collection[Fact]
) -> Sequence[str | None]:
    """The traces in which facts took effect."""
    rows = await work.session.scalars(
        select(FactRow.traceparent)
        .where(FactRow.partnership == location.partnership)
        .where(col(FactRow.event_id).in_([fact.id for fact in facts]))
    )
    return rows.all()


def fact_of(row: FactRow) -> Fact:
    """The domain's fact of a row."""
    return Fact(
        id=row.event_id,
        kind=Kind(row.kind),
        series=row.series,
        reference=row.reference,
        occurred_on=row.occurred_on,
        known_at=row.known_at,
        said=row.facts,
        handling=Handling.of(row.label, row.holders),
    )
