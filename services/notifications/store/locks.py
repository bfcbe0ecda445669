"""Facts and rights arrive on different topics: whoever changes rights waits for facts in hand.

So that a fact is never told under rights that are just ending, nor missed by rights just begun.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import text

from shared.platform.database import driver_of
from shared.platform.work import Work

_SPACE = 0x6E6F7469
"""Keeps these locks apart from those of the outbox."""


async def read_rights(work: Work, names: Iterable[object]) -> None:
    """Until the end of the transaction no right of these partnerships and locations changes."""
    driver = await driver_of(work.session)
    await driver.execute(
        "SELECT pg_advisory_xact_lock_shared(CAST($1 AS int), hashtext(name)) FROM "
        "(SELECT unnest(CAST($2 AS text[])) AS name ORDER BY 1) AS ordered",
        _SPACE,
        sorted({str(name) for name in names}),
    )


async def change_agency(work: Work, partnership: str) -> None:
    """Wait for all facts of the partnership that are in hand, and hold up those to come."""
    await _lock(work, partnership)


async def change_case(work: Work, location_id: UUID) -> None:
    """Wait for all facts about the location that are in hand, and hold up those to come."""
    await _lock(work, str(location_id))


async def seal_ledger(work: Work) -> bool:
    """True where nobody else seals at the moment."""
    found = await work.session.scalar(
        text("SELECT pg_try_advisory_xact_lock(:space, hashtext('seal'))"), {"space": _SPACE}
    )
    return bool(found)


async def _lock(work: Work, name: str) -> None:
    await work.session.execute(
        text("SELECT pg_advisory_xact_lock(:space, hashtext(:name))"),
        {"space": _SPACE, "name": name},
    )
