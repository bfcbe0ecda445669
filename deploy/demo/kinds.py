"""The kinds of care service in the invented borough, as CQC's file tells them apart."""

from __future__ import annotations

from enum import Enum
from typing import NamedTuple

_ADULT_SOCIAL_CARE = "Adult social care"
_RESIDENTIAL = "Residential social care"
_COMMUNITY = "Community based adult social care services"


class KindFacts(NamedTuple):
    """What CQC's file says of every service of a kind."""

    directorate: str
    category: str
    sector: str
    service_types: tuple[str, ...]
    user_bands: tuple[str, ...]
    activities: tuple[str, ...]

    @property
    def care_home(self) -> bool:
        """Whether it is a care home, with or without nursing."""
        return any(name.startswith("Care home service") for name in self.service_types)


_PERSONAL_CARE = ("Personal care",)
_TREATMENT = ("Treatment of disease, disorder or injury",)
_RESIDENCE = ("Accommodation for persons who require nursing or personal care",)
_OLDER = ("Dementia", "Older People")
_LEARNING = ("Learning disabilities or autistic spectrum disorder", "Younger Adults")
_ALL = ("Whole Population",)


def _home(service_type: str, bands: tuple[str, ...], activities: tuple[str, ...]) -> KindFacts:
    place = (_ADULT_SOCIAL_CARE, _RESIDENTIAL, "Social Care Org")
    return KindFacts(*place, (service_type,), bands, activities)


def _community(*service_types: str, bands: tuple[str, ...]) -> KindFacts:
    place = (_ADULT_SOCIAL_CARE, _COMMUNITY, "Social Care Org")
    return KindFacts(*place, service_types, bands, _PERSONAL_CARE)


def _health(directorate: str, category: str, sector: str, service_type: str) -> KindFacts:
    return KindFacts(directorate, category, sector, (service_type,), _ALL, _TREATMENT)


class Kind(Enum):
    """The kinds of service in the borough."""

    NURSING = _home("Care home service with nursing", _OLDER, _RESIDENCE + _TREATMENT)
    RESIDENTIAL = _home("Care home service without nursing", _OLDER, _RESIDENCE)
    SMALL_HOME = _home("Care home service without nursing", _LEARNING, _RESIDENCE)
    HOME_CARE = _community(
        "Domiciliary care service", bands=("Older People", "Physical Disability")
    )
    SUPPORTED_LIVING = _community("Supported living service", bands=_LEARNING)
    EXTRA_CARE = _community("Domiciliary care service", "Extra Care housing services", bands=_OLDER)
    SHARED_LIVES = _community("Shared Lives", bands=_LEARNING)
    MENTAL_HEALTH = _community(
        "Community based services for people with mental health needs",
        bands=("Mental Health", "Younger Adults"),
    )
    SURGERY = _health(
        *("Primary medical services", "GP Practices", "Primary Medical Services"),
        "Doctors treatment service",
    )
    DENTIST = _health(
        *("Primary medical services", "Dentists", "Primary Dental Care"), "Dental service"
    )
    HOSPITAL = _health(
        *("Hospitals", "Acute hospital - NHS non-specialist", "NHS Healthcare Organisation"),
        "Acute services with overnight beds",
    )
