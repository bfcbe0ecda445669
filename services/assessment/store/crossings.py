"""Crossings: what holds at a location, what ended, and who may read of it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from uuid import UUID

from sqlalchemy import Uuid, bindparam, func, tuple_
from sqlmodel import col, select
from sqlmodel.sql.expression import SelectOfScalar

from services.assessment.domain.crossings import THEME, Held, Place, Standing, State
from services.assessment.store.handlings import circle_of, columns_of, knowable, text_of
from services.assessment.tables import CrossingRow, LocationRow
from shared.contracts.holdings import may_know
from shared.contracts.words import Handling
from shared.platform.prepared import Prepared, fixed, given
from shared.platform.rows import made, values_of
from shared.platform.telemetry import current_traceparent
from shared.platform.work import Work

_HELD, _REVISION = "crossing that holds", "revision of a crossing"
"""What `work.ahead` answers: by location and place; by id."""


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
    await work.catch_up_rows()
    rows = await _HELD_AT.rows(
        work.session,
        ids=[location_id for location_id, _, _ in asked],
        rules=[rule for _, rule, _ in asked],
        series=[series for _, _, series in asked],
    )
    work.ahead |= {(_HELD, *one): None for one in unread}
    for each in rows:
        row = made(CrossingRow, **each)
        place = (_HELD, row.location_id, place_of(row))
        if work.ahead.get(place) is None:  # else it is in somebody's hands already
            work.ahead[place] = row


def _held_at() -> SelectOfScalar[CrossingRow]:
    """The crossings that hold at given places, for whomever."""
    asked = func.unnest(
        given("ids", col(CrossingRow.location_id)),
        given("rules", col(CrossingRow.rule)),
        given("series", col(CrossingRow.series)),
    ).table_valued("id", "rule", "series", name="asked")
    asked = asked.render_derived()
    return (
        select(CrossingRow)
        .join(asked, col(CrossingRow.location_id) == asked.c.id)
        .where(col(CrossingRow.rule) == asked.c.rule)
        .where(col(CrossingRow.series) == asked.c.series)
        .where(col(CrossingRow.state) != fixed(State.ENDED.value))
    )


_HELD_AT = Prepared(_held_at)


def place_of(row: CrossingRow) -> Place:
    """Where a crossing holds, or held."""
    return Place(row.rule, row.series, circle_of(row.circle))


async def all_held(work: Work, location: LocationRow) -> dict[Place, CrossingRow]:
    """All crossings that hold at a location."""
    await work.catch_up_rows()
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
    await work.catch_up_rows()
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
    state = State.CANDIDATE if found.to_confirm else State.MET
    id_ = found.crossing_id(location.id)
    row = made(
        CrossingRow,
        id=id_,
        partnership=location.partnership,
        location_id=location.id,
        rule=found.place.rule,
        series=found.place.series,
        circle=text_of(found.place.circle),
        name=found.name,
        state=state.value,
        revision=await _revision_of(work, id_) + 1,
        evidence=[str(reference) for reference in found.evidence],
        threshold=found.threshold,
        clause=found.clause,
        **columns_of(found.handling),
        implicated_role=found.implicated_role.value if found.implicated_role else None,
        attributed_to=found.attributed_to,
        window_ends_on=found.ends_on,
        began_at=work.now,
        traceparent=current_traceparent(),
    )
    _write(work, row)
    work.ahead[_HELD, location.id, found.place] = row
    return row


def _write(work: Work, row: CrossingRow) -> None:
    """Write a crossing as it is now, with all others that this work changes.

    They are written in the order in which they first changed: what ends makes place for what
    begins.
    """
    work.later(CrossingRow, values_of(row), replace_by=("id",))
    work.ahead[_REVISION, row.id] = row.revision


async def _revision_of(work: Work, crossing_id: UUID) -> int:
    """The revision in which a crossing has ended; 0 where there was none under this id."""
    if (_REVISION, crossing_id) not in work.ahead:
        rows = await _REVISIONS.rows(work.session, id=crossing_id)
        work.ahead[_REVISION, crossing_id] = rows[0]["revision"] if rows else 0
    found: int = work.ahead[_REVISION, crossing_id]
    return found


_REVISIONS = Prepared(
    lambda: select(CrossingRow.revision).where(col(CrossingRow.id) == bindparam("id", type_=Uuid()))
)


def end(work: Work, row: CrossingRow, on: date) -> None:
    """A crossing is over."""
    row.state, row.ended_on, row.ended_at = State.ENDED.value, on, work.now
    row.window_ends_on = None
    row.revision += 1
    _write(work, row)
    work.ahead[_HELD, row.location_id, place_of(row)] = None


def decide(row: CrossingRow, state: State) -> None:
    """A person decided on a candidate."""
    row.state = state.value
    row.revision += 1


def move(work: Work, row: CrossingRow, ends_on: date | None) -> None:
    """The window goes on until another day."""
    row.window_ends_on = ends_on
    _write(work, row)


async def crossing(
    work: Work, partnerships: Collection[str], crossing_id: UUID
) -> CrossingRow | None:
    """A crossing by id, as it is now."""
    await work.catch_up_rows()
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
