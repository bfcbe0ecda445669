"""Rules of the provider register: what kind of service a location is, and which facts hold."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from shared.contracts.words import Refused, ServiceCategory, refused

_FORMS_OF_ADDRESS = frozenset({"mr", "mrs", "ms", "miss", "mx", "dr", "prof", "sir", "dame"})

_BY_SERVICE_TYPE = (
    (
        "community based services for people with mental health needs",
        ServiceCategory.ADULT_MENTAL_HEALTH,
    ),
    ("care home service with nursing", ServiceCategory.NURSING_HOME),
    ("nursing homes", ServiceCategory.NURSING_HOME),
    ("care home service without nursing", ServiceCategory.RESIDENTIAL_HOME),
    ("residential homes", ServiceCategory.RESIDENTIAL_HOME),
    ("domiciliary care service", ServiceCategory.HOME_CARE),
    ("homecare agencies", ServiceCategory.HOME_CARE),
    ("supported living service", ServiceCategory.SUPPORTED_LIVING),
    ("supported living", ServiceCategory.SUPPORTED_LIVING),
)
"""CQC's service types (as the monthly file and as the weekly directory write them), the first that
a location has decides. Mental health first: its QIP has another chair (L3d)."""


def category_of(service_types: Collection[str]) -> ServiceCategory:
    """The kind of service by CQC's (or the council's) service types."""
    given = {service_type.strip().lower() for service_type in service_types}
    for service_type, category in _BY_SERVICE_TYPE:
        if service_type in given:
            return category
    return ServiceCategory.OTHER


def is_very_small(beds: int | None, fewest: int) -> bool:
    """True where so few people live that category and date could identify one of them.

    `fewest` is the policy's smallest number that is not very small. A published 0 (home care)
    says nothing about how many people are served.
    """
    return beds is not None and 0 < beds < fewest


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    """A provider as a source tells it."""

    reference: str
    cqc_registered: bool
    name: str
    brand: str | None = None
    nominated_individual: str | None = None
    brand_id: str | None = None
    proprietor: str | None = None
    silent: frozenset[str] = frozenset({"proprietor"})
    """The names of facts of which the source says nothing; a None of others is a blank."""

    def told(self) -> dict[str, Any]:
        """What the source says, by the name of the fact."""
        facts = {
            "cqc_registered": self.cqc_registered,
            "name": self.name,
            "brand": self.brand,
            "brand_id": self.brand_id,
            "nominated_individual": self.nominated_individual,
            "proprietor": self.proprietor,
        }
        return {name: value for name, value in facts.items() if name not in self.silent}


@dataclass(frozen=True, slots=True)
class LocationFacts:
    """A location as a source tells it; None is unknown."""

    reference: str
    provider_reference: str
    name: str
    category: ServiceCategory
    cqc_registered: bool
    local_authority: str
    commissioned: bool | None = None
    """Whether the partnership's own authority commissions it; None: the source does not say."""
    beds: int | None = None
    registered_manager: str | None = None
    commissioned_by: str | None = None
    postal_code: str | None = None
    ended_on: date | None = None
    in_scope: bool = True
    """False for another sector's location, which is followed only where it is known already."""
    silent: frozenset[str] = frozenset()
    """The names of facts of which the source says nothing; a None of others is a blank."""

    def told(self) -> dict[str, Any]:
        """What the source says, by the name of the fact; its provider aside."""
        facts = {
            "name": self.name,
            "category": self.category.value,
            "cqc_registered": self.cqc_registered,
            "local_authority": self.local_authority,
            "beds": self.beds,
            "registered_manager": self.registered_manager,
            "postal_code": self.postal_code,
            "active": self.ended_on is None,
            "ended_on": self.ended_on,
        }
        if self.commissioned is not None:
            facts |= {"commissioned": self.commissioned, "commissioned_by": self.commissioned_by}
        return {name: value for name, value in facts.items() if name not in self.silent}


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from, and of which day they are (WS1)."""

    name: str
    day: date


@dataclass(frozen=True, slots=True)
class Past:
    """A fact that held until a newer one came."""

    name: str
    value: Any
    source: Source


@dataclass(frozen=True, slots=True)
class Merge:
    """What a source changes of what the register holds."""

    changed: Mapping[str, Any]
    past: tuple[Past, ...]
    older: tuple[str, ...]
    """Facts that differ, and stay: the register has them from a newer source."""


def origin_of(known: Mapping[str, Any], name: str) -> Source:
    """Source and date of a fact: its own, or those of the row it came with."""
    source, day = known["origins"].get(name) or (known["source"], known["source_date"].isoformat())
    return Source(source, date.fromisoformat(day))


def merge(known: Mapping[str, Any], told: Mapping[str, Any], source: Source) -> Merge:
    """Which facts a source changes: never one that came from a newer source."""
    changed: dict[str, Any] = {}
    past: list[Past] = []
    older: list[str] = []
    for name, value in told.items():
        if known[name] == value:
            continue
        origin = origin_of(known, name)
        if origin.day > source.day:
            older.append(name)
            continue
        changed[name] = value
        past.append(Past(name, known[name], origin))
    return Merge(changed, tuple(past), tuple(older))


def newest_wins(merged: Merge) -> Merge:
    """What a person states, unless the register has it of a later day. Raises Refused."""
    if merged.older:
        raise _newer(merged.older[0])
    return merged


def newest_stated(before: Source, source: Source, field: str) -> None:
    """Raises Refused where the register has a fact of a later day than somebody states."""
    if before.day > source.day:
        raise _newer(field)


def _newer(field: str) -> Refused:
    return refused(
        "register.newer",
        "The register has this fact from a later day.",
        "Give the day as of which you know it, if that is later.",
        field=field,
    )


def same_person(name: str, other: str) -> bool:
    """Whether two ways of writing name one person: `Ada Example`, `Example, Ms Ada`."""
    return _words_of(name) == _words_of(other)


def _words_of(name: str) -> frozenset[str]:
    words = re.findall(r"[\w'’-]+", name.casefold())
    return frozenset(words) - _FORMS_OF_ADDRESS


def chain_of(start: str, links: Iterable[tuple[str, str]]) -> tuple[str, ...]:
    """All registrations that went before one, the nearest first; `links` are (later, earlier)."""
    before: dict[str, list[str]] = {}
    for later, earlier in links:
        before.setdefault(later, []).append(earlier)
    found: dict[str, None] = {}
    todo = [start]
    for reference in todo:
        for earlier in sorted(before.get(reference, ())):
            if earlier not in found and earlier != start:
                found[earlier] = None
                todo.append(earlier)
    return tuple(found)


def too_many_vanish(vanished: int, active: int, percent: int) -> bool:
    """True where so much is missing from a file that the file is more likely to be at fault."""
    return vanished > 10 and vanished * 100 > active * percent


def blank_provider() -> dict[str, Any]:
    """The facts that a new provider lacks where its source does not tell them."""
    names = ("brand", "brand_id", "nominated_individual", "proprietor")
    return dict.fromkeys(names)


def blank_location(facts: LocationFacts, seen: date) -> dict[str, Any]:
    """The facts of a new location where its source does not tell them."""
    names = ("beds", "registered_manager", "commissioned_by", "postal_code", "ended_on")
    return {
        **dict.fromkeys((*names, "vanished_on")),
        "category": facts.category.value,
        "local_authority": facts.local_authority,
        "commissioned": False,
        "active": True,
        "last_seen": seen,
        "origins": {},
    }
