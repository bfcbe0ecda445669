"""Rules of the provider register: what kind of service a location is, and how small."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from shared.contracts.words import ServiceCategory

_BY_SERVICE_TYPE = (
    (
        "community based services for people with mental health needs",
        ServiceCategory.ADULT_MENTAL_HEALTH,
    ),
    ("care home service with nursing", ServiceCategory.NURSING_HOME),
    ("care home service without nursing", ServiceCategory.RESIDENTIAL_HOME),
    ("domiciliary care service", ServiceCategory.HOME_CARE),
    ("supported living service", ServiceCategory.SUPPORTED_LIVING),
)
"""CQC's service types, the first that a location has decides. Mental health first: its QIP has
another chair (L3d)."""


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
    beds: int | None = None
    registered_manager: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from, and of which day they are (WS1)."""

    name: str
    day: date
