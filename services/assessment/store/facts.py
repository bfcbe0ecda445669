"""Facts: added, and read in the order of events."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, bindparam, func, literal, true
from sqlalchemy.orm import aliased
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.assessment.domain.facts import Fact, Kind, in_order
from services.assessment.store.handlings import columns_of, knowable
from services.assessment.tables import FactRow, LocationRow
from shared.contracts.words import Handling
from shared.platform.bulk import one_of
from shared.platform.telemetry import current_traceparent
from shared.platform.work import Work

TAIL = 32
"""How many facts of a series are read; more only where these do not tell enough."""

_KNOWN, _SERIES, _FINDING = "fact is known", "series", "findings"
"""What `work.ahead` answers: by event id; by location and series; by location."""

_NEWEST_FIRST = (
    col(FactRow.occurred_on).desc(),
    col(FactRow.known_at).desc(),
    col(FactRow.event_id).desc(),
)

_IS_FINDING = literal(Kind.WIDER_CONCERN.value, literal_execute=True)
"""Written into the query as it stands, so that its partial index is found."""


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, Fact]]) -> None:
    """Read what taking in these facts (by location) asks for: their series, and known ids."""
    ids = {fact.id for _, fact in wanted}
    await _read_known(work, {id_ for id_ in ids if (_KNOWN, id_) not in work.ahead})
    series = {(location_id, fact.series) for location_id, fact in wanted}
    await read_series_ahead(work, series)


async def read_series_ahead(work: Work, series: Collection[tuple[UUID, str]]) -> None:
    """Read the newest facts of series, each named by its location and itself."""
    await _read_series(work, {one for one in series if (_SERIES, *one) not in work.ahead})


async def _read_known(work: Work, ids: Collection[UUID]) -> None:
    if ids:
        found = await work.session.scalars(
            select(FactRow.event_id).where(one_of(col(FactRow.event_id), ids))
        )
        known = set(found)
        work.ahead |= {(_KNOWN, id_): id_ in known for id_ in ids}


async def _read_series(work: Work, wanted: Collection[tuple[UUID, str]]) -> None:
    if not wanted:
        return
    await work.catch_up()
    given = {
        "ids": [location_id for location_id, _ in wanted],
        "series": [series for _, series in wanted],
    }
    rows = await work.session.scalars(_newest_of_series(), given)
    found: dict[tuple[UUID, str], list[Fact]] = {one: [] for one in wanted}
    for row in rows:
        found[row.location_id, row.series].append(fact_of(row))
    work.ahead |= {(_SERIES, *one): list(in_order(facts)) for one, facts in found.items()}


@cache
def _newest_of_series() -> SelectOfScalar[FactRow]:
    given = func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)), bindparam("series", type_=ARRAY(String))
    ).table_valued("location_id", "series", name="given")
    given = given.render_derived()
    newest = (
        select(FactRow)
        .where(FactRow.location_id == given.c.location_id, FactRow.series == given.c.series)
        .order_by(*_NEWEST_FIRST)
        .limit(TAIL)
        .lateral("newest")
    )
    return select(aliased(FactRow, newest)).select_from(given.join(newest, true()))


async def keep(work: Work, location: LocationRow, fact: Fact) -> bool:
    """Add a fact; False where it is there already."""
    await read_ahead(work, [(location.id, fact)])
    if work.ahead[_KNOWN, fact.id]:
        return False
    row = {
        "event_id": fact.id,
        "partnership": location.partnership,
        "location_id": location.id,
        "kind": fact.kind.value,
        "series": fact.series,
        "reference": fact.reference,
        "occurred_on": fact.occurred_on,
        "known_at": fact.known_at,
        "heard_at": work.now,
        "facts": dict(fact.said),
        "traceparent": current_traceparent(),
        **columns_of(fact.handling),
    }
    work.later(FactRow, row)
    work.ahead[_KNOWN, fact.id] = True
    place = (_SERIES, location.id, fact.series)
    work.ahead[place] = list(in_order([*work.ahead[place], fact]))[-TAIL:]
    if fact.kind is Kind.WIDER_CONCERN and (_FINDING, location.id) in work.ahead:
        insort(work.ahead[_FINDING, location.id], fact, key=lambda one: one.occurred_on)
    return True


async def newest(work: Work, location: LocationRow, series: str) -> list[Fact]:
    """The newest facts of a series, the oldest first; all of them where they are less than TAIL."""
    place = (_SERIES, location.id, series)
    if place not in work.ahead:
        await _read_series(work, [(location.id, series)])
    return list(work.ahead[place])


async def whole(work: Work, location: LocationRow, series: str) -> list[Fact]:
    """All facts of a series, in their order."""
    await work.catch_up()
    rows = await work.session.scalars(
        select(FactRow)
        .where(FactRow.location_id == location.id, FactRow.series == series)
        .where(FactRow.partnership == location.partnership)
        .order_by(*_NEWEST_FIRST)
    )
    return [fact_of(row) for row in rows][::-1]


async def read_findings_ahead(work: Work, locations: Collection[UUID]) -> None:
    """Read what assessors found at locations."""
    unread = {one for one in locations if (_FINDING, one) not in work.ahead}
    if not unread:
        return
    await work.catch_up()
    rows = await work.session.scalars(
        select(FactRow)
        .where(one_of(col(FactRow.location_id), unread), FactRow.kind == _IS_FINDING)
        .order_by(col(FactRow.occurred_on))
    )
    work.ahead |= {(_FINDING, one): [] for one in unread}
    for row in rows:
        work.ahead[_FINDING, row.location_id].append(fact_of(row))


async def findings(work: Work, location: LocationRow) -> list[Fact]:
    """What assessors found at our own desk (L1.2b), the earliest first."""
    await read_findings_ahead(work, [location.id])
    return list(work.ahead[_FINDING, location.id])


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
