"""What intake says of providers, locations, agencies, office holders and who keeps what secret."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.contracts.event import Event, Id, event
from shared.contracts.words import AgencyFunction, OfficeHolderRole, ServiceCategory


@event("intake.provider.updated.v1", key="provider_id", existence=None)
class ProviderUpdated(Event):
    """A provider organisation was registered, or a fact about it changed."""

    provider_id: Id
    cqc_provider_id: str | None
    name: str
    brand: str | None
    predecessor_ids: tuple[Id, ...]


@event("intake.location.updated.v1", existence=None)
class LocationUpdated(Event):
    """A location (or a service without CQC registration) was registered, or a fact changed."""

    location_id: Id
    provider_id: Id
    provider_reference: str
    reference: str
    """CQC's location id, or the council's own reference of an unregistered service."""
    name: str
    category: ServiceCategory
    cqc_registered: bool
    commissioned: bool
    local_authority: str
    very_small: bool
    """So few people that category and date could identify one of them."""
    active: bool


class FunctionHeld(BaseModel):
    """A function that an agency holds from a day to a day (both included)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    function: AgencyFunction
    held_from: date
    held_to: date | None = None


@event("intake.agency.updated.v1", key="agency_id", existence=None)
class AgencyUpdated(Event):
    """An agency joined, or its functions, its agreement or its suspension changed (L1.1)."""

    agency_id: str
    name: str
    functions: tuple[FunctionHeld, ...]
    agreement_version: str | None
    suspended: bool
    successor_of: str | None = None
    succeeds: tuple[str, ...] = ()
    """Every agency that it follows: several where they were merged."""


@event("intake.contact.changed.v1", key="person_ref", existence=None)
class ContactChanged(Event):
    """An office holder's name or work address; tombstoned on the compacted topic on leaving."""

    person_ref: Id
    provider_id: Id | None
    location_id: Id | None
    agency_id: str | None
    role: OfficeHolderRole | None
    name: str
    email: str


@event("intake.contact.removed.v1", key="person_ref", existence=None, tombstone=True)
class ContactRemoved(Event):
    """An office holder left: name and address go from the topic with this tombstone."""

    person_ref: Id


@event("intake.confidentiality.accepted.v1", key="person_ref", existence=None)
class ConfidentialityAccepted(Event):
    """Somebody accepted a version of the procedures on confidentiality (L8a)."""

    person_ref: Id
    """Follows from the sign-in, and does not tell it (`Person.ref`)."""
    version: str
