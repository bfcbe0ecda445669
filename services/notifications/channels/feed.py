"""A record on an agency's feed: a CloudEvent in binary mode, with nothing of ours on it.

Its id is an HMAC of our event's under the feed's secret, its time that of the disclosure, and our
trace stays with us. A partner's own trace comes back to it on the receipt.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from services.notifications.domain.projection import (
    Fact,
    Projection,
    body_of,
    derive,
    digest_of_body,
)
from shared.contracts.catalogue import outbound_topic
from shared.contracts.envelope import CONTENT_TYPE, TRACEPARENT, rfc3339, source_of
from shared.contracts.event import declared_events
from shared.contracts.feed import RECEIPT_TYPE, feed_type
from shared.platform import outbox

_RECEIPT_HEADERS_ONLY = frozenset({"agency_id", "partner_traceparent"})


@dataclass(frozen=True, slots=True)
class Record:
    """What one agency gets of one fact."""

    agency_id: str
    ce_id: UUID
    type: str
    digest: str
    row: dict[str, Any]
    """The outbox row."""


def record_of(
    fact: Fact, told: Projection, *, agency_id: str, secret: bytes, at: datetime
) -> Record:
    """The record of a projection on an agency's feed."""
    ce_id = derive(secret, fact.event_id)
    type_ = feed_type(declared_events()[fact.event_type])
    subject = _subject(told, agency_id)
    data = {name: value for name, value in told.data.items() if name not in _hidden(type_)}
    body = body_of(data)
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", str(ce_id).encode()),
        ("ce_source", source_of("notifications").encode()),
        ("ce_type", type_.encode()),
        ("ce_time", rfc3339(at).encode()),
        ("ce_subject", subject.encode()),
        ("content-type", CONTENT_TYPE.encode()),
        *_partners_own_trace(type_, told),
    ]
    row = outbox.row_of(
        event_id=ce_id,
        event_type=type_,
        topic=outbound_topic(agency_id),
        key=subject,
        headers=headers,
        value=body,
        at=at,
    )
    return Record(agency_id, ce_id, type_, digest_of_body(body), row)


def _hidden(type_: str) -> frozenset[str]:
    return _RECEIPT_HEADERS_ONLY if type_ == RECEIPT_TYPE else frozenset()


def _subject(told: Projection, agency_id: str) -> str:
    """The location's reference where the agency may know the location, else the agency itself."""
    location = told.data.get("location")
    return str(location["reference"]) if isinstance(location, dict) else agency_id


def _partners_own_trace(type_: str, told: Projection) -> list[tuple[str, bytes]]:
    trace = told.data.get("partner_traceparent") if type_ == RECEIPT_TYPE else None
    if not isinstance(trace, str) or not TRACEPARENT.fullmatch(trace):
        return []
    return [("traceparent", trace.encode())]
