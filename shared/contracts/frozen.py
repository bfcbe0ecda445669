"""The schemas that are released: one file per type and version, compared with the code by a test.

A released schema changes only additively; anything else is a new version of the type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from shared.contracts.catalogue import SERVICES, events_said_by
from shared.contracts.event import schema_of
from shared.contracts.feed import feed_messages, feed_schema_of
from shared.contracts.inbound import inbound_messages, inbound_schema_of

DIRECTORY = Path(__file__).with_name("schemas")

_WORDS = frozenset({"description", "title", "examples"})
"""What a schema says to people; it may change at any time."""


def schemas_in_code() -> dict[str, dict[str, Any]]:
    """The schema of everything that is said on Kafka, by type: inbound, events, feeds."""
    inbound = {type_: inbound_schema_of(cls) for type_, cls in inbound_messages().items()}
    said = [cls for service in SERVICES for cls in events_said_by(service)]
    events = {cls.spec.type: schema_of(cls) for cls in said}
    feeds = {type_: feed_schema_of(cls) for type_, cls in feed_messages().items()}
    return inbound | events | feeds


def additive(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Where a schema does more than add: each violation by the path of the field.

    Allowed are new fields that may be missing, new values of an enumeration, and other words.
    A label is part of the contract: moving one, in either direction, is a new version.
    """
    found = list(_compare("", old, new))
    now = new.get("$defs", {})
    for name, was in old.get("$defs", {}).items():
        if name in now:
            found += _compare(name, was, now[name])
    return found


def _compare(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    yield from _compare_fields(path, old, new)
    lost = [value for value in old.get("enum", ()) if value not in new.get("enum", ())]
    if lost:
        yield f"{path or 'the type'}: a value of the enumeration is gone"
    if ("enum" in old) != ("enum" in new):
        yield f"{path or 'the type'}: an enumeration came or went"
    rest = {"properties", "required", "enum", "$defs"} | _WORDS
    for key in sorted((old.keys() | new.keys()) - rest):
        if _without_words(old.get(key)) != _without_words(new.get(key)):
            yield f"{path or 'the type'}: {key} changed"


def _compare_fields(path: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    was, now = old.get("properties", {}), new.get("properties", {})
    needed_then, needed_now = set(old.get("required", ())), set(new.get("required", ()))
    for name in was:
        here = f"{path}.{name}" if path else name
        if name not in now:
            yield f"{here}: removed"
        else:
            yield from _compare(here, was[name], now[name])
            if (name in needed_then) != (name in needed_now):
                yield f"{here}: became {'required' if name in needed_now else 'optional'}"
    for name in sorted((now.keys() - was.keys()) & needed_now):
        yield f"{path}.{name}: new and required" if path else f"{name}: new and required"


def _without_words(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_words(v) for k, v in value.items() if k not in _WORDS}
    if isinstance(value, list):
        return [_without_words(item) for item in value]
    return value
