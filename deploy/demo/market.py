"""The care market of Combined Borough, an invented place. Names, people and ids are made up.

Ids follow from the order here: add at the end of a list, never in between.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

from deploy.demo.kinds import Kind

BOROUGH = "Combined Borough"
NEIGHBOUR = "Example Shire"
REGION = "Example Region"


@dataclass(frozen=True)
class Brand:
    """A brand under which several providers trade."""

    brand_id: str
    name: str


@dataclass(frozen=True)
class Provider:
    """A registered provider."""

    provider_id: str
    name: str
    brand: Brand | None = None


@dataclass(frozen=True)
class Location:
    """One registration of a service, from a date to a date."""

    location_id: str
    name: str
    provider: Provider
    kind: Kind
    beds: int | None
    rating: str
    registered: date
    ended: date | None = None
    published: date | None = None
    inherited: bool = False
    local_authority: str = BOROUGH

    def is_active(self, day: date) -> bool:
        """Whether the location is registered on that day."""
        return self.registered <= day and (self.ended is None or day < self.ended)


@dataclass(frozen=True)
class Succession:
    """A service that registered anew: the same people and building, other ids."""

    predecessor: Location
    successor: Location


GOOD, OUTSTANDING, INADEQUATE = "Good", "Outstanding", "Inadequate"
IMPROVE = "Requires improvement"
_MEADOWS = Brand("BD900", "BRAND Example Meadows")

_Service = tuple[str, Kind, int | None, str]
# fmt: off
_PROVIDERS: tuple[tuple[str, Brand | None, tuple[_Service, ...]], ...] = (
    ("Larchfield Example Care Ltd", None, (
        ("Larchfield Example Care Home", Kind.NURSING, 48, GOOD),
        ("Larchfield Example Lodge", Kind.RESIDENTIAL, 22, GOOD),
        ("Larchfield Example Care at Home", Kind.HOME_CARE, 0, GOOD))),
    ("Brackenmoor Sample Homes Ltd", _MEADOWS, (
        ("Brackenmoor Sample House", Kind.RESIDENTIAL, 30, INADEQUATE),
        ("Brackenmoor Sample Court", Kind.NURSING, 40, IMPROVE))),
    ("Tidewell Example Care Ltd", _MEADOWS, (
        ("Tidewell Example House", Kind.NURSING, 55, GOOD),
        ("Tidewell Example View", Kind.RESIDENTIAL, 26, OUTSTANDING))),
    ("Foxholt Sample Care Ltd", _MEADOWS, (
        ("Foxholt Sample Grange", Kind.RESIDENTIAL, 34, IMPROVE),)),
    ("Quillbrook Example Nursing Ltd", None, (
        ("Quillbrook Example Nursing Home", Kind.NURSING, 60, IMPROVE),)),
    ("Pebbleford Sample Support CIC", None, (
        ("Pebbleford Sample Cottage", Kind.SMALL_HOME, 3, GOOD),)),
    ("Ashmere Example Minds", None, (
        ("Ashmere Example Community Mental Health Support", Kind.MENTAL_HEALTH, 0, GOOD),)),
    ("Otterwick Sample Homecare Ltd", None, (
        ("Otterwick Sample Homecare South", Kind.HOME_CARE, 0, GOOD),
        ("Otterwick Sample Homecare North", Kind.HOME_CARE, 0, IMPROVE))),
    ("Thistledown Example Homecare Ltd", None, (
        ("Thistledown Example Homecare", Kind.HOME_CARE, 0, GOOD),)),
    ("Candlewick Sample Care at Home Ltd", None, (
        ("Candlewick Sample Care at Home", Kind.HOME_CARE, 0, ""),)),
    ("Rookhurst Example Living Ltd", None, (
        ("Rookhurst Example Living East", Kind.SUPPORTED_LIVING, None, GOOD),
        ("Rookhurst Example Living West", Kind.SUPPORTED_LIVING, None, IMPROVE))),
    ("Marlpit Sample Living CIC", None, (
        ("Marlpit Sample Living", Kind.SUPPORTED_LIVING, 0, GOOD),
        ("Marlpit Sample Gardens Extra Care", Kind.EXTRA_CARE, 0, GOOD))),
    ("Hollowbeck Example Care Ltd", None, (
        ("Hollowbeck Example Manor", Kind.NURSING, 52, GOOD),
        ("Hollowbeck Example House", Kind.RESIDENTIAL, 20, GOOD))),
    ("Wrenfield Sample Care Ltd", None, (
        ("Wrenfield Sample House", Kind.RESIDENTIAL, 16, "Inspected but not rated"),)),
    ("Saltmarsh Example Homes Ltd", None, (
        ("Saltmarsh Example House", Kind.RESIDENTIAL, 28, IMPROVE),)),
    ("Greywater Sample Nursing Ltd", None, (
        ("Greywater Sample Nursing Home", Kind.NURSING, 44, IMPROVE),)),
    ("Copperdale Example Homecare Ltd", None, (
        ("Copperdale Example Homecare", Kind.HOME_CARE, 0, GOOD),)),
    ("Dunnockfield Sample Homes Ltd", None, (
        ("Dunnockfield Sample Villa", Kind.RESIDENTIAL, 18, GOOD),
        ("Dunnockfield Sample Rise", Kind.RESIDENTIAL, 24, GOOD))),
    ("Elmscar Example Care Ltd", None, (
        ("Elmscar Example Nursing Home", Kind.NURSING, 36, GOOD),
        ("Elmscar Example Rest Home", Kind.RESIDENTIAL, 14, "No published rating"))),
    ("Junipergill Sample Homecare Ltd", None, (
        ("Junipergill Sample Homecare", Kind.HOME_CARE, 0, OUTSTANDING),)),
    ("Kestrelby Example Living Ltd", None, (
        ("Kestrelby Example Living", Kind.SUPPORTED_LIVING, 0, GOOD),
        ("Kestrelby Example Bungalows", Kind.SMALL_HOME, 6, GOOD))),
    ("Mistlethorpe Sample Care Ltd", None, (
        ("Mistlethorpe Sample Hall", Kind.NURSING, 64, IMPROVE),
        ("Mistlethorpe Sample Mews", Kind.RESIDENTIAL, 18, GOOD))),
    ("Nettlewick Example Homecare Ltd", None, (
        ("Nettlewick Example Homecare", Kind.HOME_CARE, 0, GOOD),
        ("Nettlewick Example Live-in Care", Kind.HOME_CARE, 0, "Insufficient evidence to rate"))),
    ("Combined Borough Council", None, (
        ("Combined Borough Shared Lives", Kind.SHARED_LIVES, 0, GOOD),
        ("Combined Borough Reablement", Kind.HOME_CARE, 0, GOOD))),
    ("Yarrowgate Sample Recovery Ltd", None, (
        ("Yarrowgate Sample Recovery", Kind.MENTAL_HEALTH, 0, IMPROVE),
        ("Yarrowgate Sample House", Kind.SMALL_HOME, 8, GOOD))),
)
# fmt: on

_MOVES = {
    "Saltmarsh Example House": ("Saltmarsh Example Homes (2012) Ltd", date(2025, 3, 3)),
    "Greywater Sample Nursing Home": ("Greywater Sample Group Ltd", date(2025, 9, 15)),
    "Copperdale Example Homecare": ("Copperdale Example Partnership", date(2026, 2, 2)),
}
"""Who ran the service before, and when it registered anew."""


def _published(number: int, rating: str) -> date | None:
    return date(2022 + number % 3, 1 + number % 12, 1 + number * 7 % 28) if rating else None


def _borough() -> tuple[tuple[Location, ...], tuple[Succession, ...]]:
    locations: list[Location] = []
    successions: list[Succession] = []
    for place, (name, brand, services) in enumerate(_PROVIDERS, start=1):
        provider = Provider(f"1-{100000000 + place}", name, brand)
        for title, kind, beds, rating in services:
            number = len(locations) + 1
            location = Location(
                location_id=f"1-{200000000 + number}",
                name=title,
                provider=provider,
                kind=kind,
                beds=beds,
                rating=rating,
                registered=date(2011 + number % 9, 1 + number % 12, 1),
                published=_published(number, rating),
            )
            if title in _MOVES:
                successions.append(_moved(location, 91 + len(successions)))
                location = successions[-1].successor
            locations.append(location)
    return tuple(locations), tuple(successions)


def _moved(location: Location, number: int) -> Succession:
    former_name, day = _MOVES[location.name]
    former = Provider(f"1-{100000000 + number}", former_name)
    old = replace(location, location_id=f"1-{200000000 + number}", provider=former, ended=day)
    # CQC carries the rating of the former registration over to the new one.
    return Succession(old, replace(location, registered=day, inherited=True))


LOCATIONS, SUCCESSIONS = _borough()
"""The adult social care of the borough; `SUCCESSIONS` also hold the registrations that ended."""


def _other(
    location_id: str,
    name: str,
    provider: Provider,
    kind: Kind,
    rating: str,
    *,
    beds: int | None = None,
    local_authority: str = BOROUGH,
) -> Location:
    seen = date(2023, 5, 16) if rating else None
    facts = (location_id, name, provider, kind, beds, rating)
    return Location(
        *facts, registered=date(2013, 4, 1), published=seen, local_authority=local_authority
    )


_FARVIEW = Provider("1-100000071", "Farview Example Care Ltd")
_SURGERY = Provider("1-100000081", "Quayside Sample Surgery")
_DENTIST = Provider("1-100000082", "Bright Sample Dental Ltd")
_TRUST = Provider("RZZ", "Combined Sample Hospitals NHS Foundation Trust")

ELSEWHERE = tuple(
    _other(location_id, name, _FARVIEW, kind, GOOD, beds=beds, local_authority=NEIGHBOUR)
    for location_id, name, kind, beds in (
        ("1-200000071", "Farview Example House", Kind.RESIDENTIAL, 32),
        ("1-200000072", "Farview Example Homecare", Kind.HOME_CARE, 0),
    )
)
"""Adult social care outside the borough."""

OTHER_SECTORS = (
    _other("1-200000081", "Quayside Sample Surgery", _SURGERY, Kind.SURGERY, GOOD),
    _other("1-200000082", "Bright Sample Dental", _DENTIST, Kind.DENTIST, ""),
    _other("RZZ01", "Combined Sample Hospital", _TRUST, Kind.HOSPITAL, IMPROVE),
    _other("RZZ02", "Combined Sample Infirmary", _TRUST, Kind.HOSPITAL, ""),
)
"""In the borough, but nothing that adult social care is responsible for."""
