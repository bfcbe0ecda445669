"""What a broker refuses for good: found, discarded or repaired by a person, never by itself.

The first unsent event of a topic holds all later ones of that topic, so that order is kept. What
a person takes out of the outbox, or replaces, is kept among the dead letters, group `outbox`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.dialects.postgresql import insert

from shared.contracts.envelope import MAX_BYTES, read
from shared.contracts.event import declared_events
from shared.platform.work import Work

GROUP = "outbox"
_PARTNERS = "partner."


async def waiting(work: Work, who: str) -> Sequence[Any]:
    """Of each topic the next event to leave, and how many wait in all; no content; audited."""
    work.audit(who, "outbox.listed", work.tables.schema, partnership="-")
    table = work.tables.outbox
    unsent = table.c.sent_at.is_(None)
    first = select(func.min(table.c.seq)).where(unsent).group_by(table.c.topic)
    counts = (
        select(table.c.topic, func.count().label("waiting"))
        .where(unsent)
        .group_by(table.c.topic)
        .subquery()
    )
    rows = await work.session.execute(
        select(
            table.c.seq,
            table.c.topic,
            table.c.event_id,
            table.c.event_type,
            table.c.recorded_at,
            func.octet_length(table.c.value).label("bytes"),
            counts.c.waiting,
        )
        .join(counts, counts.c.topic == table.c.topic)
        .where(unsent, table.c.seq.in_(first))
        .order_by(table.c.seq)
    )
    return rows.all()


async def discard(work: Work, seq: int, who: str, why: str) -> None:
    """Take an unsent event out: nobody will ever hear it. Raises LookupError."""
    row = await _unsent(work, seq)
    await _keep(work, row, "discarded", why)
    table = work.tables.outbox
    await work.session.execute(delete(table).where(table.c.day == row.day, table.c.seq == seq))
    work.audit(who, "outbox.discarded", row.event_id, partnership="-", why=why)


async def repair(work: Work, seq: int, body: bytes, who: str, why: str) -> None:
    """Give an unsent event another body, under the same id.

    Raises LookupError; ValueError or Unreadable where the body is none of such an event.
    """
    row = await _unsent(work, seq)
    if len(body) > MAX_BYTES:
        raise ValueError("the body is over the limit of a message")
    if row.topic.startswith(_PARTNERS):
        json.loads(body)
    else:
        read([(name, text.encode()) for name, text in row.headers], body, declared_events())
    await _keep(work, row, "repaired", why)
    table = work.tables.outbox
    await work.session.execute(
        update(table).where(table.c.day == row.day, table.c.seq == seq).values(value=body)
    )
    work.audit(who, "outbox.repaired", row.event_id, partnership="-", why=why)


async def _unsent(work: Work, seq: int) -> Any:
    table = work.tables.outbox
    found = await work.session.execute(
        select(table).where(table.c.seq == seq, table.c.sent_at.is_(None)).with_for_update()
    )
    row = found.one_or_none()
    if row is None:
        raise LookupError("no unsent event has this number")
    return row


async def _keep(work: Work, row: Any, state: str, why: str) -> None:
    await work.session.execute(
        insert(work.tables.dead_letter)
        .values(
            id=work.new_id(),
            consumer_group=GROUP,
            topic=row.topic,
            partition=-1,
            log_offset=row.seq,
            key=row.key,
            event_id=row.event_id,
            event_type=row.event_type,
            state=state,
            reason=why[:400],
            digest=hashlib.sha256(row.value or b"").hexdigest(),
            headers=[[name, text.encode().hex()] for name, text in row.headers],
            value=row.value,
            recorded_at=work.now,
            settled_at=work.now,
        )
        .on_conflict_do_nothing()
    )
