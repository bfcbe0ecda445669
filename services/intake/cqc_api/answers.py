"""What CQC's API says of a location or provider, as the readers of its files say it.

A key that is missing or of another kind reads as unknown; an answer without an id, a name or a
provider is None.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from services.intake.cqc_files.active_locations import Relationship
from services.intake.cqc_files.latest_ratings import DOMAINS, OVERALL, PublishedRating
from services.intake.cqc_files.records import is_identifier, one_line
from shared.contracts.words import CqcRating

Json = Mapping[str, Any]
_RATINGS = {rating.casefold(): rating for rating in CqcRating}
_DOMAINS = {name.casefold().replace("-", " "): name for name in DOMAINS}
_MANAGER = "registered manager"
_ADULT_SOCIAL_CARE = "adult social care"


@dataclass(frozen=True, slots=True)
class FetchedLocation:
    """A location as the API tells it. None is unknown."""

    location_id: str
    provider_id: str
    name: str
    service_types: tuple[str, ...]
    adult_social_care: bool
    local_authority: str | None
    postal_code: str | None
    beds: int | None
    registered_manager: str | None
    ended: date | None
    relationships: tuple[Relationship, ...]
    ratings: tuple[PublishedRating, ...]


@dataclass(frozen=True, slots=True)
class FetchedProvider:
    """A provider as the API tells it. None is unknown."""

    provider_id: str
    name: str
    brand_id: str | None
    brand: str | None
    nominated_individual: str | None


def location_of(answer: Json) -> FetchedLocation | None:
    """The location of an answer; None where it lacks an id, a name or a provider."""
    location_id, provider_id = _id(answer, "locationId"), _id(answer, "providerId")
    name = _text(answer, "name")
    if not (location_id and provider_id and name):
        return None
    directorate = (_text(answer, "inspectionDirectorate") or "").casefold()
    return FetchedLocation(
        location_id=location_id,
        provider_id=provider_id,
        name=name,
        service_types=tuple(
            kind
            for entry in _entries(answer, "gacServiceTypes")
            for kind in (_text(entry, "description"), _text(entry, "name"))
            if kind
        ),
        adult_social_care=directorate == _ADULT_SOCIAL_CARE,
        local_authority=(_text(answer, "localAuthority") or "")[:120] or None,
        postal_code=(_text(answer, "postalCode") or "").upper()[:12] or None,
        beds=_count(answer, "numberOfBeds"),
        registered_manager=_manager(answer),
        ended=_day(answer, "deregistrationDate"),
        relationships=tuple(_relationships(answer, location_id, provider_id)),
        ratings=tuple(_ratings(answer, location_id, provider_id)),
    )


def provider_of(answer: Json) -> FetchedProvider | None:
    """The provider of an answer; None where it lacks an id or a name."""
    provider_id, name = _id(answer, "providerId"), _text(answer, "name")
    if not (provider_id and name):
        return None
    people = [
        _person(activity.get("nominatedIndividual"))
        for activity in _entries(answer, "regulatedActivities")
    ]
    brand_id = _text(answer, "brandId")
    return FetchedProvider(
        provider_id=provider_id,
        name=name,
        brand_id=None if brand_id == "-" else brand_id,
        brand=None if brand_id == "-" else _text(answer, "brandName"),
        nominated_individual=next((person for person in people if person), None),
    )


def _manager(answer: Json) -> str | None:
    for activity in _entries(answer, "regulatedActivities"):
        for contact in _entries(activity, "contacts"):
            roles = contact.get("personRoles")
            if isinstance(roles, list) and _MANAGER in {str(role).casefold() for role in roles}:
                return _person(contact)
    return None


def _person(found: object) -> str | None:
    """``Family, Given``, as CQC's files write people."""
    if not isinstance(found, Mapping):
        return None
    parts = (_text(found, "personFamilyName"), _text(found, "personGivenName"))
    return ", ".join(part for part in parts if part)[:200] or None


def _relationships(answer: Json, location_id: str, provider_id: str) -> Iterator[Relationship]:
    for entry in _entries(answer, "relationships"):
        linked, kind = _id(entry, "relatedLocationId"), _text(entry, "type")
        if linked and kind:
            name = _text(entry, "relatedLocationName")
            yield Relationship(kind, location_id, provider_id, linked, None, name)


def _ratings(answer: Json, location_id: str, provider_id: str) -> Iterator[PublishedRating]:
    current = answer.get("currentRatings")
    sets = [current] if isinstance(current, Mapping) else []
    for ratings in (*sets, *_entries(answer, "historicRatings")):
        published = _day(ratings, "reportDate")
        overall = ratings.get("overall")
        groups = [(OVERALL, overall)] if isinstance(overall, Mapping) else []
        groups += [(_text(e, "name") or "", e) for e in _entries(ratings, "serviceRatings")]
        for group, rating in groups:
            day = _day(rating, "reportDate") or published
            own = [(OVERALL, rating), *_key_questions(rating)]
            for domain, one in own:
                text = one.get("rating")
                if group and isinstance(text, str):
                    yield PublishedRating(
                        location_id=location_id,
                        provider_id=provider_id,
                        service_group=group[:200],
                        domain=domain,
                        rating_text=text[:120],
                        rating=_RATINGS.get(one_line(text).casefold()),
                        published=_day(one, "reportDate") or day,
                        report_type=None,
                        inherited=None,
                    )


def _key_questions(rating: Json) -> list[tuple[str, Json]]:
    found = []
    for entry in _entries(rating, "keyQuestionRatings"):
        name = _text(entry, "name") or ""
        found.append((_DOMAINS.get(name.casefold().replace("-", " "), name)[:60], entry))
    return [(name, entry) for name, entry in found if name]


def _entries(answer: Json, name: str) -> Sequence[Json]:
    found = answer.get(name)
    if not isinstance(found, list):
        return ()
    return [entry for entry in found if isinstance(entry, Mapping)]


def _text(answer: Json, name: str) -> str | None:
    found = answer.get(name)
    return one_line(found)[:300] or None if isinstance(found, str) else None


def _id(answer: Json, name: str) -> str | None:
    identifier = (_text(answer, name) or "").upper()
    return identifier if is_identifier(identifier) else None


def _count(answer: Json, name: str) -> int | None:
    found = answer.get(name)
    return found if type(found) is int and 0 <= found < 100_000 else None


def _day(answer: Json, name: str) -> date | None:
    try:
        return datetime.fromisoformat(_text(answer, name) or "").date()
    except ValueError:
        return None
