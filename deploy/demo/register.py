"""Writes the borough's register as the files that CQC and the council would publish. All invented.

The shapes are exactly CQC's; the content is the same for the same date, byte for byte. A service
that registered anew stands under its old ids before that day and under its new ones after it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from deploy.demo import cqc_columns
from deploy.demo.kinds import Kind
from deploy.demo.market import (
    BOROUGH,
    ELSEWHERE,
    IMPROVE,
    INADEQUATE,
    LOCATIONS,
    OTHER_SECTORS,
    OUTSTANDING,
    REGION,
    SUCCESSIONS,
    Location,
    Provider,
    Succession,
)
from deploy.demo.spreadsheet import Cell, write_spreadsheet

EARLIEST = date(2025, 1, 1)
"""The first date for which the borough has been thought out."""

_EVERYTHING = (
    *LOCATIONS,
    *(succession.predecessor for succession in SUCCESSIONS),
    *ELSEWHERE,
    *OTHER_SECTORS,
)
_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_KEY_QUESTIONS = ("Safe", "Effective", "Caring", "Responsive", "Well-led")
_SURNAMES = ("Samplewright", "Testerby", "Exampleton", "Fictworth", "Mockley")
_FORENAMES = ("Alex", "Robin", "Sam", "Jo", "Charlie", "Ash", "Kim")
_COUNCIL_SERVICES = (
    ("CB-DAY-01", "Lanternhill Example Day Centre", "Lanternhill Example Trust", "CB-P-01"),
    ("CB-EMP-01", "Workwell Sample Supported Employment", "Workwell Sample CIC", "CB-P-02"),
    ("CB-CAR-01", "Breather Example Carers' Breaks", "Breather Example Charity", "CB-P-03"),
    ("CB-FLO-01", "Steady Sample Floating Support", "Steady Sample Housing", "CB-P-04"),
)
_COUNCIL_SERVICE_TYPES = ("Day service", "Supported employment", "Carers' break", "Housing support")


@dataclass(frozen=True)
class RegisterFiles:
    """Where the files of one month lie."""

    active_locations: Path
    latest_ratings: Path
    council_services: Path


def write_register(directory: Path, as_at: date) -> RegisterFiles:
    """Writes the three files of a month into the directory, which is made if need be.

    Raises `ValueError` for a date before `EARLIEST`.
    """
    if as_at < EARLIEST:
        raise ValueError(f"the borough begins on {EARLIEST.isoformat()}")
    directory.mkdir(parents=True, exist_ok=True)
    dated = f"{as_at.day:02}_{_MONTHS[as_at.month - 1]}_{as_at.year}"
    files = RegisterFiles(
        directory / f"{dated}_HSCA_Active_Locations.ods",
        directory / f"{dated}_Latest_ratings.ods",
        directory / f"{dated}_council_services.csv",
    )
    locations = active_on(as_at)
    links = [link for link in SUCCESSIONS if link.successor.registered <= as_at]
    write_spreadsheet(
        files.active_locations,
        {
            "README": _readme(dated.replace("_", " ")),
            "HSCA_Active_Locations": [
                cqc_columns.ACTIVE_LOCATIONS,
                *(_in_order(cqc_columns.ACTIVE_LOCATIONS, _location(one)) for one in locations),
            ],
            "HSCA_Dual_Registration_Locations": [
                cqc_columns.DUAL_REGISTRATIONS,
                *(_in_order(cqc_columns.DUAL_REGISTRATIONS, _succession(link)) for link in links),
            ],
        },
    )
    write_spreadsheet(
        files.latest_ratings,
        {
            "Locations": [
                cqc_columns.LOCATION_RATINGS,
                *(_in_order(cqc_columns.LOCATION_RATINGS, r) for r in _ratings(locations)),
            ],
            "Providers": [
                cqc_columns.PROVIDER_RATINGS,
                *(_in_order(cqc_columns.PROVIDER_RATINGS, r) for r in _trust_ratings()),
            ],
        },
    )
    _write_council_services(files.council_services)
    return files


def active_on(day: date) -> list[Location]:
    """Every location in the file of that day, in the order of the file."""
    return [location for location in _EVERYTHING if location.is_active(day)]


def _in_order(columns: tuple[str, ...], values: dict[str, Cell]) -> list[Cell]:
    return [values.get(column) for column in columns]


def _readme(day: str) -> list[tuple[str]]:
    return [
        ("Active locations for providers registered under the Health and Social Care Act (HSCA)",),
        (f"Source: CQC database as at {day}",),
        ("SYNTHETIC: every name, person, place and number in this file is invented.",),
    ]


def _location(location: Location) -> dict[str, Cell]:
    facts, provider = location.kind.value, location.provider
    number = int(location.location_id[-2:])
    stem = location.name.split()[0].casefold()
    return {
        **_identity(location),
        "Location HSCA start date": location.registered.isoformat(),
        "Dormant (Y/N)": "N",
        "Care home?": "Y" if facts.care_home else "N",
        "Location Telephone Number": f"01632960{number:03}",
        "Registered manager": _person(number),
        "Location Web Address": f"www.{stem}.example",
        "Care homes beds": location.beds,
        "Location Type/Sector": facts.sector,
        "Location Inspection Directorate": facts.directorate,
        "Location Latest Overall Rating": location.rating,
        "Publication Date": f"{location.published}T00:00:00" if location.published else None,
        "Inherited Rating (Y/N)": _inherited(location),
        "Location Street Address": f"{number} Sample Street",
        "Location City": "Combinedtown",
        "Location Postal Code": _postcode(number),
        "Provider HSCA start date": _began(provider),
        "Provider Type/Sector": facts.sector,
        "Provider Inspection Directorate": facts.directorate,
        "Provider Primary Inspection Category": facts.category,
        "Provider Ownership Type": "NHS Body" if location.kind is Kind.HOSPITAL else "Organisation",
        "Provider Web Address": f"www.{stem}.example",
        "Provider Local Authority": location.local_authority,
        "Provider Region": REGION,
        "Provider Nominated Individual Name": _person(int(provider.provider_id[-2:], 36) + 3),
        **{f"Regulated activity - {name}": "Y" for name in facts.activities},
        **{f"Service type - {name}": "Y" for name in facts.service_types},
        **{f"Service user band - {name}": "Y" for name in facts.user_bands},
    }


def _began(provider: Provider) -> date:
    return min(one.registered for one in _EVERYTHING if one.provider == provider)


def _identity(location: Location) -> dict[str, Cell]:
    """The columns that both of CQC's files have."""
    brand = location.provider.brand
    return {
        "Location ID": location.location_id,
        "Location Name": location.name,
        "Location Primary Inspection Category": location.kind.value.category,
        "Location Local Authority": location.local_authority,
        "Location Region": REGION,
        "Provider ID": location.provider.provider_id,
        "Provider Name": location.provider.name,
        "Brand ID": brand.brand_id if brand else "-",
        "Brand Name": brand.name if brand else "-",
    }


