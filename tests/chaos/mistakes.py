"""A service that is wrong: meetings says that somebody of another home was told of this one.

No door lets a person say that; so it is put into the outbox of meetings, as a fault in its code
would. Notifications has to withhold the mail, and to tell who said it.
"""

from __future__ import annotations

import asyncio
import json
import time
from datetime import UTC, datetime
from random import Random
from uuid import UUID
from zlib import crc32

import asyncpg

from shared.contracts.catalogue import MEETINGS
from shared.contracts.envelope import Envelope
from shared.contracts.meetings import ProviderContacted
from shared.contracts.words import Handling
from shared.platform.outbox import row_of_event

_PATIENCE = 240.0
_PAUSE = 0.5
_SECONDS = 30.0
_SPACE = crc32(MEETINGS.encode()) % 2**31
"""Of the locks under which events of one key get their numbers."""
_PEOPLE_OF_OTHERS = """
SELECT place.partnership, place.id AS location, contact.person_ref AS person
FROM notifications.location AS place JOIN notifications.contact AS contact
    ON contact.partnership = place.partnership AND contact.location_id <> place.id
ORDER BY place.reference, contact.person_ref LIMIT 40
"""
_SAID = "SELECT count(*) FROM meetings.outbox WHERE event_id = $1"
_LOCK = "SELECT pg_advisory_xact_lock($1, $2)"
_SAY = """
INSERT INTO meetings.outbox
    (day, event_id, event_type, topic, key, headers, value, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""


class NotSaid(Exception):  # noqa: N818 - what became of it
    """The database could not be reached."""


def misaddress(dsn: str, random: Random) -> str:
    """Say one such event, once, however often it has to be tried. Raises NotSaid."""
    id_ = UUID(int=random.getrandbits(128), version=4)
    place = random.random()
    deadline = time.monotonic() + _PATIENCE
    while True:
        try:
            asyncio.run(_say(dsn, id_, place))
        except (LookupError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError) as error:
            if time.monotonic() > deadline:
                raise NotSaid(type(error).__name__) from None
            time.sleep(_PAUSE)
        else:
            return str(id_)


async def _say(dsn: str, id_: UUID, place: float) -> None:
    connection = await asyncpg.connect(dsn, timeout=_SECONDS, command_timeout=_SECONDS)
    try:
        async with connection.transaction():
            people = await connection.fetch(_PEOPLE_OF_OTHERS)
            if not people:
                raise LookupError("notifications has not heard of anybody yet")
            row = row_of_event(_envelope(id_, people[int(place * len(people))]))
            # What meetings itself says under this key meanwhile comes before or after it.
            await connection.execute(_LOCK, _SPACE, crc32(row["key"].encode()) % 256)
            if not await connection.fetchval(_SAID, id_):
                row["headers"] = json.dumps(row["headers"])
                await connection.execute(_SAY, *row.values())
    finally:
        await connection.close(timeout=_SECONDS)


def _envelope(id_: UUID, wrong: asyncpg.Record) -> Envelope:
    now = datetime.now(UTC)
    event = ProviderContacted(
        partnership=wrong["partnership"],
        handling=Handling(None, (f"person:{wrong['person']}",)),
        location_id=wrong["location"],
        qip_id=id_,
        contact_id=id_,
        contacted_on=now.date(),
        terms_version="2026-11",
        pre_meeting="offered_open",
        recipient_refs=(wrong["person"],),
        clause="combined@2026-11 L5.1",
    )
    return Envelope(id_, now, event)
