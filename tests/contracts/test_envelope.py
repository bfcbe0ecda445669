"""Our CloudEvents against the CloudEvents SDK, and what a partner may do wrong."""

import json
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from cloudevents.core.bindings.kafka import (
    KafkaMessage,
    from_binary_event,
    to_binary_event,
    to_structured_event,
)
from cloudevents.core.v1.event import CloudEvent as SdkEvent
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from shared.contracts.envelope import (
    MAX_BYTES,
    Envelope,
    Unreadable,
    body_of,
    headers_of,
    read,
    read_cloud_event,
)
from shared.contracts.event import declared_events
from shared.contracts.inbound import inbound_messages
from shared.contracts.intake import ConcernReceived, ContactRemoved
from shared.contracts.words import Handling, ImplicatedRole, Label

KNOWN = declared_events()
SECRET = "Zebediah Quimby"
TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
CONCERN = ConcernReceived(
    partnership="combined",
    handling=Handling(Label.NAMED, ("police",)),
    location_id=UUID(int=1),
    concern_id=UUID(int=2),
    category="falls",
    occurred_on=date(2026, 11, 20),
    reported_by_provider=True,
    action_taken=True,
    implicated_role=ImplicatedRole.PROPRIETOR,
)
ENVELOPE = Envelope(UUID(int=3), datetime(2026, 11, 21, 9, 30, tzinfo=UTC), CONCERN, TRACEPARENT)
ATTRIBUTES: dict[str, Any] = {
    "id": "message-1",
    "source": "urn:example:police",
    "type": "partner.concern.raised.v1",
    "specversion": "1.0",
    "datacontenttype": "application/json",
    "time": datetime(2026, 11, 21, 9, 30, tzinfo=UTC),
}
BINARY = {
    f"ce_{k}": str(v).encode() for k, v in ATTRIBUTES.items() if k in ("id", "source", "type")
}
BINARY |= {"ce_specversion": b"1.0", "content-type": b"application/json"}
STRUCTURED = {"content-type": b"application/cloudevents+json"}


def test_the_sdk_reads_our_binary_headers() -> None:
    headers = dict(headers_of(ENVELOPE))
    value = body_of(CONCERN)
    assert value is not None
    read_by_sdk = from_binary_event(KafkaMessage(headers, None, value))
    assert read_by_sdk.get_attributes() == {
        "specversion": "1.0",
        "id": str(ENVELOPE.id),
        "source": "urn:provider-quality:intake",
        "type": "intake.concern.received.v1",
        "time": ENVELOPE.time,
        "subject": str(CONCERN.location_id),
        "dataschema": "urn:provider-quality:schema:intake.concern.received.v1",
        "datacontenttype": "application/json",
    }
    assert read_by_sdk.get_data() == json.loads(value)


def test_we_read_what_we_write() -> None:
    assert read(headers_of(ENVELOPE), body_of(CONCERN), KNOWN) == ENVELOPE


def test_a_tombstone_has_no_value_and_is_read_from_its_subject() -> None:
    left = ContactRemoved(partnership="-", person_ref=UUID(int=7))
    envelope = Envelope(UUID(int=8), ENVELOPE.time, left)
    assert body_of(left) is None
    assert read(headers_of(envelope), None, KNOWN) == envelope


@pytest.mark.parametrize("write", [to_binary_event, to_structured_event])
def test_we_read_what_the_sdk_writes_in_both_modes(write: Any) -> None:
    message = write(SdkEvent(attributes=ATTRIBUTES, data={"location": "1-123"}))
    headers = [*message.headers.items(), ("traceparent", TRACEPARENT.encode())]
    found = read_cloud_event(headers, message.value)
    assert (found.id, found.source, found.type) == (
        ATTRIBUTES["id"],
        ATTRIBUTES["source"],
        ATTRIBUTES["type"],
    )
    assert json.loads(found.data) == {"location": "1-123"}
    assert found.traceparent == TRACEPARENT


def without(headers: dict[str, bytes], name: str) -> dict[str, bytes]:
    return {key: value for key, value in headers.items() if key != name}


REFUSED: list[tuple[str, tuple[str, ...], dict[str, bytes], bytes | None]] = [
    ("door.encoding", ("ce_source",), BINARY | {"ce_source": b"\xff\xfe"}, b"{}"),
    ("door.encoding", ("a header",), BINARY | {SECRET: b"\xff"}, b"{}"),
    ("door.encoding", (), STRUCTURED, b"\xff" + SECRET.encode()),
    ("door.not-json", (), STRUCTURED, SECRET.encode()),
    ("door.not-json", (), STRUCTURED, b"[" * 100_000),
    ("door.not-json", (), STRUCTURED, None),
    ("door.not-a-cloudevent", (), STRUCTURED, json.dumps([SECRET]).encode()),
    ("door.not-a-cloudevent", ("ce_id",), STRUCTURED, b'{"specversion": "1.0"}'),
    ("door.not-a-cloudevent", ("ce_specversion",), {}, SECRET.encode()),
    ("door.not-a-cloudevent", ("ce_specversion",), BINARY | {"ce_specversion": b"0.3"}, b"{}"),
    ("door.not-a-cloudevent", ("ce_id",), BINARY | {"ce_id": b"x" * 201}, b"{}"),
    ("door.not-a-cloudevent", ("ce_id",), without(BINARY, "ce_id"), b"{}"),
    ("door.not-a-cloudevent", ("ce_source",), without(BINARY, "ce_source"), b"{}"),
    ("door.not-a-cloudevent", ("ce_type",), without(BINARY, "ce_type"), b"{}"),
    ("door.too-large", (), BINARY, b" " * (MAX_BYTES + 1)),
]


