"""Seal the ledger: chain committed rows in batches, and check that the chain holds."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from services.notifications.domain import seals as rules
from services.notifications.domain.seals import FIRST, Row, Seal
from services.notifications.store import ledger as store
from services.notifications.store import locks
from services.notifications.tables import SealRow
from shared.contracts.envelope import rfc3339
from shared.platform.work import Work

BATCH = 1_000


@dataclass(frozen=True, slots=True)
class Checked:
    """How far the chain was checked, and the first seal that does not hold."""

    checked_to: int
    rows: int
    broken_at: int | None


async def seal(work: Work) -> int:
    """Seal the next rows; gives how many. Nothing where another process is sealing."""
    if not await locks.seal_ledger(work):
        return 0
    last = await store.last_seal(work)
    rows = await store.unsealed(work, last.last_seq if last else 0, BATCH)
    if not rows:
        return 0
    previous = last.digest if last else FIRST
    store.add_seal(
        work,
        SealRow(
            number=last.number + 1 if last else 1,
            first_seq=rows[0]["seq"],
            last_seq=rows[-1]["seq"],
            row_count=len(rows),
            previous=previous,
            digest=rules.digest_of(previous, map(_as_text, rows)),
            sealed_at=work.now,
        ),
    )
    return len(rows)


async def check(work: Work, after: int, limit: int) -> Checked:
    """Compute seals again from their rows, beginning after a number."""
    before = await store.seal_numbered(work, after) if after else None
    previous = before.digest if before else FIRST
    behind = before.last_seq if before else 0
    number, count = after, 0
    for row in await store.seals(work, after, limit):
        sealed = await store.rows_between(work, behind, row.last_seq)
        found = Seal(row.number, row.digest, row.previous)
        follows = row.number == number + 1 and len(sealed) == row.row_count
        if not follows or not rules.holds(found, previous, map(_as_text, sealed)):
            return Checked(number, count, row.number)
        previous, behind = row.digest, row.last_seq
        number, count = row.number, count + len(sealed)
    return Checked(number, count, None)


def _as_text(row: Any) -> Row:
    seq, id_, at, partnership, kind, audience, audiences, event_id, *others = row
    return (
        str(seq),
        str(id_),
        _instant(at),
        partnership,
        kind,
        audience,
        str(audiences),
        str(event_id),
        *others,
    )


_instant = lru_cache(maxsize=16)(rfc3339)
"""The rows of a transaction have one instant."""
