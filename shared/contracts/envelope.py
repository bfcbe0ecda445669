"""CloudEvents 1.0 on Kafka: ours leave in binary mode; partners' come in binary or structured mode.

The headers are written directly because this is the hot path; tests hold them against the
CloudEvents SDK. Nothing here repeats a value that somebody sent: errors name fields only.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from shared.contracts.event import Event, schema_id

Headers = Iterable[tuple[str, bytes]]

CONTENT_TYPE = "application/json"
STRUCTURED = "application/cloudevents+json"
MAX_BYTES = 1_048_576
"""The largest message a door takes: 1 MiB."""

TRACEPARENT = re.compile(r"00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C trace context; what a partner sends and is none is not carried any further."""

NAMED_HEADERS = frozenset(
    {
        *("ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time", "ce_subject"),
        *("ce_dataschema", "ce_datacontenttype", "content-type", "traceparent"),
    }
)
"""Headers that an error or a listing may name; any other name is text of the sender's own."""

_FORBIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
"""Characters that CloudEvents 1.0 allows in no attribute (its type system, String)."""


class Unreadable(Exception):  # noqa: N818 - reads as what the message is
    """A record that is not what its topic should carry. Names the rule and the fields, no value."""

    def __init__(self, rule: str, sentence: str, *fields: str) -> None:
        super().__init__(f"{rule}: {', '.join(fields)}" if fields else rule)
        self.rule = rule
        self.sentence = sentence
        self.fields = fields


@dataclass(frozen=True, slots=True)
class Envelope:
    """An event of ours with what travels beside it."""

    id: UUID
    time: datetime
    event: Event
    traceparent: str | None = None

    @property
    def source(self) -> str:
        return source_of(self.event.spec.service)


def source_of(service: str) -> str:
    """The `ce_source` of one of our services."""
    return f"urn:provider-quality:{service}"


def headers_of(envelope: Envelope) -> list[tuple[str, bytes]]:
    """The Kafka headers of an event in CloudEvents binary mode."""
    spec = envelope.event.spec
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(envelope.id).encode()),
        ("ce_source", envelope.source.encode()),
        ("ce_type", spec.type.encode()),
        ("ce_time", rfc3339(envelope.time).encode()),
        ("ce_subject", envelope.event.key.encode()),
        ("ce_dataschema", schema_id(spec.type).encode()),
        ("content-type", CONTENT_TYPE.encode()),
    ]
    if envelope.traceparent:
        headers.append(("traceparent", envelope.traceparent.encode()))
    return headers


def body_of(event: Event) -> bytes | None:
    """The Kafka value of an event; none where it is a tombstone."""
    if event.spec.tombstone:
        return None
    return event.model_dump_json().encode()


def rfc3339(instant: datetime) -> str:
    """An instant in UTC with microseconds and a Z."""
    return instant.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def read(headers: Headers, value: bytes | None, known: Mapping[str, type[Event]]) -> Envelope:
    """Read one of our own events.

    Raises Unreadable for what is not one, naming the attribute or the fields.
    """
    text = decode_headers(headers)
    type_ = _attribute(text, "ce_type")
    cls = known.get(type_)
    if cls is None:
        raise Unreadable("event.unknown-type", "This consumer does not know the type.", "ce_type")
    try:
        id_ = UUID(_attribute(text, "ce_id"))
        time = datetime.fromisoformat(_attribute(text, "ce_time"))
    except ValueError:
        raise Unreadable("event.attribute", "An attribute has no valid form.", "ce_id") from None
    try:
        parsed = cls.model_validate_json(value or _tombstone(cls, text))
    except ValidationError as error:
        fields = fields_of(error)
        raise Unreadable("event.fields", "Fields do not fit the schema.", *fields) from None
    return Envelope(id_, time, parsed, text.get("traceparent"))


def _tombstone(cls: type[Event], headers: Mapping[str, str]) -> bytes:
    if not cls.spec.tombstone:
        return b""
    return json.dumps({cls.spec.key: headers.get("ce_subject"), "partnership": "-"}).encode()


def decode_headers(headers: Headers) -> dict[str, str]:
    """Kafka headers as text; a header that is not UTF-8 is refused by name."""
    text: dict[str, str] = {}
    for name, raw in headers:
        if "\ufffd" in name:  # a name that is not UTF-8 is read so
            raise Unreadable("door.encoding", "A header is not UTF-8.", "a header")
        try:
            text[name] = raw.decode("utf-8") if raw is not None else ""
        except UnicodeDecodeError:
            shown = name if name in NAMED_HEADERS else "a header"
            raise Unreadable("door.encoding", "A header is not UTF-8.", shown) from None
    return text


