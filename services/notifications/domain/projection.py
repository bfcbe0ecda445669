"""What an audience may know of a fact: a pure function, and by default nothing.

A label is a floor and handling can only raise it: an audience must satisfy every label from the
floor up to the raised one, so that raising never shows anybody more (docs/architecture.md, Labels).
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import Enum, StrEnum
from uuid import UUID

from shared.contracts.words import Handling, Label

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]

LOCATION_FIELD = "location_id"
SUSPENDED = "suspended"
"""The rule that cuts an agency off, and its people."""
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


@dataclass(frozen=True, slots=True)
class Withheld:
    """The audience is not told, and under which rule."""

    rule: str


@dataclass(frozen=True, slots=True)
class Known:
    """What an audience may know of a fact, without what the fact says."""

    fields: frozenset[str]
    label: Label
    """The label in force for the fact's existence."""
    right: str


@dataclass(frozen=True, slots=True)
class Saying:
    """What a fact says, as JSON; ids of ours are left to be replaced for each audience."""

    plain: Mapping[str, Json]
    with_ids: Mapping[str, object]


def project(fact: Fact, audience: Audience) -> Projection | Withheld:
    """The fields of a fact that an audience may know, or that it may not know of the fact."""
    known = may_know(fact, audience)
    if isinstance(known, Withheld):
        return known
    return tell(fact, saying_of(fact), known, audience.secret)


def may_know(fact: Fact, audience: Audience) -> Known | Withheld:
    """Which fields of a fact an audience may know: by labels and rights, whatever it says.

    For agencies the answer is the same for all facts of one event type and handling that have a
    location, or have none (and for which the place is known, or is not).
    """
    existence = fact.shape.existence
    if existence is None:
        return Withheld("internal")
    if audience.suspended:
        return Withheld(SUSPENDED)
    if not _may_know(existence, fact, audience):
        return Withheld(_why_not(raised(existence, fact.handling), audience))
    if fact.location_id is not None and fact.place is None:
        return Withheld("location-unknown")
    floors = {floor for floor in fact.shape.fields.values() if floor is not None}
    known = {floor for floor in floors if _may_know(floor, fact, audience)}
    shown = frozenset(name for name, floor in fact.shape.fields.items() if floor in known)
    if not shown & fact.values.keys():
        return Withheld("nothing-to-show")
    return Known(shown, raised(existence, fact.handling), _right(existence, fact, audience))


def saying_of(fact: Fact) -> Saying:
    """What a fact says, made ready once for all its audiences."""
    plain: dict[str, Json] = {}
    with_ids: dict[str, object] = {}
    for name, value in fact.values.items():
        if name == LOCATION_FIELD:
            continue
        if isinstance(value, UUID | list | tuple | set | frozenset | Mapping):
            with_ids[name] = value
        else:
            plain[name] = _plain(value, b"")
    return Saying(plain, with_ids)


def tell(fact: Fact, saying: Saying, known: Known, secret: bytes) -> Projection:
    """A fact as one audience is told it: the fields that it may know, with ids of its own."""
    shown = known.fields
    data = {name: value for name, value in saying.plain.items() if name in shown}
    for name, value in saying.with_ids.items():
        if name in shown:
            data[name] = _plain(value, secret)
    if fact.place is not None and LOCATION_FIELD in shown and LOCATION_FIELD in fact.values:
        data["location"] = {"reference": fact.place.reference, "name": fact.place.name}
    return Projection(fact.event_id, known.label, known.right, data)


def raised(floor: Label, handling: Handling) -> Label:
    """The label in force: handling can only raise the floor."""
    if handling.label is None or handling.label.strictness < floor.strictness:
        return floor
    return handling.label


def derive(secret: bytes, id_: UUID) -> UUID:
    """The id that one audience knows something by: an HMAC, in the form of a UUID."""
    return UUID(derived_text(secret, id_))


def derived_text(secret: bytes, id_: UUID) -> str:
    """The same as text; most of them are only written."""
    text = hmac.digest(secret, id_.bytes, "sha256")[:16].hex()
    variant = "89ab"[int(text[16], 16) & 3]  # RFC 9562
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:]}"


def secret_of(master: bytes, audience: str) -> bytes:
    """The secret of one feed or reader, from which the ids that it sees derive."""
    return hmac.digest(master, audience.encode(), "sha256")


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


def _plain(value: object, secret: bytes) -> Json:
    """A value as JSON, every id of ours replaced by the one that this audience knows."""
    match value:
        case UUID():
            return derived_text(secret, value)
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