def _succession(link: Succession) -> dict[str, Cell]:
    old, new = link.predecessor, link.successor
    return {
        "Location ID": new.location_id,
        "Location Name": new.name,
        "Location HSCA Start Date": new.registered.isoformat(),
        "Location Type/Sector": new.kind.value.sector,
        "Provider ID": new.provider.provider_id,
        "Provider Name": new.provider.name,
        "Linked Organisation ID": old.location_id,
        "Linked Organisation Name": old.name,
        "Relationship": "HSCA Predecessor",
        "Relationship Start Date": new.registered.isoformat(),
    }


def _ratings(locations: list[Location]) -> Iterator[dict[str, Cell]]:
    for location in locations:
        if location.published is None:
            continue
        for domain, rating in _by_domain(location.rating).items():
            yield {
                **_identity(location),
                "Care Home?": "Y" if location.kind.value.care_home else "N",
                "Location Type": location.kind.value.sector,
                "Location Post Code": _postcode(int(location.location_id[-2:])),
                **_rating("Overall", domain, rating, location.published),
                "Inherited Rating (Y/N)": _inherited(location),
                "URL": f"https://register.example/location/{location.location_id}",
            }


def _trust_ratings() -> Iterator[dict[str, Cell]]:
    trust = next(one for one in OTHER_SECTORS if one.kind is Kind.HOSPITAL and one.published)
    for group in ("Overall", "Urgent and emergency services"):
        for domain, rating in _by_domain(trust.rating).items():
            yield {
                "Provider ID": trust.provider.provider_id,
                "Provider Name": trust.provider.name,
                "Provider Type": trust.kind.value.sector,
                **_rating(group, domain, rating, trust.published),
                "Brand ID": "-",
                "Brand Name": "-",
            }


def _rating(group: str, domain: str, rating: str, published: date | None) -> dict[str, Cell]:
    return {
        "Service / Population Group": group,
        "Domain": domain,
        "Latest Rating": rating,
        "Publication Date": f"{published:%d/%m/%Y}" if published else None,
        "Report Type": "Location" if group == "Overall" else "CoreService",
    }


def _by_domain(overall: str) -> dict[str, str]:
    """Key questions that lead to the overall rating: two of the five carry it."""
    rest = {OUTSTANDING: "Good", IMPROVE: "Good", INADEQUATE: IMPROVE}.get(overall, overall)
    carriers = ("Caring", "Responsive") if overall == OUTSTANDING else ("Safe", "Well-led")
    by_question = {name: overall if name in carriers else rest for name in _KEY_QUESTIONS}
    return {"Overall": overall, **by_question}


def _inherited(location: Location) -> Cell:
    if location.published is None:
        return None
    return "Y" if location.inherited else "N"


def _person(number: int) -> str:
    surname = _SURNAMES[number % len(_SURNAMES)]
    return f"{surname}, {_FORENAMES[number % len(_FORENAMES)]}"


def _postcode(number: int) -> str:
    return f"ZZ{1 + number % 9} {number % 10}AA"  # no postcode area is called ZZ


def _write_council_services(path: Path) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as lines:
        writer = csv.writer(lines)
        writer.writerow(cqc_columns.COUNCIL_SERVICES)
        services = zip(_COUNCIL_SERVICES, _COUNCIL_SERVICE_TYPES, strict=True)
        for number, (service, service_type) in enumerate(services, start=1):
            stem = service[1].split()[0].casefold()
            place = (service_type, BOROUGH, _postcode(number), f"{BOROUGH} Council")
            contact = (_person(number), f"manager@{stem}.example")
            writer.writerow((*service, *place, *contact))