_UNKNOWN_NAME = frozenset({"extra_forbidden", "unexpected_keyword_argument", "invalid_key"})
"""Errors whose path ends in a name that the sender chose."""
_OF_WORDS = frozenset({"enum", "literal_error"})
_WORD = re.compile(r"'([^']*)'")
_MOST_WORDS = 12
"""So many of a field's words are named, so that an answer stays short."""


def fields_of(error: ValidationError) -> tuple[str, ...]:
    """The names of the fields that do not fit, as paths; unknown names are not repeated."""
    names = []
    for item in error.errors(include_input=False, include_url=False, include_context=False):
        if item["type"] in _UNKNOWN_NAME:
            names.append("(a field that the schema does not have)")
        elif item["type"].startswith("json_"):
            names.append("(the body is not JSON)")
        else:
            names.append(".".join(str(part) for part in item["loc"]) or "(body)")
    return tuple(dict.fromkeys(names))


def words_of(error: ValidationError) -> dict[str, str]:
    """Which words a field knows, by its path: the schema's, and nothing that was sent."""
    return {
        ".".join(str(part) for part in item["loc"]): named(words)
        for item in error.errors(include_input=False, include_url=False)
        if (words := known_words(item["type"], item.get("ctx")))
    }


def known_words(kind: str, context: Mapping[str, Any] | None) -> list[str]:
    """The words of which a value is none, as the library tells them of the schema."""
    if kind not in _OF_WORDS:
        return []
    return _WORD.findall(str((context or {}).get("expected", "")))


def named(words: Sequence[str]) -> str:
    """Words in a sentence: the first dozen, and how many there are besides."""
    more = len(words) - _MOST_WORDS
    return ", ".join(words[:_MOST_WORDS]) + (
        f" and {more} more, see the schema" if more > 0 else ""
    )


@dataclass(frozen=True, slots=True)
class CloudEvent:
    """A partner's message with its attributes read and its data not yet looked at."""

    id: str
    source: str
    type: str
    data: bytes
    traceparent: str | None = None
    time: datetime | None = None
    """When its sender made it, as it says; none where it says nothing that can be read."""


def read_cloud_event(headers: Headers, value: bytes | None) -> CloudEvent:
    """Read a partner's record in binary or structured mode. Raises Unreadable."""
    if value is not None and len(value) > MAX_BYTES:
        raise Unreadable("door.too-large", "The message is larger than 1 MiB.")
    text = decode_headers(headers)
    if text.get("content-type", "").lower().startswith(STRUCTURED):
        return _structured(text, value or b"")
    attributes = {name.removeprefix("ce_"): v for name, v in text.items() if name.startswith("ce_")}
    if not attributes:
        raise Unreadable(
            "door.not-a-cloudevent", "There are no CloudEvents attributes.", "ce_specversion"
        )
    return _checked(attributes, value or b"", text.get("traceparent"))


def _structured(headers: Mapping[str, str], value: bytes) -> CloudEvent:
    try:
        document = json.loads(value.decode("utf-8"))
    except UnicodeDecodeError:
        raise Unreadable("door.encoding", "The message is not UTF-8.") from None
    except (ValueError, RecursionError):
        raise Unreadable("door.not-json", "The message is not JSON.") from None
    if not isinstance(document, dict):
        raise Unreadable("door.not-a-cloudevent", "A structured CloudEvent is a JSON object.")
    data = json.dumps(document.pop("data", None)).encode()
    trace = headers.get("traceparent") or document.pop("traceparent", None)
    return _checked(document, data, trace if isinstance(trace, str) else None)


def _checked(attributes: Mapping[str, Any], data: bytes, traceparent: str | None) -> CloudEvent:
    for name in ("specversion", "id", "source", "type"):
        value = attributes.get(name)
        if not isinstance(value, str) or not value or len(value) > 200:
            raise Unreadable(
                "door.not-a-cloudevent",
                "A required CloudEvents attribute is missing.",
                f"ce_{name}",
            )
        if _FORBIDDEN.search(value):
            raise Unreadable(
                "door.not-a-cloudevent",
                "An attribute holds a character that CloudEvents does not allow.",
                f"ce_{name}",
            )
    if attributes["specversion"] != "1.0":
        raise Unreadable("door.not-a-cloudevent", "Only CloudEvents 1.0 is read.", "ce_specversion")
    return CloudEvent(
        id=attributes["id"],
        source=attributes["source"],
        type=attributes["type"],
        data=data,
        traceparent=traceparent if TRACEPARENT.fullmatch(traceparent or "") else None,
        time=_instant(attributes.get("time")),
    )


def _instant(value: object) -> datetime | None:
    try:
        instant = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return instant if instant and instant.tzinfo else None


def _attribute(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(name)
    if not value:
        raise Unreadable("event.attribute", "A required attribute is missing.", name)
    return value
