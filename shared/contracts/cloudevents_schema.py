"""JSON Schemas of the CloudEvents attributes on Kafka: our headers, partners' two modes, feeds."""

from __future__ import annotations

import re
from typing import Any

from shared.contracts.envelope import CONTENT_TYPE, STRUCTURED
from shared.contracts.event import schema_id

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string", "minLength": 1, "maxLength": 200}
_VERSION: Schema = {"const": "1.0"}
_TRACEPARENT: Schema = {"type": "string", "description": "W3C trace context"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_PARTNERS_TIME: Schema = _TIME | {
    "description": "when you made it; give it, and the same when you send it again"
}


def our_headers(type_: str, source: str) -> Schema:
    """The headers of an event between our services."""
    return _object(
        {
            "ce_specversion": _VERSION,
            "ce_id": {"type": "string", "format": "uuid"},
            "ce_source": {"const": source},
            "ce_type": {"const": type_},
            "ce_time": _TIME,
            "ce_subject": {"type": "string", "description": "the record's key"},
            "ce_dataschema": {"const": schema_id(type_)},
            "content-type": {"const": CONTENT_TYPE},
        },
        {"traceparent": _TRACEPARENT},
    )


def feed_headers(type_: str, source: str, *, traced: bool) -> Schema:
    """The headers of a feed record; a receipt carries the sender's own trace and no other."""
    own_trace = {"traceparent": _TRACEPARENT | {"description": "your own, as you sent it"}}
    return _object(
        {
            "ce_specversion": _VERSION,
            "ce_id": {"type": "string", "description": "the same when a record comes twice"},
            "ce_source": {"const": source},
            "ce_type": {"const": type_},
            "ce_subject": {"type": "string", "description": "the location's reference, or you"},
            "ce_time": _TIME | {"description": "when it was disclosed to you"},
            "content-type": {"const": CONTENT_TYPE},
        },
        own_trace if traced else {},
    )


def source_of_agency(agency: str) -> str:
    """The `ce_source` that an agency uses: the same as the topic says of it."""
    return f"urn:agency:{agency}"


def binary_headers(type_: str, source: Schema) -> Schema:
    """The headers of a partner's message in binary mode."""
    return _object(
        {
            "ce_specversion": _VERSION,
            "ce_id": _TEXT | {"description": "yours; the same id again is a duplicate"},
            "ce_source": source,
            "ce_type": {"const": type_},
        },
        {
            "ce_time": _PARTNERS_TIME,
            "content-type": {"const": CONTENT_TYPE},
            "traceparent": _TRACEPARENT,
        },
    )


def structured_headers() -> Schema:
    """The headers of a partner's message in structured mode."""
    begins = "^" + re.escape(STRUCTURED)
    return _object(
        {"content-type": {"type": "string", "pattern": begins}}, {"traceparent": _TRACEPARENT}
    )


def structured_payload(type_: str, source: Schema, data: Schema) -> Schema:
    """The value of a partner's message in structured mode."""
    return _object(
        {
            "specversion": _VERSION,
            "id": _TEXT | {"description": "yours; the same id again is a duplicate"},
            "source": source,
            "type": {"const": type_},
            "data": data,
        },
        {
            "time": _PARTNERS_TIME,
            "datacontenttype": {"const": CONTENT_TYPE},
            "traceparent": _TRACEPARENT,
        },
    )


def _object(required: Schema, optional: Schema) -> Schema:
    return {"type": "object", "required": list(required), "properties": required | optional}
