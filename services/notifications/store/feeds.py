"""What the agencies' feeds have got, and what of it has not left yet."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func
from sqlmodel import col, select

from services.notifications.tables import DISCLOSED_ON, DisclosedRow, FactRow
from shared.contracts.catalogue import outbound_topic
from shared.platform import bulk
from shared.platform.work import Work

MOST_IN_HAND = 5_000
"""Records of a review that are held in memory; what is more is written at once."""


async def enter(work: Work, rows: Sequence[dict[str, Any]]) -> set[tuple[str, UUID]]:
    """Enter what goes on feeds; gives the (agency, fact) pairs that had not got it before."""
    key = ("agency_id", "event_id")
    found = await bulk.insert(work.session, DisclosedRow, rows, skip_existing=True, returning=key)
    return {(row["agency_id"], row["event_id"]) for row in found}


async def take_back(
    work: Work, partnership: str, agency_id: str, location_id: UUID | None
) -> dict[UUID, str]:
    """Remove from a feed what has not left yet (of one location, or all); fact -> digest.

    What the relay has just handed to the broker may leave all the same; the ledger therefore keeps
    its disclosure and gets a withdrawal beside it.
    """
    await work.write_all()  # records of this very transaction are taken back alike
    table = work.tables.outbox
    statement = (
        delete(table)
        .where(table.c.topic == outbound_topic(agency_id), table.c.sent_at.is_(None))
        .where(table.c.event_id == col(DisclosedRow.ce_id), table.c.day == DISCLOSED_ON)
        .where(col(DisclosedRow.agency_id) == agency_id)
        .where(col(DisclosedRow.partnership) == partnership)
        .where(col(FactRow.event_id) == col(DisclosedRow.event_id))
    )
    if location_id is not None:
        statement = statement.where(col(FactRow.location_id) == location_id)
    rows = await work.session.execute(
        statement.returning(col(DisclosedRow.event_id), col(DisclosedRow.digest))
    )
    taken = {row.event_id: row.digest for row in rows}
    if taken:
        await work.session.execute(
            delete(DisclosedRow)
            .where(col(DisclosedRow.agency_id) == agency_id)
            .where(bulk.one_of(col(DisclosedRow.event_id), list(taken)))
        )
    return taken


async def bound(work: Work) -> None:
    """Write what is in hand where it is much: an agency may gain years of facts at once.

    From here to the commit others wait who write into the ledger, as they do for one that commits.
    """
    if len(work.outgoing) >= MOST_IN_HAND:
        await work.write_all()


async def page(
    work: Work, partnerships: frozenset[str], agency_id: str, after: UUID | None, limit: int
) -> Sequence[DisclosedRow]:
    """What a feed has got, in order, after one of its own records; else from its beginning.

    `seq` counts the records of all feeds, so that no reader may be given it.
    """
    last = select(col(DisclosedRow.seq)).where(
        DisclosedRow.agency_id == agency_id, DisclosedRow.ce_id == after, await _on_any_day(work)
    )
    rows = await work.session.scalars(
        select(DisclosedRow)
        .where(col(DisclosedRow.partnership).in_(partnerships))
        .where(DisclosedRow.agency_id == agency_id)
        .where(col(DisclosedRow.seq) > func.coalesce(last.scalar_subquery(), 0))
        .order_by(col(DisclosedRow.seq))
        .limit(limit)
    )
    return rows.all()


async def _on_any_day(work: Work) -> ColumnElement[bool]:
    """Each day from the first disclosure's to the last's: the index of ids begins with the day."""
    ends = select(func.min(DISCLOSED_ON), func.max(DISCLOSED_ON)).select_from(DisclosedRow)
    first, last = (await work.session.execute(ends)).one()
    count = (last - first).days + 1 if first else 0
    return bulk.one_of(DISCLOSED_ON, [first + timedelta(days=n) for n in range(count)])
