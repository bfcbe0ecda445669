"""How an event is declared: once, by the service that says it, with a label on every field."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from pydantic.fields import FieldInfo

from shared.contracts.words import Handling, Label

E = TypeVar("E", bound="type[Event]")


@dataclass(frozen=True, slots=True)
class EventSpec:
    """What the catalogue knows of an event class."""

    type: str
    key: str
    existence: Label | None
    """Who may know that it happened at all; None: it never leaves the four services."""
    tombstone: bool = False
    """True where the record has no value and so ends what a compacted topic keeps for its key."""

    @property
    def service(self) -> str:
        return self.type.split(".", 1)[0]


class Event(BaseModel):
    """A fact that one service tells the others. Thin: ids, enumerations, dates, what changed.

    A person's identity is never in an event; free text neither. `handling` can only raise labels.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    spec: ClassVar[EventSpec]

    partnership: str
    handling: Handling = Handling()

    @property
    def key(self) -> str:
        """The Kafka key: our own immutable id of what the fact is about."""
        return str(getattr(self, self.spec.key))


ENVELOPE_FIELDS = frozenset({"partnership", "handling"})
"""Fields that every event has and that no audience is shown."""

ADDED_LATER = "added later"
"""Beside a field's label: records from before it exist, so that no reader may count on it."""

_declared: dict[str, type[Event]] = {}


def event(
    type_: str,
    *,
    key: str = "location_id",
    existence: Label | None = Label.AGENCIES,
    tombstone: bool = False,
) -> Callable[[E], E]:
    """Declare an event class: versioned type, the field that is its key, existence label."""

    def declare(cls: E) -> E:
        if type_ in _declared:
            raise TypeError(f"{type_} is declared twice")
        if key not in _fields(cls):
            raise TypeError(f"{cls.__name__} has no field {key} to be its key")
        cls.spec = EventSpec(type_, key, existence, tombstone)
        unlabelled = [name for name in payload_fields(cls) if label_of(cls, name) is None]
        if unlabelled and existence is not None:
            raise TypeError(f"{cls.__name__} has fields without a label: {', '.join(unlabelled)}")
        _declared[type_] = cls
        return cls

    return declare


def _fields(cls: type[Event]) -> dict[str, FieldInfo]:
    return cls.model_fields


def payload_fields(cls: type[Event]) -> Iterator[str]:
    """The fields that an audience could be shown, in order of declaration."""
    return (name for name in _fields(cls) if name not in ENVELOPE_FIELDS)


def label_of(cls: type[Event], field: str) -> Label | None:
    """The floor label of a field, or None where it has none (then it does not leave)."""
    for item in _fields(cls)[field].metadata:
        if isinstance(item, Label):
            return item
    return None


def is_added_later(cls: type[Event], field: str) -> bool:
    """True where the first records of the type do not have the field."""
    return ADDED_LATER in _fields(cls)[field].metadata


def declared_events() -> dict[str, type[Event]]:
    """All event classes by type. Import `shared.contracts.catalogue` first: it imports them all."""
    return dict(_declared)


def schema_of(cls: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event, each field with its label under `x-label`."""
    schema = cls.model_json_schema()
    for name in payload_fields(cls):
        label = label_of(cls, name)
        schema["properties"][name]["x-label"] = label.value if label else "INTERNAL"
    existence = cls.spec.existence
    schema["x-existence-label"] = existence.value if existence else "INTERNAL"
    schema["$id"] = schema_id(cls.spec.type)
    return schema


def schema_id(event_type: str) -> str:
    """The absolute URI under which an event's schema goes (`ce_dataschema`)."""
    return f"urn:provider-quality:schema:{event_type}"


Id = UUID
"""Our own ids. In a projection every one of them is replaced by one derived for that audience."""
