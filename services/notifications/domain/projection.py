"""What an audience may know of a fact: a pure function, and by default nothing.

A label is a floor and handling can only raise it: an audience must satisfy every label from the
floor up to the raised one, so that raising never shows anybody more (docs/architecture.md, Labels).
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from uuid import UUID

from shared.contracts.words import Handling, Label

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

LOCATION_FIELD = "location_id"
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_AS_DECLARED = Handling()
_WIDEST_FIRST = tuple(Label)


@dataclass(frozen=True, slots=True)
class Shape:
    """What the declaration of an event says: its existence label and the floor of each field."""

    existence: Label | None
    fields: Mapping[str, Label | None]


@dataclass(frozen=True, slots=True)
class Place:
    """A location as audiences know it: by its public reference and name, never by our id."""

    id: UUID
    provider_id: UUID
    reference: str
    name: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact as it was said, unprojected."""

    event_id: UUID
    event_type: str
    shape: Shape
    values: Mapping[str, object]
    handling: Handling = _AS_DECLARED
    place: Place | None = None

    @property
    def location_id(self) -> UUID | None:
        """Our id of the location that the fact is about, if it is about one."""
        found = self.values.get(LOCATION_FIELD)
        return found if isinstance(found, UUID) else None


class AudienceKind(StrEnum):
    """The kinds of audience; each has its own reach."""

    AGENCY = "agency"
    PROVIDER = "provider"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Audience:
    """Somebody who might be told, with the rights that they have for one fact on one day."""

    name: str
    kind: AudienceKind
    secret: bytes = field(repr=False)
    """From it this audience's own ids derive: nothing can be joined across audiences."""
    in_case: bool = False
    holds: frozenset[str] = frozenset()
    """Functions, `agency:<id>` and `person:<ref>` by which handling may name this audience."""
    locations: frozenset[UUID] = frozenset()
    """For a provider: its own locations."""
    agreed: bool = True
    """False for an agency without the current agreement: nothing above PUBLIC (L1.1)."""
    suspended: bool = False
    right: str = "label PUBLIC"
    """Why this audience is in the case, with the clause; goes into the ledger."""


@dataclass(frozen=True, slots=True)
class Projection:
    """What one audience is told of one fact."""

    fact_id: UUID
    label: Label
    """The label in force for the fact's existence."""
    right: str
    data: Mapping[str, Json]

    @property
    def digest(self) -> str:
        """Tells whether two projections say the same."""
        return digest_of(self.data)


@dataclass(frozen=True, slots=True)
class Withheld:
    """The audience is not told, and under which rule."""

    rule: str


def project(fact: Fact, audience: Audience) -> Projection | Withheld:
    """The fields of a fact that an audience may know, or that it may not know of the fact."""
    existence = fact.shape.existence
    if existence is None:
        return Withheld("internal")
    if audience.suspended:
        return Withheld("suspended")
    if not _may_know(existence, fact, audience):
        return Withheld(_why_not(raised(existence, fact.handling), audience))
    if fact.location_id is not None and fact.place is None:
        return Withheld("location-unknown")
    floors = {floor for floor in fact.shape.fields.values() if floor is not None}
    known = {floor for floor in floors if _may_know(floor, fact, audience)}
    shown = {
        name: value for name, value in fact.values.items() if fact.shape.fields.get(name) in known
    }
    if not shown:
        return Withheld("nothing-to-show")
    return Projection(
        fact_id=fact.event_id,
        label=raised(existence, fact.handling),
        right=_right(existence, fact, audience),
        data=_as_told(shown, fact.place, audience.secret),
    )


def raised(floor: Label, handling: Handling) -> Label:
    """The label in force: handling can only raise the floor."""
    if handling.label is None or handling.label.strictness < floor.strictness:
        return floor
    return handling.label


def derive(secret: bytes, id_: UUID) -> UUID:
    """The id that one audience knows something by: an HMAC, in the form of a UUID."""
    return UUID(bytes=hmac.digest(secret, id_.bytes, hashlib.sha256)[:16], version=5)


