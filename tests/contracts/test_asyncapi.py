"""The AsyncAPI documents: valid, complete, and an agency's says nothing of anybody else.

`asyncapi-3.0.0.schema.json` is the JSON Schema of AsyncAPI 3.0.0 as the AsyncAPI Initiative
publishes it (Apache License 2.0), unchanged.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator, Draft202012Validator

from deploy.contracts import AGENCIES, ROOT, documents, strangers
from services.intake.domain.door import source_of_agency
from shared.contracts.agencies import Agency, load
from shared.contracts.asyncapi import of_agency, whole
from shared.contracts.catalogue import (
    CONTACTS_TOPIC,
    HEARS,
    SERVICES,
    inbound_topic,
    outbound_topic,
    partner_types,
    principal_of_agency,
)
from shared.contracts.event import declared_events, payload_fields
from shared.contracts.feed import RECEIPT_TYPE, feed_messages

DEMO = load(AGENCIES)
VALIDATOR = Draft7Validator(
    json.loads(Path(__file__).with_name("asyncapi-3.0.0.schema.json").read_text("utf-8"))
)
DOCUMENTS = {"whole": whole(), **{agency.id: of_agency(agency) for agency in DEMO}}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_document_is_asyncapi_3(name: str) -> None:
    assert [error.message for error in VALIDATOR.iter_errors(DOCUMENTS[name])] == []


def test_the_schema_finds_what_is_not_asyncapi_3() -> None:
    broken = json.loads(json.dumps(DOCUMENTS["whole"]))
    next(iter(broken["operations"].values()))["action"] = "shout"
    assert not VALIDATOR.is_valid(broken)


@pytest.mark.parametrize("name", DOCUMENTS)
def test_every_reference_leads_somewhere_in_the_document(name: str) -> None:
    references = list(_references(DOCUMENTS[name]))
    assert references
    for reference in references:
        assert reference.startswith("#/")
        found: Any = DOCUMENTS[name]
        for step in reference.removeprefix("#/").split("/"):
            found = found[step]


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for item in node:
            yield from _references(item)


@pytest.mark.parametrize("agency", DEMO, ids=lambda agency: agency.id)
def test_an_agency_sees_exactly_its_two_channels(agency: Agency) -> None:
    document = DOCUMENTS[agency.id]
    assert [channel["address"] for channel in document["channels"].values()] == [
        inbound_topic(agency.id),
        outbound_topic(agency.id),
    ]
    assert {o["action"]: o["channel"]["$ref"] for o in document["operations"].values()} == {
        "send": "#/channels/in",
        "receive": "#/channels/out",
    }


@pytest.mark.parametrize("agency", DEMO, ids=lambda agency: agency.id)
def test_an_agency_s_document_names_no_other_agency_and_no_internal_topic(agency: Agency) -> None:
    text = json.dumps(DOCUMENTS[agency.id])
    others = [other for other in DEMO if other is not agency]
    hidden = [
        *(f"{service}.v1" for service in SERVICES),
        CONTACTS_TOPIC,
        *(other.name for other in others),
        *(principal_of_agency(other.id) for other in others),
        *(f"partner.{other.id}." for other in others),
    ]
    assert [word for word in hidden if word in text] == []


@pytest.mark.parametrize("agency", DEMO, ids=lambda agency: agency.id)
def test_an_agency_may_send_the_types_of_its_functions_in_both_modes(agency: Agency) -> None:
    types = partner_types(agency.open_functions)
    assert "partner.concern.raised.v1" in types
    expected = {name for type_ in types for name in (type_, f"{type_}.structured")}
    assert set(DOCUMENTS[agency.id]["channels"]["in"]["messages"]) == expected


def test_only_safeguarding_may_send_enquiries_and_only_the_regulator_ratings() -> None:
    def senders(type_: str) -> set[str]:
        return {a.id for a in DEMO if type_ in DOCUMENTS[a.id]["channels"]["in"]["messages"]}

    assert senders("partner.safeguarding_enquiry.updated.v1") == {"council-safeguarding"}
    assert senders("partner.cqc_rating.published.v1") == {"cqc"}


@pytest.mark.parametrize("agency", DEMO, ids=lambda agency: agency.id)
def test_a_feed_carries_receipts_and_feed_types_only(agency: Agency) -> None:
    messages = DOCUMENTS[agency.id]["channels"]["out"]["messages"]
    assert set(messages) == set(feed_messages())
    assert RECEIPT_TYPE in messages
    assert all(name.startswith("feed.") for name in messages)


def test_the_source_that_an_agency_is_told_is_the_one_that_the_door_takes() -> None:
    for agency in DEMO:
        messages = DOCUMENTS[agency.id]["components"]["messages"]
        told = messages["partner.concern.raised.v1"]["headers"]["properties"]["ce_source"]
        assert told == {"const": source_of_agency(agency.id)}


def test_the_payload_of_a_message_can_be_validated_from_the_document() -> None:
    document = DOCUMENTS["cqc"]
    schema = document["components"]["messages"]["partner.cqc_rating.published.v1.structured"]
    validator = Draft202012Validator(schema["payload"] | {"components": document["components"]})
    message: dict[str, Any] = {
        "specversion": "1.0",
        "id": "1",
        "source": "urn:agency:cqc",
        "type": "partner.cqc_rating.published.v1",
        "data": {
            "location": "1-1234567890",
            "key_question": "overall",
            "rating": "Good",
            "published_on": "2026-11-20",
        },
    }
    assert validator.is_valid(message)
    message["data"]["rating"] = "Excellent"
    assert not validator.is_valid(message)


def test_the_whole_says_who_sends_and_who_receives_each_event() -> None:
    for service in SERVICES:
        for topic, heard in HEARS[service].items():
            operation = DOCUMENTS["whole"]["operations"][f"{service}.receive.{topic}"]
            named = {message["$ref"].rsplit("/", 1)[1] for message in operation["messages"]}
            assert named == {cls.spec.type for cls in heard}
    sent = {
        message["$ref"].rsplit("/", 1)[1]
        for operation in DOCUMENTS["whole"]["operations"].values()
        if operation["action"] == "send"
        for message in operation["messages"]
    }
    assert sent == set(declared_events()) | set(feed_messages())


def test_the_whole_has_a_label_on_every_field_of_every_event() -> None:
    messages = DOCUMENTS["whole"]["components"]["messages"]
    for type_, cls in declared_events().items():
        if not cls.spec.tombstone:
            properties = messages[type_]["payload"]["properties"]
            assert all("x-label" in properties[name] for name in payload_fields(cls))


def test_what_is_written_in_the_repository_is_what_the_catalogue_says() -> None:
    stale = [
        str(path.relative_to(ROOT))
        for path, text in documents(ROOT, DEMO).items()
        if not path.exists() or path.read_text("utf-8") != text
    ]
    assert stale == []
    assert strangers(ROOT, DEMO) == []
