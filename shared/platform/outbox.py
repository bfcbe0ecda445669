"""The outbox: events are rows in the transaction of the change that they tell of."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from shared.contracts.catalogue import topic_of
from shared.contracts.envelope import MAX_BYTES, Envelope, body_of, headers_of
from shared.platform import bulk

_KEY_BUCKETS = 256
_FRAME = 16 * 1024
"""Bytes left for key, headers and the batch around a record, within the broker's 1 MiB."""


class TooLarge(Exception):  # noqa: N818 - reads as what the event is
    """An event over the size limit: found before it is written, so nothing changes."""


def to_write(table: Table, rows: Sequence[dict[str, Any]]) -> bulk.Rows:
    """Outbox rows, the last that a transaction writes; those of one key in the order of commits.

    Raises TooLarge.
    """
    for row in rows:
        if row["value"] is not None and len(row["value"]) > MAX_BYTES - _FRAME:
            raise TooLarge(row["event_type"])
    buckets = sorted({zlib.crc32(row["key"].encode()) % _KEY_BUCKETS for row in rows})
    space = zlib.crc32((table.schema or "").encode()) % 2**31
    return bulk.Rows(table, rows, locks=[(space, bucket) for bucket in buckets])


def row_of(
    *,
    event_id: UUID,
    event_type: str,
    topic: str,
    key: str,
    headers: Sequence[Sequence[str]],
    value: bytes | None,
    at: datetime,
) -> dict[str, Any]:
    """An outbox row."""
    return {
        "day": day_of(at),
        "event_id": event_id,
        "event_type": event_type,
        "topic": topic,
        "key": key,
        "headers": headers,
        "value": value,
        "recorded_at": at,
    }


def day_of(at: datetime) -> date:
    """The partition of an instant: its day in UTC."""
    return at.astimezone(UTC).date()


def row_of_event(envelope: Envelope) -> dict[str, Any]:
    """The outbox row of an event of ours."""
    return row_of(
        event_id=envelope.id,
        event_type=envelope.event.spec.type,
        topic=topic_of(type(envelope.event)),
        key=envelope.event.key,
        headers=[[name, raw.decode()] for name, raw in headers_of(envelope)],
        value=body_of(envelope.event),
        at=envelope.time,
    )


async def publish_again(
    session: AsyncSession, table: Table, since: datetime, until: datetime, topic: str | None
) -> int:
    """Let what left in a span leave once more, under its own ids; gives how many events.

    For a broker that lost them. Whoever has them already drops them by their ids. The span is by
    the database's clock, when they were sent: that of the service may have been wrong then.
    """
    chosen = [
        table.c.sent_at >= since,
        table.c.sent_at < until,
        *([table.c.topic == topic] if topic else []),
    ]
    count = await session.scalar(select(func.count()).select_from(table).where(*chosen))
    await session.execute(update(table).where(*chosen).values(sent_at=None))
    return int(count or 0)
