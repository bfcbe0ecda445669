"""Lists in pages that stay right while rows arrive: a cursor says after which row to go on.

A page begins after the last row of the one before it, never at a number of rows, so what arrives or
goes meanwhile neither repeats nor hides what was there. A cursor holds that row's sort values and
id, which its reader has just seen: it tells nothing new, nothing can be counted by it, and whoever
uses it is shown by it only what their own rights allow. The next page's address stands in `Link`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, Generic, TypeVar
from uuid import UUID

from fastapi import Depends, Query, Request, Response

from shared.platform.problems import Problem

Cursor = Annotated[
    str | None,
    Query(max_length=600, description="Where to go on: as the `Link` header of a page says."),
]
"""The query parameter, for a route."""

T = TypeVar("T")
_READ: Mapping[type, Callable[[str], Any]] = {
    UUID: UUID,
    str: str,
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
    bool: {"True": True, "False": False}.__getitem__,
}


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """A page of a list, and the cursor of the next where there is more."""

    items: list[T]
    next: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Which page of a list somebody asks for, and how long."""

    cursor: str | None
    limit: int


async def _turn(cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=200)] = 50) -> Turn:
    return Turn(cursor, limit)


async def _turn_of_sheet(
    cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=5000)] = 5000
) -> Turn:
    return Turn(cursor, limit)


async def _turn_of_register(
    cursor: Cursor = None, limit: Annotated[int, Query(ge=1, le=500)] = 100
) -> Turn:
    return Turn(cursor, limit)


Turning = Annotated[Turn, Depends(_turn)]
"""The query parameters of a list, for a route."""
TurningRegister = Annotated[Turn, Depends(_turn_of_register)]
"""Those of a long list of short lines."""
TurningSheet = Annotated[Turn, Depends(_turn_of_sheet)]
"""Those of a list as a spreadsheet."""


async def turned(
    turn: Turn,
    kinds: Sequence[type],
    wanted: Mapping[str, object],
    rows: Callable[[tuple[Any, ...] | None, int], Awaitable[Sequence[T]]],
    key: Callable[[T], Sequence[object]],
) -> Page[T]:
    """The page that somebody asks for; `rows` gives one more than the limit where there is more."""
    found = await rows(after(turn.cursor, kinds, wanted), turn.limit)
    return page_of(found, turn.limit, key, wanted)


def among(
    rows: Sequence[T],
    turn: Turn,
    kinds: Sequence[type],
    wanted: Mapping[str, object],
    key: Callable[[T], tuple[Any, ...]],
    *,
    descending: bool = False,
) -> Page[T]:
    """A page of a short list that is at hand whole."""
    place = after(turn.cursor, kinds, wanted)
    left = sorted(rows, key=key, reverse=descending)
    if place is not None:
        left = [row for row in left if (key(row) < place if descending else key(row) > place)]
    return page_of(left, turn.limit, key, wanted)


def cursor_of(values: Sequence[object], wanted: Mapping[str, object]) -> str:
    """The cursor after a row: its sort values and id, for this filter and order only."""
    texts = [v.isoformat() if isinstance(v, (date, datetime)) else str(v) for v in values]
    data = json.dumps([_digest(wanted), *texts], separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def after(
    cursor: str | None, kinds: Sequence[type], wanted: Mapping[str, object]
) -> tuple[Any, ...] | None:
    """The sort values after which to go on; None for the first page.

    Raises Problem 422 for a cursor that is not one of this list, in this order and with this
    filter.
    """
    if cursor is None:
        return None
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        digest, *texts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
        if digest != _digest(wanted) or len(texts) != len(kinds):
            raise ValueError
        found = tuple(_READ[kind](text) for kind, text in zip(kinds, texts, strict=True))
        if any("\x00" in text for text in texts) or not all(map(_can_be_asked, found)):
            raise ValueError
    except (binascii.Error, KeyError, ValueError, TypeError, RecursionError, OverflowError):
        raise Problem(
            422,
            "invalid-request",
            "Fields are missing or do not fit.",
            extra={
                "fields": [
                    {
                        "field": "query.cursor",
                        "reason": "This is no cursor of this list with this filter and order.",
                    }
                ]
            },
        ) from None
    return found


def page_of(
    rows: Sequence[T], limit: int, key: Callable[[T], Sequence[object]], wanted: Mapping[str, Any]
) -> Page[T]:
    """A page from the rows of a query that asked for one more than the page has room for."""
    items = list(rows[:limit])
    more = len(rows) > limit
    return Page(items, cursor_of(key(items[-1]), wanted) if more else None)


def link_next(request: Request, response: Response, cursor: str | None) -> None:
    """Say in `Link` where the next page is; without one this page is the last."""
    if cursor is not None:
        address = request.url.include_query_params(cursor=cursor)
        response.headers["Link"] = f'<{address.path}?{address.query}>; rel="next"'


def _can_be_asked(value: object) -> bool:
    """False for what the database has no form for. Raises ValueError or OverflowError for some."""
    if isinstance(value, str):
        value.encode()  # half of a pair of surrogates is no character
    if isinstance(value, datetime):
        value.astimezone(UTC)  # before the first year, or after the last
    return not isinstance(value, datetime) or value.tzinfo is not None


def _digest(wanted: Mapping[str, object]) -> str:
    told = repr(sorted((name, str(value)) for name, value in wanted.items()))
    return hashlib.sha256(told.encode()).hexdigest()[:12]
