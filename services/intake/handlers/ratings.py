"""Take CQC's ratings of the places that the register knows; raw text and history are kept."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.cqc_files.latest_ratings import DOMAINS, OVERALL, PublishedRating
from services.intake.cqc_files.problems import FileRefused
from services.intake.domain.ratings import is_news
from services.intake.domain.register import Past, Source, too_many_vanish
from services.intake.handlers.changes import Loaded
from services.intake.store import imports as store
from services.intake.store.imports import Known
from services.intake.tables import RatingRow
from shared.contracts.intake import CqcRatingChanged
from shared.platform.work import Work

_Key = tuple[UUID, str, str, date | None, str]


async def load_ratings(
    work: Work, partnership: str, published: Iterable[PublishedRating], source: Source
) -> Loaded:
    """Take some ratings at once. A second load of the same changes nothing."""
    load = RatingsImport(partnership, source)
    await load.take(work, published)
    return load.loaded


class RatingsImport:
    """One load of ratings from one source: `take` chunks, then `finish`."""

    def __init__(
        self,
        partnership: str,
        source: Source,
        *,
        dry_run: bool = False,
        loaded: Loaded | None = None,
    ) -> None:
        self.loaded = loaded or Loaded()
        self._partnership = partnership
        self._source = source
        self._dry_run = dry_run
        self._locations: dict[str, UUID] | None = None
        self._providers: dict[str, UUID] = {}
        self._newest: date | None = None
        self._listed: set[UUID] = set()
        self._unmatched: set[UUID] = set()
        """Standing ratings of places that the file lists, and that were not found in it so far."""

    async def take(
        self,
        work: Work,
        published: Iterable[PublishedRating],
        *,
        coming: Mapping[str, UUID] | None = None,
    ) -> None:
        """Take some ratings; those of places that the register does not know are counted only.

        `coming`: locations that are new in this load, in a dry run those that would be.
        """
        if self._locations is None:
            self._locations = await store.location_ids(work, self._partnership)
            self._providers = await store.provider_ids(work, self._partnership)
            self._newest = await store.newest_import(work, self._partnership, self._source.name)
        self._locations |= coming or {}
        about: list[tuple[UUID, PublishedRating]] = []
        for rating in published:
            place = self._place(rating)
            if place is None:
                self.loaded.add("ratings of others")
            else:
                about.append((place, rating))
        known = await self._known(
            work,
            {place for place, rating in about if rating.location_id is not None},
            {place for place, rating in about if rating.location_id is None},
        )
        await self._keep(work, about, known)

    def _place(self, rating: PublishedRating) -> UUID | None:
        if rating.location_id is None:
            return self._providers.get(rating.provider_id)
        return (self._locations or {}).get(rating.location_id)

    async def _known(
        self, work: Work, locations: set[UUID], providers: set[UUID]
    ) -> dict[_Key, Known]:
        rows = await store.known_ratings(work, locations, providers)
        places = locations | providers
        first_time = places - self._listed
        self._listed |= places
        self._unmatched |= {
            row["id"] for row in rows if row["gone_on"] is None and _place_of(row) in first_time
        }
        return {_key_of(row): row for row in rows}

    async def _keep(
        self, work: Work, about: list[tuple[UUID, PublishedRating]], known: dict[_Key, Known]
    ) -> None:
        days: dict[tuple[UUID, str, str], list[date | None]] = {}
        for place, group, question, day, _ in known:
            days.setdefault((place, group, question), []).append(day)
        added: list[Known] = []
        changed: list[Known] = []
        past: list[tuple[UUID, Past]] = []
        for place, rating in about:
            key = (place, rating.service_group, rating.domain, rating.published, rating.rating_text)
            row = known.get(key)
            if row is not None:
                self._unmatched.discard(row["id"])
                self._compare(row, rating, changed, past)
                continue
            row = self._row(work, place, rating)
            known[key] = row
            added.append(row)
            self.loaded.add("ratings new", _line(rating))
            if is_news(rating.published, days.get(key[:3], ())):
                self._announce(work, row)
        if self._dry_run:
            return
        await store.add(work, RatingRow, added)
        await store.replace(work, RatingRow, changed)
        await store.keep_past(work, self._partnership, past, self._source)

    def _compare(
        self,
        row: Known,
        rating: PublishedRating,
        changed: list[Known],
        past: list[tuple[UUID, Past]],
    ) -> None:
        same = rating.inherited in (None, row["inherited"]) and row["gone_on"] is None
        if same or (row["source_date"] or date.min) >= self._source.day or self._late:
            self.loaded.add("ratings unchanged")
            return
        before = Source(row["source"], row["source_date"] or self._source.day)
        past.append((row["id"], Past("inherited", row["inherited"], before)))
        origin = {"source": self._source.name, "source_date": self._source.day}
        row |= {"inherited": rating.inherited, "gone_on": None, **origin}
        changed.append(row)
        self.loaded.add("ratings changed", _line(rating))

    def _row(self, work: Work, place: UUID, rating: PublishedRating) -> Known:
        whole = rating.location_id is None
        return {
            "id": work.new_id(),
            "partnership": self._partnership,
            "location_id": None if whole else place,
            "provider_id": place if whole else None,
            "service_group": rating.service_group,
            "key_question": rating.domain,
            "raw": rating.rating_text,
            "rating": rating.rating.value if rating.rating else None,
            "inherited": rating.inherited,
            "published_on": rating.published,
            "source": self._source.name,
            "source_date": self._source.day,
            # A newer file was taken before and did not list it: it is history.
            "gone_on": self._newest if self._late else None,
        }

    @property
    def _late(self) -> bool:
        return self._newest is not None and self._newest > self._source.day

    def _announce(self, work: Work, row: Known) -> None:
        # Only the ratings of the whole location travel; those of its services stay in the register.
        if self._dry_run or row["location_id"] is None or row["service_group"] != OVERALL:
            return
        work.announce(
            CqcRatingChanged(
                partnership=self._partnership,
                location_id=row["location_id"],
                signal_id=row["id"],
                key_question=row["key_question"].lower().replace("-", "_"),
                rating=row["rating"],
                published_on=row["published_on"],
                inherited=bool(row["inherited"]),
            )
        )

    async def finish(
        self, work: Work, *, accept_missing: bool = False, listed: Collection[str] = ()
    ) -> None:
        """After a complete file: mark what it no longer lists, as replaced or withdrawn.

        Of the places in `listed` a rating was not taken: which one nobody knows, so all stand.

        Raises FileRefused where so much is missing that the file is more likely to be at fault.
        """
        if self._late:
            return
        known = {**self._providers, **(self._locations or {})}
        unknown = {known[reference] for reference in listed if reference in known}
        standing = await store.standing_ratings(work, self._partnership, self._source.day)
        gone = [
            id_
            for id_, place in standing
            if (id_ in self._unmatched or place not in self._listed) and place not in unknown
        ]
        pack = work.policies.on(self._partnership, work.today)
        percent = pack.value("intake", "register", "vanished_ratings_percent").number
        if not accept_missing and too_many_vanish(len(gone), len(standing), percent):
            raise FileRefused(
                f"{len(gone)} of {len(standing)} ratings are not in the file: none was marked as "
                "vanished; if that is right, run it again with --accept-missing"
            )
        self.loaded.add("ratings vanished", count=len(gone))
        if not self._dry_run:
            await store.mark_gone(work, gone, self._source.day)


def _place_of(row: Known) -> UUID:
    place: UUID = row["location_id"] or row["provider_id"]
    return place


def _key_of(row: Known) -> _Key:
    told: tuple[Any, ...] = (row["service_group"], row["key_question"], row["published_on"])
    return (_place_of(row), *told, row["raw"])


def _line(rating: PublishedRating) -> str:
    """Which rating, in words of our own: the source's are not repeated."""
    place = rating.location_id or rating.provider_id
    group = "as a whole" if rating.service_group == OVERALL else "one of its services"
    return f"rating of {place}: {group}, {rating.domain if rating.domain in DOMAINS else 'other'}"