def secret_of(master: bytes, audience: str) -> bytes:
    """The secret of one feed or reader, from which the ids that it sees derive."""
    return hmac.digest(master, audience.encode(), hashlib.sha256)


def digest_of(data: Mapping[str, Json]) -> str:
    """SHA-256 of the canonical JSON of what is told."""
    return digest_of_body(body_of(data))


def digest_of_body(body: bytes) -> str:
    """SHA-256 of canonical JSON."""
    return hashlib.sha256(body).hexdigest()


def body_of(data: Mapping[str, Json]) -> bytes:
    """Canonical JSON: the same facts always give the same bytes."""
    return _CANONICAL.encode(data).encode()


def _may_know(floor: Label, fact: Fact, audience: Audience) -> bool:
    top = raised(floor, fact.handling)
    if audience.kind is AudienceKind.PROVIDER:
        return _provider_may_know(floor, top, fact, audience)
    between = _WIDEST_FIRST[floor.strictness : top.strictness + 1]
    return all(_satisfies(label, fact, audience) for label in between)


def _provider_may_know(floor: Label, top: Label, fact: Fact, audience: Audience) -> bool:
    """A provider sees what is declared PUBLIC or PROVIDER, and nothing that is not.

    Where handling has raised that further, only those of its people see it whom somebody named.
    """
    if floor.strictness > Label.PROVIDER.strictness or top is Label.PERSONAL:
        return False
    if top is Label.PUBLIC:
        return True
    named = bool(audience.holds & set(fact.handling.holders))
    return fact.location_id in audience.locations and (top is Label.PROVIDER or named)


def _satisfies(label: Label, fact: Fact, audience: Audience) -> bool:
    match label:
        case Label.PUBLIC:
            return True
        case Label.PROVIDER | Label.AGENCIES:
            return _in_case(audience)
        case Label.NAMED:
            return _named(fact, audience)
        case _:
            return False


def _in_case(audience: Audience) -> bool:
    return audience.in_case and audience.agreed


def _named(fact: Fact, audience: Audience) -> bool:
    # An answer about no location (a receipt) is the sender's own, with or without an agreement.
    agreed = audience.agreed or fact.location_id is None
    return agreed and bool(audience.holds & set(fact.handling.holders))


def _why_not(label: Label, audience: Audience) -> str:
    if label is Label.PERSONAL:
        return "personal"
    if audience.kind is AudienceKind.PROVIDER:
        return "not-for-this-provider"
    if not audience.agreed:
        return "no-agreement"
    if label is Label.NAMED:
        return "not-named"
    return "not-in-the-case"


def _right(existence: Label, fact: Fact, audience: Audience) -> str:
    label = raised(existence, fact.handling)
    if label is Label.PUBLIC:
        return "label PUBLIC"
    if label is Label.NAMED:
        return f"named; {audience.right}" if audience.in_case else "named"
    return audience.right


def _as_told(shown: Mapping[str, object], place: Place | None, secret: bytes) -> dict[str, Json]:
    told: dict[str, Json] = {}
    for name, value in shown.items():
        if name == LOCATION_FIELD:
            if place is not None:
                told["location"] = {"reference": place.reference, "name": place.name}
        else:
            told[name] = _plain(value, secret)
    return told


def _plain(value: object, secret: bytes) -> Json:
    """A value as JSON, every id of ours replaced by the one that this audience knows."""
    match value:
        case UUID():
            return str(derive(secret, value))
        case Enum():
            return str(value.value)
        case date():
            return value.isoformat()
        case None | bool() | int() | float() | str():
            return value
        case list() | tuple() | set() | frozenset():
            return [_plain(item, secret) for item in value]
        case Mapping():
            return {str(name): _plain(item, secret) for name, item in value.items()}
        case _:
            raise TypeError(f"a {type(value).__name__} has no projection")
