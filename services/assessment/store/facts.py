"""Facts: added, and read in the order of events."""

from __future__ import annotations

from bisect import insort
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

import asyncpg
from sqlalchemy import CompoundSelect, RowMapping, func, true, union_all
from sqlalchemy import select as select_columns
from sqlmodel import col, select

from services.assessment.domain.facts import Fact, Kind, in_order
from services.assessment.store.handlings import columns_of, knowable
from services.assessment.tables import FactRow, LocationRow
from shared.contracts.words import Handling
from shared.platform.prepared import Prepared, among, fixed, given
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

_COLUMNS = (
    col(FactRow.location_id),
    col(FactRow.event_id),
    col(FactRow.kind),
    col(FactRow.series),
    col(FactRow.reference),
    col(FactRow.occurred_on),
    col(FactRow.known_at),
    col(FactRow.facts),
    col(FactRow.label),
    col(FactRow.holders),
)
"""What makes a fact, and where it is told of."""


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, Fact]]) -> None:
    """Read what taking in these facts (by location) asks for: their series, and known ids."""
    ids = {fact.id for _, fact in wanted}
    series = {(location_id, fact.series) for location_id, fact in wanted}
    await _read(work, series, {id_ for id_ in ids if (_KNOWN, id_) not in work.ahead})


async def read_series_ahead(work: Work, series: Collection[tuple[UUID, str]]) -> None:
    """Read the newest facts of series, each named by its location and itself."""
    await _read(work, series, ())


async def _read(work: Work, series: Collection[tuple[UUID, str]], ids: Collection[UUID]) -> None:
    """Read series that are unread, and which of these facts are known."""
    unread = [one for one in series if (_SERIES, *one) not in work.ahead]
    if not (unread or ids):
        return
    await work.catch_up_rows()
    rows = await _NEWEST_AND_KNOWN.rows(
        work.session,
        locations=[location_id for location_id, _ in unread],
        series=[name for _, name in unread],
        ids=list(ids),
    )
    found: dict[tuple[UUID, str], list[Fact]] = {one: [] for one in unread}
    for row in rows:
        if row["is_newest"]:
            found[row["location_id"], row["series"]].append(_fact_of(row))
    known = {row["event_id"] for row in rows if not row["is_newest"]}
    work.ahead |= {(_SERIES, *one): list(in_order(facts)) for one, facts in found.items()}
    work.ahead |= {(_KNOWN, id_): id_ in known for id_ in ids}


def _newest_and_known() -> CompoundSelect[Any]:
    """The newest facts of given series, and those with given ids."""
    asked = func.unnest(
        given("locations", col(FactRow.location_id)), given("series", col(FactRow.series))
    ).table_valued("location_id", "series", name="asked")
    asked = asked.render_derived()
    newest = (
        select_columns(*_COLUMNS)
        .where(col(FactRow.location_id) == asked.c.location_id)
        .where(col(FactRow.series) == asked.c.series)
        .order_by(*_NEWEST_FIRST)
        .limit(fixed(TAIL))
        .lateral("newest")
    )
    known = among(col(FactRow.event_id), "ids")
    return union_all(
        select_columns(*newest.c, fixed(True).label("is_newest")).select_from(
            asked.join(newest, true())
        ),
        select_columns(*_COLUMNS, fixed(False)).where(known),
    )


_NEWEST_AND_KNOWN = Prepared(_newest_and_known)


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
    await read_series_ahead(work, [place[1:]])
    return list(work.ahead[place])


async def whole(work: Work, location: LocationRow, series: str) -> list[Fact]:
    """All facts of a series, in their order."""
    await work.catch_up()
    rows = await work.session.execute(
        select_columns(*_COLUMNS)
        .where(col(FactRow.location_id) == location.id, col(FactRow.series) == series)
        .where(col(FactRow.partnership) == location.partnership)
        .order_by(*_NEWEST_FIRST)
    )
    return [_fact_of(row) for row in rows.mappings()][::-1]


async def read_findings_ahead(work: Work, locations: Collection[UUID]) -> None:
    """Read what assessors found at locations."""
    unread = {one for one in locations if (_FINDING, one) not in work.ahead}
    if not unread:
        return
    await work.catch_up_rows()
    rows = await _FINDINGS.rows(work.session, locations=list(unread))
    work.ahead |= {(_FINDING, one): [] for one in unread}
    for row in rows:
        work.ahead[_FINDING, row["location_id"]].append(_fact_of(row))


_FINDINGS = Prepared(
    lambda: (
        select_columns(*_COLUMNS)
        .where(among(col(FactRow.location_id), "locations"))
        .where(col(FactRow.kind) == fixed(Kind.WIDER_CONCERN.value))
        .order_by(col(FactRow.occurred_on))
    )
)


async def findings(work: Work, location: LocationRow) -> list[Fact]:
    """What assessors found at our own desk (L1.2b), the earliest first."""
    await read_findings_ahead(work, [location.id])
    return list(work.ahead[_FINDING, location.id])


async def all_of(work: Work, location: LocationRow) -> list[Fact]:
    """Everything known of a location: to compute its picture again."""
    rows = await work.session.execute(
        select_columns(*_COLUMNS)
        .where(col(FactRow.location_id) == location.id)
        .where(col(FactRow.partnership) == location.partnership)
    )
    return [_fact_of(row) for row in rows.mappings()]


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


def _fact_of(row: RowMapping | asyncpg.Record) -> Fact:
    """The domain's fact of a row's `_COLUMNS`."""
    return Fact(
        id=row["event_id"],
        kind=Kind(row["kind"]),
        series=row["series"],
        reference=row["reference"],
        occurred_on=row["occurred_on"],
        known_at=row["known_at"],
        said=row["facts"],
        handling=Handling.of(row["label"], row["holders"]),
    )
