"""Why somebody reads what is held for named readers: asked for, and kept with the read."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Header, Query

_Text = Annotated[
    str | None,
    Header(alias="Read-Reason", max_length=400, description="Why you read it; it is kept."),
]
_Asked = Annotated[
    str | None,
    Query(max_length=400, description="The same, where a client cannot set headers."),
]


async def _reason(read_reason: _Text = None, why: _Asked = None) -> str | None:
    return (read_reason or why or "").strip() or None


ReadReason = Annotated[str | None, Depends(_reason)]
"""The reason that somebody gives for a read, for a route; None without one."""