@pytest.mark.parametrize(("rule", "fields", "headers", "value"), REFUSED)
def test_what_is_no_cloudevent_is_refused_naming_rule_and_field_and_no_value(
    rule: str, fields: tuple[str, ...], headers: dict[str, bytes], value: bytes | None
) -> None:
    with pytest.raises(Unreadable) as refused:
        read_cloud_event(headers.items(), value)
    assert refused.value.rule == rule
    assert refused.value.fields == fields
    assert SECRET not in f"{refused.value} {refused.value.sentence} {refused.value.fields}"


def test_a_message_of_exactly_the_largest_size_is_read() -> None:
    assert read_cloud_event(BINARY.items(), b" " * MAX_BYTES).id == "message-1"


def ours(**changes: Any) -> bytes:
    return json.dumps(CONCERN.model_dump(mode="json") | changes).encode()


@pytest.mark.parametrize(
    ("value", "field"),
    [
        (ours(category=[SECRET]), "category"),
        (ours(occurred_on=SECRET), "occurred_on"),
        (ours(implicated_role=SECRET), "implicated_role"),
        (ours(**{SECRET: SECRET}), "(a field that the schema does not have)"),
        (SECRET.encode(), "(the body is not JSON)"),
        (b"\xff", "(the body is not JSON)"),
        (json.dumps(SECRET).encode(), "(body)"),
    ],
)
def test_an_event_of_ours_that_does_not_fit_is_refused_naming_the_field(
    value: bytes, field: str
) -> None:
    with pytest.raises(Unreadable) as refused:
        read(headers_of(ENVELOPE), value, KNOWN)
    assert refused.value.fields == (field,)
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["ce_type", "ce_id", "ce_time"])
def test_an_event_of_ours_without_an_attribute_is_refused(name: str) -> None:
    headers = [(key, value) for key, value in headers_of(ENVELOPE) if key != name]
    with pytest.raises(Unreadable) as refused:
        read(headers, body_of(CONCERN), KNOWN)
    assert refused.value.fields == (name,)


def test_an_event_of_an_unknown_type_is_refused() -> None:
    with pytest.raises(Unreadable) as refused:
        read(headers_of(ENVELOPE), body_of(CONCERN), {})
    assert refused.value.rule == "event.unknown-type"


HEADER_NAMES = st.sampled_from(
    ["ce_id", "ce_type", "ce_source", "ce_specversion", "ce_time", "content-type", "traceparent"]
)
HEADER_VALUES = st.one_of(
    st.none(),
    st.binary(max_size=40),
    st.sampled_from([b"1.0", b"application/cloudevents+json", *(t.encode() for t in KNOWN)]),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner),
    max_leaves=10,
)
VALUES = st.one_of(st.none(), st.binary(max_size=200), JSON.map(lambda j: json.dumps(j).encode()))
HEADERS = st.lists(st.tuples(HEADER_NAMES | st.text(max_size=10), HEADER_VALUES), max_size=10)


@given(headers=HEADERS, value=VALUES)
def test_a_door_reads_anything_or_says_that_it_cannot(headers: Any, value: bytes | None) -> None:
    try:
        assert read_cloud_event(headers, value).id
    except Unreadable as refused:
        assert refused.rule.startswith("door.")


@given(extra=HEADERS, value=VALUES, type_=st.sampled_from(sorted(KNOWN)))
def test_a_consumer_reads_anything_or_says_that_it_cannot(
    extra: Any, value: bytes | None, type_: str
) -> None:
    headers = [*headers_of(ENVELOPE), ("ce_type", type_.encode()), *extra]
    try:
        assert read(headers, value, KNOWN).event.spec.type in KNOWN
    except Unreadable as refused:
        assert refused.rule.startswith(("event.", "door."))


@pytest.mark.parametrize("cls", [*KNOWN.values(), *inbound_messages().values()])
def test_no_message_tells_the_value_that_does_not_fit_it(cls: type[BaseModel]) -> None:
    wrong = {name: [SECRET] for name in cls.model_fields}
    with pytest.raises(ValidationError) as found:
        cls.model_validate(wrong)
    assert SECRET not in str(found.value)


def test_an_unknown_field_is_not_called_by_its_name() -> None:
    body = json.loads(body_of(CONCERN) or b"{}") | {SECRET: 1}
    with pytest.raises(Unreadable) as refused:
        read(headers_of(ENVELOPE), json.dumps(body).encode(), KNOWN)
    assert refused.value.fields == ("(a field that the schema does not have)",)
