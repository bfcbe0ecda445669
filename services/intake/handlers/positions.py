"""The position: how CQC rated every provider, as of any day (W4.4)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from services.intake.domain.lists import PlacesWanted
from services.intake.domain.ratings import PublishedCqcRating, standing
from services.intake.handlers import place_lists
from services.intake.handlers.sheets import taken_away
from services.intake.store import register as store
from services.intake.views.register import PlacePosition, ProviderPosition, RatingView
from shared.contracts.words import CqcRating
from shared.platform.dates import london_date
from shared.platform.paging import Page, Turn
from shared.platform.prepared import Row
from shared.platform.problems import not_found
from shared.platform.security import Person
from shared.platform.work import Work

COLUMNS = (
    *("provider_reference", "provider", "location_reference", "location", "as_of"),
    *("service_group", "key_question", "rating", "published_on", "inherited", "source"),
)
"""Of the spreadsheet."""


async def position(
    work: Work, person: Person, as_of: date | None, wanted: PlacesWanted, turn: Turn
) -> Page[ProviderPosition]:
    """Providers with all ratings that stood on the day."""
    day = as_of or work.today
    page = await place_lists.provider_rows(work, person, wanted, turn)
    ids = [provider["id"] for provider in page.items]
    locations: dict[UUID, list[Row]] = {id_: [] for id_ in ids}
    for row in await store.places_of(work, ids):
        if row["ended_on"] is None or row["ended_on"] > day:
            locations[row["provider_id"]].append(row)
    places = [row["id"] for rows in locations.values() for row in rows]
    known = await _known(work, [*ids, *places])
    positions = [
        ProviderPosition(
            provider_id=provider["id"],
            reference=provider["reference"],
            name=provider["name"],
            as_of=day,
            ratings=_views(known.get(provider["id"], ()), day),
            locations=[_place(row, known, day) for row in locations[provider["id"]]],
        )
        for provider in page.items
    ]
    return Page(positions, page.next)


def _place(
    row: Row, known: Mapping[UUID, Sequence[PublishedCqcRating]], day: date
) -> PlacePosition:
    return PlacePosition(
        location_id=row["id"],
        reference=row["reference"],
        name=row["name"],
        active=row["active"],
        ratings=_views(known.get(row["id"], ()), day),
    )


async def sheet(
    work: Work, person: Person, as_of: date | None, wanted: PlacesWanted, turn: Turn
) -> Page[str]:
    """A page as CSV, a row for each rating; that somebody took it away is on record."""
    page = await position(work, person, as_of, wanted, turn)
    rows = [row for provider in page.items for row in _rows(provider)]
    return await taken_away(work, person, "position", COLUMNS, rows, page.next)


def _rows(provider: ProviderPosition) -> Iterator[Mapping[str, object]]:
    """The ratings of a provider and of its locations; one row without where none stood."""
    places = [("", "", provider.ratings)]
    places += [(one.reference, one.name, one.ratings) for one in provider.locations]
    for reference, name, ratings in places:
        place = {
            "provider_reference": provider.reference,
            "provider": provider.name,
            "location_reference": reference,
            "location": name,
            "as_of": provider.as_of.isoformat(),
        }
        if not ratings and (reference or not provider.locations):
            yield {**dict.fromkeys(COLUMNS), **place}
        for rating in ratings:
            told = rating.model_dump(mode="json")
            yield {**{column: told.get(column) for column in COLUMNS}, **place}


async def ratings_of(
    work: Work, person: Person, location_id: UUID, as_of: date | None
) -> list[RatingView]:
    """A location's ratings: those that stood on a day, or without one all that ever were."""
    row = await store.location(work, person.partnerships, location_id)
    if row is None:
        raise not_found()
    known = (await _known(work, [row.id])).get(row.id, [])
    if as_of is not None:
        return _views(known, as_of)
    return [_view(one) for one in sorted(known, key=lambda one: (one.day, one.key_question))]


async def _known(work: Work, place_ids: Sequence[UUID]) -> dict[UUID, list[PublishedCqcRating]]:
    found: dict[UUID, list[PublishedCqcRating]] = {}
    for row in await store.ratings(work, place_ids):
        found.setdefault(row["place_id"], []).append(_of_file(row))
    for row in await store.told_ratings(work, place_ids):
        found.setdefault(row["location_id"], []).append(_of_message(row))
    return found


def _of_file(row: Row) -> PublishedCqcRating:
    return PublishedCqcRating(
        service_group=row["service_group"],
        key_question=row["key_question"],
        raw=row["raw"],
        rating=CqcRating(row["rating"]) if row["rating"] else None,
        inherited=row["inherited"],
        published_on=row["published_on"],
        source=row["source"],
        source_date=row["source_date"] or row["published_on"] or date.min,
        gone_on=row["gone_on"],
    )


def _of_message(row: Row) -> PublishedCqcRating:
    told: dict[str, Any] = row["facts"]
    return PublishedCqcRating(
        service_group="Overall",
        key_question=told["key_question"].replace("_", "-").capitalize(),
        raw=told["rating"],
        rating=CqcRating(told["rating"]),
        inherited=None,
        published_on=row["occurred_on"],
        source=f"message of {row['agency_id']}",
        source_date=london_date(row["received_at"]),
    )


def _views(known: Sequence[PublishedCqcRating], day: date) -> list[RatingView]:
    return [_view(one) for one in standing(known, day)]


def _view(one: PublishedCqcRating) -> RatingView:
    return RatingView.model_validate(one, from_attributes=True)
