"""Triggers, considerations and what was decided on them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.meetings.domain.decisions import ConsiderationState
from services.meetings.domain.triggers import TriggerFact, TriggerState
from services.meetings.tables import ConsiderationRow, DecisionRow, TriggerRow
from shared.contracts.words import Handling, ImplicatedRole, Trigger
from shared.platform.bulk import one_of
from shared.platform.work import Work


async def trigger(work: Work, partnership: str, crossing_id: UUID) -> TriggerRow | None:
    """A trigger by its crossing, locked for a change."""
    rows = await work.session.scalars(
        select(TriggerRow)
        .where(TriggerRow.crossing_id == crossing_id, TriggerRow.partnership == partnership)
        .with_for_update()
    )
    return rows.one_or_none()


async def triggers_of(work: Work, partnership: str, consideration_id: UUID) -> Sequence[TriggerRow]:
    """The triggers that put a location up for consideration, or joined later."""
    rows = await work.session.scalars(
        select(TriggerRow)
        .where(TriggerRow.consideration_id == consideration_id)
        .where(TriggerRow.partnership == partnership)
        .order_by(col(TriggerRow.told_at), col(TriggerRow.crossing_id))
    )
    return rows.all()


async def triggers_by_consideration(
    work: Work, considerations: Sequence[ConsiderationRow]
) -> dict[UUID, list[TriggerRow]]:
    """The triggers of considerations, each's in the order in which they were told."""
    rows = await work.session.scalars(
        select(TriggerRow)
        .where(one_of(col(TriggerRow.consideration_id), [row.id for row in considerations]))
        .where(one_of(col(TriggerRow.partnership), {row.partnership for row in considerations}))
        .order_by(col(TriggerRow.told_at), col(TriggerRow.crossing_id))
    )
    found: dict[UUID, list[TriggerRow]] = {row.id: [] for row in considerations}
    for row in rows:
        if row.consideration_id is not None:
            found[row.consideration_id].append(row)
    return found


async def candidates_at(work: Work, partnership: str, location_id: UUID) -> Sequence[TriggerRow]:
    """Triggers that look met at a location and that a person has yet to confirm."""
    rows = await work.session.scalars(
        select(TriggerRow)
        .where(TriggerRow.location_id == location_id, TriggerRow.partnership == partnership)
        .where(TriggerRow.state == TriggerState.RAISED)
        .order_by(col(TriggerRow.told_at), col(TriggerRow.crossing_id))
    )
    return rows.all()


def fact_of(row: TriggerRow) -> TriggerFact:
    """What the rules have to know of a trigger."""
    return TriggerFact(
        Trigger(row.trigger),
        Handling.of(row.label, row.holders),
        ImplicatedRole(row.implicated_role) if row.implicated_role else None,
    )


async def open_at(work: Work, partnership: str, location_id: UUID) -> ConsiderationRow | None:
    """The open consideration of a location, locked for a change."""
    rows = await work.session.scalars(
        select(ConsiderationRow)
        .where(ConsiderationRow.location_id == location_id)
        .where(ConsiderationRow.partnership == partnership)
        .where(ConsiderationRow.state == ConsiderationState.OPEN)
        .with_for_update()
    )
    return rows.one_or_none()


async def consideration(
    work: Work, partnerships: Collection[str], consideration_id: UUID, *, lock: bool = False
) -> ConsiderationRow | None:
    """A consideration by id."""
    query = select(ConsiderationRow).where(
        ConsiderationRow.id == consideration_id,
        col(ConsiderationRow.partnership).in_(partnerships),
    )
    rows = await work.session.scalars(query.with_for_update() if lock else query)
    return rows.one_or_none()


async def considerations(
    work: Work, partnerships: Collection[str], state: ConsiderationState, limit: int
) -> Sequence[ConsiderationRow]:
    """Considerations of a state, the oldest first."""
    rows = await work.session.scalars(
        select(ConsiderationRow)
        .where(ConsiderationRow.state == state)
        .where(col(ConsiderationRow.partnership).in_(partnerships))
        .order_by(col(ConsiderationRow.opened_at), col(ConsiderationRow.id))
        .limit(limit)
    )
    return rows.all()


async def decision_on(work: Work, partnership: str, consideration_id: UUID) -> DecisionRow | None:
    """What was decided on a consideration."""
    rows = await work.session.scalars(
        select(DecisionRow)
        .where(DecisionRow.consideration_id == consideration_id)
        .where(DecisionRow.partnership == partnership)
    )
    return rows.one_or_none()
