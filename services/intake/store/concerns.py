"""Concerns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import bindparam, func
from sqlmodel import col, select

from services.intake.domain.concerns import ConcernState
from services.intake.store.handlings import HELD, knowable
from services.intake.tables import ConcernRow, ConcernToIndexRow
from shared.platform.database import driver_of
from shared.platform.prepared import Prepared, among, listed
from shared.platform.rows import made, values_of
from shared.platform.work import Work

UNREAD = "unread-"
"""How the reference begins of a concern that was made of what could not be taken as it was sent."""


class ClientReference(NamedTuple):
    """The reference that a submitter gave its concern."""

    partnership: str
    source: str
    """`agency:<id>`, `provider:<reference>` or `staff:<sign-in>`."""
    reference: str


async def hold(work: Work, wanted: ClientReference) -> None:
    """Whoever sends the same reference at the same moment waits until this work is done.

    At the Kafka door there is nobody else: a topic has one partition, and that one reader.
    """
    name = f"{work.tables.schema}.concern:{wanted.source}:{wanted.reference}"
    driver = await driver_of(work.session)
    await driver.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", name)


async def read_ahead(work: Work, wanted: Collection[ClientReference]) -> None:
    """Read concerns by the references that their submitters gave them, for `told_before`."""
    unread = {one for one in wanted if (ConcernRow, *one) not in work.ahead}
    if not unread:
        return
    rows = await _TOLD_BEFORE.rows(
        work.session,
        partnerships=[one.partnership for one in unread],
        sources=[one.source for one in unread],
        references=[one.reference for one in unread],
    )
    work.ahead |= {(ConcernRow, *one): None for one in unread}
    for each in rows:
        row = made(ConcernRow, **each)
        work.ahead[ConcernRow, row.partnership, row.source, row.client_reference] = row


_TOLD_BEFORE = Prepared(
    lambda: listed(
        select(ConcernRow),
        partnerships=col(ConcernRow.partnership),
        sources=col(ConcernRow.source),
        references=col(ConcernRow.client_reference),
    )
)


async def told_before(work: Work, wanted: ClientReference) -> ConcernRow | None:
    """A concern by the reference that its submitter gave it; to read, not to change."""
    await read_ahead(work, [wanted])
    found: ConcernRow | None = work.ahead[ConcernRow, *wanted]
    return found


def keep(work: Work, row: ConcernRow) -> None:
    """Keep a new concern."""
    work.later(ConcernRow, values_of(row))
    waiting = {"concern_id": row.id, "partnership": row.partnership}
    work.later(ConcernToIndexRow, waiting)
    work.ahead[ConcernRow, row.partnership, row.source, row.client_reference] = row


async def emergencies_of(work: Work, partnership: str, source: str, since: datetime) -> int:
    """How many emergencies were taken from a source since then, though not as they were sent."""
    found = await work.session.scalar(
        select(func.count())
        .select_from(ConcernRow)
        .where(ConcernRow.partnership == partnership, ConcernRow.source == source)
        .where(col(ConcernRow.client_reference).startswith(UNREAD))
        .where(col(ConcernRow.received_at) > since)
    )
    return found or 0


async def concern_by_reference(
    work: Work, partnerships: Collection[str], reference: str
) -> ConcernRow | None:
    """A concern by the reference that we gave it; the caller decides who may know it."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.reference == reference)
        .where(col(ConcernRow.partnership).in_(partnerships))
        .with_for_update()
    )
    return rows.one_or_none()


async def concern_to_read(
    work: Work, partnerships: Collection[str], concern_id: UUID, held: Collection[str]
) -> ConcernRow | None:
    """A concern that somebody with these holdings may know; to read, not to change."""
    rows = await _KNOWABLE.rows(
        work.session, partnerships=list(partnerships), id=concern_id, held=list(held)
    )
    return made(ConcernRow, **rows[0]) if rows else None


_KNOWABLE = Prepared(
    lambda: (
        select(ConcernRow)
        .where(col(ConcernRow.id) == bindparam("id"))
        .where(among(col(ConcernRow.partnership), "partnerships"), knowable(HELD))
    )
)


async def concern(
    work: Work,
    partnerships: Collection[str],
    concern_id: UUID,
    held: Collection[str] | None,
) -> ConcernRow | None:
    """A concern that somebody with these holdings may know, locked for a change.

    None stands for a rule of ours, which knows all.
    """
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(ConcernRow.id == concern_id)
        .where(col(ConcernRow.partnership).in_(partnerships))
        .where(*([] if held is None else [knowable(held)]))
        .with_for_update()
    )
    return rows.one_or_none()


async def concerns(
    work: Work,
    partnerships: Collection[str],
    states: Collection[ConcernState],
    held: Collection[str],
    limit: int,
) -> Sequence[ConcernRow]:
    """Concerns of these states that somebody with these holdings may know, the oldest first."""
    rows = await work.session.scalars(
        select(ConcernRow)
        .where(col(ConcernRow.state).in_([state.value for state in states]))
        .where(col(ConcernRow.partnership).in_(partnerships), knowable(held))
        .order_by(col(ConcernRow.received_at), col(ConcernRow.id))
        .limit(limit)
    )
    return rows.all()
