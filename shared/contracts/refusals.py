"""What every service says when it refuses a request, so that refusals can be counted (WX0)."""

from __future__ import annotations

from shared.contracts.event import Event, Id


class RequestRefused(Event):
    """Rule and clause of a refusal; nothing of what was asked."""

    request_id: Id
    rule: str
    clause: str
    agency_id: str | None = None
    """The asker's agency, where the asker acts for one."""
