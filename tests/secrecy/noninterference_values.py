"""Values for events that nobody listed: drawn from what the declaration says of each field."""

from __future__ import annotations

from datetime import date, timedelta
from enum import Enum
from functools import cache
from random import Random
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin
from uuid import UUID, uuid5

from pydantic import BaseModel

from shared.contracts.catalogue import HEARS, NOTIFICATIONS
from shared.contracts.event import Event, payload_fields
from shared.contracts.words import AgencyFunction, Handling, Label

_NAMES = UUID("a5b1a0b0-6b53-4ad8-9c9d-0f7e0e3f5c11")
TODAY = date(2026, 11, 20)


def named(name: str) -> UUID:
    """An id that a history can name again."""
    return uuid5(_NAMES, name)


HOME, OTHER_HOME, ELSEWHERE = named("home"), named("other home"), named("elsewhere")
PROVIDER, OTHER_PROVIDER = named("provider"), named("other provider")
OF_PROVIDER = {HOME: PROVIDER, OTHER_HOME: OTHER_PROVIDER, ELSEWHERE: OTHER_PROVIDER}
HERE, THERE = "combined", "wirral"
PARTNERSHIP = {HOME: HERE, OTHER_HOME: HERE, ELSEWHERE: THERE}

MANAGER, DEPUTY, OTHER_MANAGER = named("manager"), named("deputy"), named("other manager")
CHAIR, OTHER_CHAIR = named("chair"), named("other chair")
OFFICE_HOLDERS = {MANAGER: PROVIDER, DEPUTY: PROVIDER, OTHER_MANAGER: OTHER_PROVIDER}
CHAIRS = {CHAIR: "icb", OTHER_CHAIR: "council-safeguarding"}
PEOPLE = {**OFFICE_HOLDERS, **CHAIRS}

F = AgencyFunction
FUNCTION_OF = {
    "council-quality": F.COUNCIL_QUALITY,
    "council-contracts": F.COUNCIL_CONTRACTS,
    "council-safeguarding": F.COUNCIL_SAFEGUARDING,
    "icb": F.HEALTH_COMMISSIONER,
    "police": F.POLICE,
    "wirral-icb": F.HEALTH_COMMISSIONER,
}
PARTNERSHIP_OF = {name: THERE if name == "wirral-icb" else HERE for name in FUNCTION_OF}
HOLDERS = (
    *(str(function) for function in dict.fromkeys(FUNCTION_OF.values())),
    *(f"agency:{name}" for name in FUNCTION_OF),
    *(f"person:{ref}" for ref in PEOPLE),
)

_IDS = tuple(named(f"thing {number}") for number in range(8))
_WORDS = ("falls", "staffing", "dignity", "CC-7K3M-9QXD", "offered_accepted", "-", "Ärger & Söhne")
_TRACES = (f"00-{'a' * 32}-{'b' * 16}-01", "none of W3C's")


@cache
def told_events() -> tuple[type[Event], ...]:
    """Every event that notifications hears and that may reach somebody. A new one joins itself."""
    heard = {cls for classes in HEARS[NOTIFICATIONS].values() for cls in classes}
    return tuple(
        sorted((cls for cls in heard if cls.spec.existence), key=lambda cls: cls.spec.type)
    )


def is_reference_to_person(field: str) -> bool:
    """True where a field holds the references of people."""
    return field.endswith(("_ref", "_refs"))


def handling(rng: Random, existence: Label | None) -> Handling:
    """How an instance is handled; what is for named readers only mostly names some."""
    holders = tuple(sorted(rng.sample(HOLDERS, rng.randrange(3))))
    if existence is Label.NAMED:
        return Handling(Label.NAMED, holders)
    label = rng.choice((None, None, None, Label.NAMED, Label.NAMED, Label.AGENCIES, *Label))
    return Handling(label, holders if label else ())


def values(
    cls: type[Event], rng: Random, location: UUID, *, only: frozenset[str] | None = None
) -> dict[str, Any]:
    """A value for every field of an event about a location, or for some of them only."""
    drawn = {
        name: location if name == "location_id" else _value(annotation, name, rng)
        for name, annotation in _fields(cls)
        if only is None or name in only
    }
    for name in [name for name in drawn if name.endswith("_ends_at")]:
        begins = name.replace("_ends_at", "_starts_at")
        drawn[name] = drawn.get(begins) and (drawn[name] or _text(name, rng))
    return drawn


@cache
def _fields(cls: type[Event]) -> tuple[tuple[str, Any], ...]:
    return tuple((name, cls.model_fields[name].annotation) for name in payload_fields(cls))


def _value(kind: Any, name: str, rng: Random) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if origin in (Union, UnionType):
        chosen = rng.choice(inner)
        return None if chosen is NoneType else _value(chosen, name, rng)
    if origin is Literal:
        return rng.choice(inner)
    if origin is tuple:
        drawn = (_value(inner[0], name, rng) for _ in range(rng.randrange(1, 4)))
        return tuple(dict.fromkeys(drawn))
    return _plain(kind, name, rng)


def _plain(kind: Any, name: str, rng: Random) -> Any:
    if kind is UUID:
        return rng.choice(_people(name) if is_reference_to_person(name) else _IDS)
    if kind is bool:
        return rng.random() < 0.5
    if kind is int:
        return rng.randrange(5)
    if kind is date:
        return TODAY + timedelta(days=rng.randrange(-40, 40))
    if kind is str:
        return _text(name, rng)
    if issubclass(kind, Enum):
        return rng.choice(tuple(kind))
    if issubclass(kind, BaseModel):
        return kind(**{n: _value(f.annotation, n, rng) for n, f in kind.model_fields.items()})
    raise TypeError(f"{name}: the generator knows no values of {kind}")


def _people(name: str) -> tuple[UUID, ...]:
    return tuple(CHAIRS if "chair" in name else OFFICE_HOLDERS)


def _text(name: str, rng: Random) -> str:
    if name == "agency_id":
        return rng.choice(tuple(FUNCTION_OF))
    if name.endswith(("_at", "_by")):
        return f"2027-01-{rng.randrange(10, 28)}T{rng.randrange(8, 18):02}:30:00.000000Z"
    if name.endswith("traceparent"):
        return rng.choice(_TRACES)
    return rng.choice(_WORDS)
