"""When a message that is sent again is known for the same, even to who has forgotten it."""

from __future__ import annotations

from datetime import datetime, timedelta

LONGEST = timedelta(days=30)
"""How long after its own time a message is known so. Shorter than we keep what became of a message
(`inbound_months` of the packs), which answers one that is sent again later."""
_CLOCKS_APART = timedelta(days=1)
"""How far the clock of a partner may be fast."""


def time_for_ids(said: datetime | None, written_at: datetime) -> datetime | None:
    """The time from which the ids of a message's effects follow, or none: then from its place.

    Its own time stays the same when it is sent again; that of the broker's log, `written_at`, does
    not, and only says whether the other can be.
    """
    if said is None or not -_CLOCKS_APART <= written_at - said <= LONGEST:
        return None
    return said
