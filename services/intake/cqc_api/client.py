"""A client of CQC's public API (v1): pages, the changes feed, and patience.

Every request carries the subscription key and a User-Agent, which CQC demands. Ids are upper case.
An id that the feed or a list names may answer 404: it has gone, and is told as None.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Literal

import httpx

from services.intake.settings import IntakeSettings

Kind = Literal["location", "provider"]
KEY_HEADER = "Ocp-Apim-Subscription-Key"
PER_PAGE = 500
TRIES = 6
FIRST_PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 120.0

Json = Mapping[str, Any]
Sleep = Callable[[float], Awaitable[None]]


class CqcUnavailable(Exception):  # noqa: N818 - reads as what happened
    """CQC's API does not answer, or not in the form that it should. No value is repeated."""


class CqcApi:
    """Asks CQC's API, one question at a time."""

    def __init__(
        self,
        url: str,
        key: str,
        user_agent: str,
        *,
        tries: int = TRIES,
        first_pause: float = FIRST_PAUSE_SECONDS,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """`tries` and `first_pause` (seconds, doubled each time) say how patient it is."""
        self._client = httpx.AsyncClient(
            base_url=url.rstrip("/"),
            headers={KEY_HEADER: key, "User-Agent": user_agent, "Accept": "application/json"},
            timeout=30.0,
            follow_redirects=False,
        )
        self._tries, self._first_pause, self._sleep = tries, first_pause, sleep

    @classmethod
    def of(cls, settings: IntakeSettings) -> CqcApi:
        """The API as the settings name it. Raises CqcUnavailable where they hold no key."""
        if settings.cqc_api_key is None:
            raise CqcUnavailable("PQ_CQC_API_KEY is not set")
        key = settings.cqc_api_key.get_secret_value()
        return cls(settings.cqc_api_url, key, settings.cqc_api_user_agent)

    async def __aenter__(self) -> CqcApi:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def location(self, location_id: str) -> Json | None:
        """A location as CQC tells it; None where it has gone."""
        return await self._get(f"/locations/{location_id.upper()}")

    async def provider(self, provider_id: str) -> Json | None:
        """A provider as CQC tells it; None where it has gone."""
        return await self._get(f"/providers/{provider_id.upper()}")

    async def location_ids(self) -> AsyncIterator[str]:
        """The ids of all locations."""
        async for page in self._pages("/locations", {}):
            for entry in _list(page, "locations"):
                yield _id(entry.get("locationId") if isinstance(entry, Mapping) else None)

    async def changes(self, kind: Kind, since: datetime, until: datetime) -> AsyncIterator[str]:
        """The ids of what changed in a span (UTC), each once; some of them answer 404."""
        span = {"startTimestamp": _instant(since), "endTimestamp": _instant(until)}
        told: set[str] = set()
        async for page in self._pages(f"/changes/{kind}", span):
            for entry in _list(page, "changes"):
                if (id_ := _id(entry)) not in told:
                    told.add(id_)
                    yield id_

    async def _pages(self, path: str, query: Mapping[str, str]) -> AsyncIterator[Json]:
        number, of = 1, 1
        while number <= of:
            asked = {**query, "page": str(number), "perPage": str(PER_PAGE)}
            page = await self._get(path, asked)
            if page is None:
                raise CqcUnavailable(f"{path} is not there")
            of = page.get("totalPages", 0)
            if not isinstance(of, int):
                raise CqcUnavailable(f"{path}: totalPages is not a number")
            yield page
            number += 1

    async def _get(self, path: str, query: Mapping[str, str] | None = None) -> Json | None:
        pause = self._first_pause
        for _ in range(self._tries):
            wait = pause
            try:
                answer = await self._client.get(path, params=query)
            except httpx.TransportError:
                why = "no answer"
            else:
                if answer.status_code == httpx.codes.OK:
                    return _object(answer, path)
                if answer.status_code == httpx.codes.NOT_FOUND:
                    return None
                why = f"status {answer.status_code}"
                if (
                    answer.status_code != httpx.codes.TOO_MANY_REQUESTS
                    and not answer.is_server_error
                ):
                    raise CqcUnavailable(f"{_room(path)}: {why}")
                wait = _asked_for(answer.headers.get("Retry-After")) or pause
            await self._sleep(min(wait, LONGEST_PAUSE_SECONDS))
            pause *= 2
        raise CqcUnavailable(f"{_room(path)}: {why} after {self._tries} tries")


def _object(answer: httpx.Response, path: str) -> Json:
    try:
        found = answer.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise CqcUnavailable(f"{_room(path)}: the answer is no JSON object")
    return found


def _list(page: Json, name: str) -> list[Any]:
    found = page.get(name)
    if not isinstance(found, list):
        raise CqcUnavailable(f"a page has no list of {name}")
    return found


def _id(entry: object) -> str:
    if not isinstance(entry, str):
        raise CqcUnavailable("a list holds something that is no id")
    return entry.strip().upper()


def _room(path: str) -> str:
    """The kind of thing that was asked for."""
    return "/".join(path.split("/")[:2])


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _asked_for(retry_after: str | None) -> float | None:
    """The seconds that the API asks to wait: a number, or until a date."""
    if not retry_after:
        return None
    if retry_after.strip().isdigit():
        return float(retry_after)
    try:
        return max((parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds(), 0.0)
    except (TypeError, ValueError):
        return None
