"""What an agency reads on its feed: one type per event that may leave, and receipts.

A feed message is a projection. It holds the labelled fields that the agency may know, a location
by its public reference and name instead of our id, and ids that only this feed knows.
"""

from __future__ import annotations

from typing import Any

from shared.contracts import catalogue
from shared.contracts.event import Event, is_added_later, label_of, payload_fields, schema_id
from shared.contracts.intake import (
    ConcernAcknowledged,
    EmergencyUnplaced,
    HandoverUnanswered,
    PolicyReviewDue,
    QuarantineWaiting,
    ReceiptIssued,
    StatutoryRequestDue,
    StatutoryRequestHandedOver,
    StatutoryRequestOverdue,
    TriageOverdue,
)
from shared.contracts.words import Label

RECEIPT_TYPE = "feed.receipt.v1"
_NOT_IN_THE_DATA: dict[type[Event], frozenset[str]] = {
    ReceiptIssued: frozenset({"agency_id", "partner_traceparent"})
}
"""A receipt's reader knows who it is, and finds its own trace in the headers."""

LOCATION = {
    "type": "object",
    "description": "The location by CQC's id, or the council's reference, and its name.",
    "properties": {"reference": {"type": "string"}, "name": {"type": "string"}},
    "required": ["reference", "name"],
    "additionalProperties": False,
}
_TO_A_PERSON = frozenset(
    {
        ConcernAcknowledged,
        EmergencyUnplaced,
        HandoverUnanswered,
        PolicyReviewDue,
        QuarantineWaiting,
        StatutoryRequestHandedOver,
        StatutoryRequestDue,
        StatutoryRequestOverdue,
        TriageOverdue,
    }
)
"""Labelled, but told to one person or mailbox by mail and to no agency."""


def feed_type(cls: type[Event]) -> str:
    """The `ce_type` under which an event goes out on a feed."""
    return RECEIPT_TYPE if cls is ReceiptIssued else f"feed.{cls.spec.type}"


def feed_events() -> tuple[type[Event], ...]:
    """The events that may reach an agency's feed, receipts first."""
    said = [cls for service in catalogue.SERVICES for cls in catalogue.events_said_by(service)]
    leaving = [cls for cls in said if cls.spec.existence and cls not in _TO_A_PERSON]
    return tuple(sorted(leaving, key=lambda cls: cls is not ReceiptIssued))


def feed_schema_of(cls: type[Event]) -> dict[str, Any]:
    """The JSON Schema of an event's projection.

    Required is what everybody is shown who may know of the event at all, and always was; a stricter
    field may be left out.
    """
    schema = cls.model_json_schema(mode="serialization")
    hidden = _NOT_IN_THE_DATA.get(cls, frozenset())
    shown = [n for n in payload_fields(cls) if label_of(cls, n) is not None and n not in hidden]
    named = {name: "location" if name == "location_id" else name for name in shown}
    kept = {named[name]: _field(cls, name, schema["properties"][name]) for name in shown}
    projected = {
        "$id": schema_id(feed_type(cls)),
        "title": f"{cls.__name__} on a feed",
        "description": schema["description"],
        "type": "object",
        "properties": kept,
        "required": [named[name] for name in shown if _always_shown(cls, name)],
        "additionalProperties": False,
        "x-existence-label": cls.spec.existence,
    }
    used = {name: value for name, value in schema.get("$defs", {}).items() if _uses(kept, name)}
    return projected | ({"$defs": used} if used else {})


def feed_messages() -> dict[str, type[Event]]:
    """The events behind the types that a feed may carry."""
    return {feed_type(cls): cls for cls in feed_events()}


def _field(cls: type[Event], name: str, schema: dict[str, Any]) -> dict[str, Any]:
    label = label_of(cls, name)
    schema = dict(LOCATION) if name == "location_id" else schema
    return schema | {"x-label": label.value if label else "INTERNAL"}


def _always_shown(cls: type[Event], name: str) -> bool:
    existence, label = cls.spec.existence or Label.PERSONAL, label_of(cls, name)
    shown = label is not None and label.strictness <= existence.strictness
    return shown and not is_added_later(cls, name)


def _uses(properties: dict[str, Any], definition: str) -> bool:
    return f"#/$defs/{definition}'" in str(properties)
