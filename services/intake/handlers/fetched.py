"""Follow CQC's API: what its changes feed names is fetched and taken as a file's rows are.

Only ids of CQC's own feed are asked for, so a service without CQC registration never is (W1.7).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime

from services.intake.cqc_api.answers import (
    FetchedLocation,
    FetchedProvider,
    location_of,
    provider_of,
)
from services.intake.cqc_api.client import CqcApi
from services.intake.cqc_files.records import is_identifier
from services.intake.domain.register import LocationFacts, ProviderFacts, Source, category_of
from services.intake.handlers.changes import Loaded, keep_import
from services.intake.handlers.imports import PlacesImport
from services.intake.handlers.ratings import RatingsImport
from services.intake.store import imports as store
from shared.platform.work import Work, Works

API = "CQC API"
CHUNK = 50
"""Locations that are fetched before they are taken together."""


async def last_run(works: Works, partnership: str) -> datetime | None:
    """When the last run that was finished began; None before the first."""
    async with works.begin() as work:
        return await store.last_import(work, partnership, API)


async def fetch_changes(
    works: Works,
    api: CqcApi,
    partnership: str,
    since: datetime,
    *,
    dry_run: bool = False,
    progress: Callable[[int, int], None] = lambda _done, _of: None,
) -> Loaded:
    """Take what changed since an instant (UTC), and keep that it was.

    `progress` is told how many of the ids of CQC's feed were worked off, and of how many.

    Raises CqcUnavailable; what was taken by then stays, and the next run begins where this one did.
    """
    now = works.clock()
    async with works.begin() as work:
        source = Source(API, work.today)
    follower = _Follower(works, api, partnership, source, dry_run=dry_run)
    providers = [id_ async for id_ in api.changes("provider", since, now)]
    locations = [id_ async for id_ in api.changes("location", since, now)]
    done, of = 0, len(providers) + len(locations)
    for ids, take in (
        (providers, follower.take_providers),
        (locations, follower.take_locations),
    ):
        for chunk in _chunks(ids):
            await take(chunk)
            done += len(chunk)
            progress(done, of)
    async with works.begin() as work:
        await follower.places.finish(work)
        if not dry_run:
            span = f"{since.isoformat()} {now.isoformat()}".encode()
            digest = hashlib.sha256(span).hexdigest()
            await keep_import(work, partnership, source, digest, follower.loaded, (), at=now)
    return follower.loaded


def _chunks(ids: Sequence[str]) -> Iterator[Sequence[str]]:
    return (ids[start : start + CHUNK] for start in range(0, len(ids), CHUNK))


class _Follower:
    def __init__(
        self, works: Works, api: CqcApi, partnership: str, source: Source, *, dry_run: bool
    ) -> None:
        self.loaded = Loaded()
        self.places = PlacesImport(partnership, source, dry_run=dry_run, loaded=self.loaded)
        self._ratings = RatingsImport(partnership, source, dry_run=dry_run, loaded=self.loaded)
        self._works, self._api, self._partnership = works, api, partnership
        self._told: dict[str, ProviderFacts | None] = {}

    async def take_providers(self, ids: Sequence[str]) -> None:
        """Those that the register knows; others come with their first location."""
        async with self._works.begin() as work:
            known = await store.known_providers(work, self._partnership, ids)
        told = [facts for id_ in known if (facts := await self._provider(id_)) is not None]
        async with self._works.begin() as work:
            await self.places.take_providers(work, told)

    async def take_locations(self, ids: Sequence[str]) -> None:
        """Those of the area and those that are known; what answers 404 is marked as vanished."""
        async with self._works.begin() as work:
            known = await store.known_locations(work, self._partnership, ids)
            area = work.policies.on(self._partnership, work.today).value(
                "intake", "register", "local_authorities"
            )
        gone: list[str] = []
        found: list[FetchedLocation] = []
        for id_ in ids:
            answer = await self._api.location(id_)
            location = location_of(answer) if answer is not None else None
            if answer is None:
                gone.append(id_)
            elif location is None:
                self._refuse(id_, "the answer is incomplete")
            elif id_ in known or (
                location.adult_social_care and location.local_authority in area.texts
            ):
                found.append(location)
        providers = {one.provider_id: await self._provider(one.provider_id) for one in found}
        async with self._works.begin() as work:
            await self._take(work, found, providers)
            await self.places.mark_vanished(work, [id_ for id_ in gone if id_ in known])

    async def _take(
        self,
        work: Work,
        found: list[FetchedLocation],
        providers: dict[str, ProviderFacts | None],
    ) -> None:
        taken: list[FetchedLocation] = []
        for location in found:
            provider = providers[location.provider_id]
            if provider is None:
                self._refuse(location.location_id, "its provider has gone, or has no name")
                continue
            taken.append(location)
            await self.places.take(work, [(provider, _facts(location)), *location.relationships])
        ratings = [rating for one in taken for rating in one.ratings]
        await self._ratings.take(work, ratings, coming=self.places.new)

    def _refuse(self, id_: str, why: str) -> None:
        """A feed may hold what is no id: that is not repeated."""
        named = id_ if is_identifier(id_) else "with an id that is none of CQC's"
        self.loaded.refuse("locations", f"location {named}: {why}")

    async def _provider(self, provider_id: str) -> ProviderFacts | None:
        if provider_id not in self._told:
            answer = await self._api.provider(provider_id)
            told = provider_of(answer) if answer is not None else None
            self._told[provider_id] = None if told is None else _provider_facts(told)
        return self._told[provider_id]


def _provider_facts(provider: FetchedProvider) -> ProviderFacts:
    return ProviderFacts(
        provider.provider_id,
        cqc_registered=True,
        name=provider.name,
        brand=provider.brand,
        brand_id=provider.brand_id,
        nominated_individual=provider.nominated_individual,
    )


def _facts(location: FetchedLocation) -> LocationFacts:
    return LocationFacts(
        reference=location.location_id,
        provider_reference=location.provider_id,
        name=location.name,
        category=category_of(location.service_types),
        cqc_registered=True,
        local_authority=location.local_authority or "",
        beds=location.beds,
        registered_manager=location.registered_manager,
        postal_code=location.postal_code,
        ended_on=location.ended,
        in_scope=location.adult_social_care,
    )
