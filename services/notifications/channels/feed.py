"""A record on an agency's feed: a CloudEvent in binary mode, with nothing of ours on it.

Its id is an HMAC of our event's under the feed's secret, its time that of the disclosure, and our
trace stays with us. A partner's own trace comes back to it on the receipt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

import orjson

from services.notifications.domain.projection import Fact, Json, Projection, derived_text
from shared.contracts.catalogue import outbound_topic
from shared.contracts.envelope import CONTENT_TYPE, TRACEPARENT, rfc3339, source_of
from shared.contracts.event import declared_events
from shared.contracts.feed import RECEIPT_TYPE, feed_type
from shared.platform import outbox

_RECEIPT_HEADERS_ONLY = frozenset({"agency_id", "partner_traceparent"})
_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_SOURCE = source_of("notifications")
_time_of = lru_cache(maxsize=16)(rfc3339)
"""All records of a unit of work have one time."""


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
    ce_id = derived_text(secret, fact.event_id)
    type_ = _type_of(fact.event_type)
    subject = _subject(told, agency_id)
    data = told.data
    if type_ == RECEIPT_TYPE:
        data = {name: value for name, value in data.items() if name not in _RECEIPT_HEADERS_ONLY}
    body = body_of(data)
    headers = [
        ["ce_specversion", "1.0"],
        ["ce_id", ce_id],
        ["ce_source", _SOURCE],
        ["ce_type", type_],
        ["ce_time", _time_of(at)],
        ["ce_subject", subject],
        ["content-type", CONTENT_TYPE],
        *_partners_own_trace(type_, told),
    ]
    row = outbox.row_of(
        event_id=UUID(ce_id),
        event_type=type_,
        topic=_topic_of(agency_id),
        key=subject,
        headers=headers,
        value=body,
        at=at,
    )
    return Record(agency_id, row["event_id"], type_, hashlib.sha256(body).hexdigest(), row)


def body_of(data: Mapping[str, Json]) -> bytes:
    """Canonical JSON: the same facts always give the same bytes."""
    try:
        return orjson.dumps(data, option=orjson.OPT_SORT_KEYS)
    except TypeError:  # a number beyond 64 bits
        return _CANONICAL.encode(data).encode()


@cache
def _type_of(event_type: str) -> str:
    return feed_type(declared_events()[event_type])


@cache
def _topic_of(agency_id: str) -> str:
    return outbound_topic(agency_id)


def _subject(told: Projection, agency_id: str) -> str:
    """The location's reference where the agency may know the location, else the agency itself."""
    location = told.data.get("location")
    return str(location["reference"]) if isinstance(location, dict) else agency_id


def _partners_own_trace(type_: str, told: Projection) -> list[list[str]]:
    trace = told.data.get("partner_traceparent") if type_ == RECEIPT_TYPE else None
    if not isinstance(trace, str) or not TRACEPARENT.fullmatch(trace):
        return []
    return [["traceparent", trace]]
