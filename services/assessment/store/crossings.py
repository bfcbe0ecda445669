"""Crossings: what holds at a location, what ended, and who may read of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, String, Uuid, bindparam, func, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.assessment.domain.crossings import THEME, Held, Place, Standing, State
from services.assessment.store.handlings import circle_of, columns_of, knowable, text_of
from services.assessment.tables import CrossingRow, LocationRow
from shared.contracts.holdings import may_know
from shared.contracts.words import Handling
from shared.platform.telemetry import current_traceparent
from shared.platform.work import Work

_HELD = "crossing that holds"
"""What `work.ahead` answers by location and place."""


async def held(
    work: Work, location: LocationRow, places: Collection[Place]
) -> dict[Place, CrossingRow]:
    """The crossings that hold at these places of a location."""
    await read_ahead(work, {(location.id, place) for place in places})
    found = {place: work.ahead[_HELD, location.id, place] for place in places}
    return {place: row for place, row in found.items() if row is not None}


async def read_ahead(work: Work, wanted: Collection[tuple[UUID, Place]]) -> None:
    """Read the crossings that hold at places of locations."""
    unread = [one for one in wanted if (_HELD, *one) not in work.ahead]
    if not unread:
        return
    asked = {(location_id, place.rule, place.series) for location_id, place in unread}
    given = {
        "ids": [location_id for location_id, _, _ in asked],
        "rules": [rule for _, rule, _ in asked],
        "series": [series for _, _, series in asked],
    }
    rows = await work.session.scalars(
        _held_at(), given, execution_options={"populate_existing": True}
    )
    work.ahead |= {(_HELD, *one): None for one in unread}
    for row in rows:
        work.ahead[_HELD, row.location_id, place_of(row)] = row


@cache
def _held_at() -> SelectOfScalar[CrossingRow]:
    """The crossings that hold at given places, for whomever."""
    given = func.unnest(
        bindparam("ids", type_=ARRAY(Uuid)),
        bindparam("rules", type_=ARRAY(String)),
        bindparam("series", type_=ARRAY(String)),
    ).table_valued("id", "rule", "series", name="given")
    given = given.render_derived()
    return (
        select(CrossingRow)
        .join(given, col(CrossingRow.location_id) == given.c.id)
        .where(col(CrossingRow.rule) == given.c.rule)
        .where(col(CrossingRow.series) == given.c.series)
        .where(CrossingRow.state != State.ENDED.value)
    )


def place_of(row: CrossingRow) -> Place:
    """Where a crossing holds, or held."""
    return Place(row.rule, row.series, circle_of(row.circle))


async def all_held(work: Work, location: LocationRow) -> dict[Place, CrossingRow]:
    """All crossings that hold at a location."""
    rows = await work.session.scalars(
        select(CrossingRow)
        .where(CrossingRow.location_id == location.id, CrossingRow.state != State.ENDED.value)
        .where(CrossingRow.partnership == location.partnership)
        .execution_options(populate_existing=True)
    )
    return {place_of(row): row for row in rows}


def held_of(row: CrossingRow) -> Held:
    """What the rules have to know of a crossing."""
    return Held(row.id, place_of(row), row.name, State(row.state), row.window_ends_on)


async def ended_before(work: Work, location: LocationRow, place: Place) -> UUID | None:
    """The crossing that ended last at a place."""
    rows = await work.session.scalars(
        select(CrossingRow.id)
        .where(CrossingRow.location_id == location.id, CrossingRow.rule == place.rule)
        .where(CrossingRow.series == place.series, CrossingRow.state == State.ENDED.value)
        .where(CrossingRow.circle == text_of(place.circle))
        .where(CrossingRow.partnership == location.partnership)
        .order_by(col(CrossingRow.ended_at).desc(), col(CrossingRow.began_at).desc())
        .limit(1)
    )
    return rows.one_or_none()


async def last_ended(work: Work, location: LocationRow) -> dict[Place, str]:
    """The crossing that ended last, by place."""
    rows = await work.session.execute(
        select(CrossingRow.rule, CrossingRow.series, CrossingRow.circle, CrossingRow.id)
        .where(CrossingRow.location_id == location.id, CrossingRow.state == State.ENDED.value)
        .where(CrossingRow.partnership == location.partnership)
        .order_by(col(CrossingRow.ended_at), col(CrossingRow.began_at))
    )
    return {Place(rule, series, circle_of(circle)): str(id_) for rule, series, circle, id_ in rows}


async def begin(work: Work, location: LocationRow, found: Standing) -> CrossingRow:
    """Enter a crossing; one that had ended under the same id holds again, as a new revision."""
    await work.session.flush()  # what ends makes place for what begins
    state = State.CANDIDATE if found.to_confirm else State.MET
    values: dict[str, Any] = {
        "circle": text_of(found.place.circle),
        "state": state.value,
        "evidence": [str(reference) for reference in found.evidence],
        "threshold": found.threshold,
        "clause": found.clause,
        **columns_of(found.handling),
        "implicated_role": found.implicated_role.value if found.implicated_role else None,
        "attributed_to": found.attributed_to,
        "window_ends_on": found.ends_on,
        "began_at": work.now,
        "ended_on": None,
        "ended_at": None,
        "traceparent": current_traceparent(),
    }
    statement = insert(CrossingRow).values(
        id=found.crossing_id(location.id),
        partnership=location.partnership,
        location_id=location.id,
        rule=found.place.rule,
        series=found.place.series,
        name=found.name,
        revision=1,
        **values,
    )
    rows = await work.session.scalars(
        statement.on_conflict_do_update(
            index_elements=["id"],
            set_={**values, "revision": col(CrossingRow.revision) + 1},
            where=col(CrossingRow.partnership) == location.partnership,
        ).returning(CrossingRow),
        execution_options={"populate_existing": True},
    )
    row = rows.one()
    work.ahead[_HELD, location.id, found.place] = row
    return row


def end(work: Work, row: CrossingRow, on: date) -> None:
    """A crossing is over."""
    row.state, row.ended_on, row.ended_at = State.ENDED.value, on, work.now
    row.window_ends_on = None
    row.revision += 1
    work.ahead[_HELD, row.location_id, place_of(row)] = None


def decide(row: CrossingRow, state: State) -> None:
    """A person decided on a candidate."""
    row.state = state.value
    row.revision += 1


def move(row: CrossingRow, ends_on: date | None) -> None:
    """The window goes on until another day."""
    row.window_ends_on = ends_on


async def crossing(
    work: Work, partnerships: Collection[str], crossing_id: UUID
) -> CrossingRow | None:
    """A crossing by id, as it is now."""
    rows = await work.session.scalars(
        select(CrossingRow)
        .where(CrossingRow.id == crossing_id, col(CrossingRow.partnership).in_(partnerships))
        .execution_options(populate_existing=True)
    )
    return rows.one_or_none()


async def of_state(
    work: Work,
    partnerships: Collection[str],
    state: State,
    held: Collection[str],
    *,
    after: UUID | None,
    limit: int,
) -> Sequence[CrossingRow]:
    """Triggers of a state that somebody with these holdings may know, the oldest first."""
    query = (
        select(CrossingRow)
        .where(CrossingRow.state == state.value, CrossingRow.rule != THEME)
        .where(col(CrossingRow.partnership).in_(partnerships), knowable(CrossingRow, held))
        .order_by(col(CrossingRow.began_at), col(CrossingRow.id))
        .limit(limit)
    )
    last = await crossing(work, partnerships, after) if after else None
    # A place that the reader may not know is none, as if it were not there.
    if last is not None and may_know(Handling.of(last.label, last.holders), held):
        position = tuple_(col(CrossingRow.began_at), col(CrossingRow.id))
        query = query.where(position > (last.began_at, last.id))
    return (await work.session.scalars(query)).all()


async def readable(
    work: Work, location: LocationRow, held: Collection[str]
) -> Sequence[CrossingRow]:
    """What holds at a location and somebody with these holdings may know, the newest first."""
    rows = await work.session.scalars(
        select(CrossingRow)
        .where(CrossingRow.location_id == location.id, CrossingRow.state != State.ENDED.value)
        .where(CrossingRow.partnership == location.partnership, knowable(CrossingRow, held))
        .order_by(col(CrossingRow.began_at).desc(), col(CrossingRow.id))
    )
    return rows.all()
