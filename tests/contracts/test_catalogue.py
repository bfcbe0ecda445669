"""The catalogue holds together: nothing unheard, nothing unlabelled, nothing that escapes."""

from datetime import date
from typing import Annotated
from uuid import uuid4

import pytest

from shared.contracts import catalogue
from shared.contracts.agencies import agencies_of
from shared.contracts.catalogue import HEARS, SERVICES, UNHEARD, acls, topic_of, topics
from shared.contracts.event import Event, Id, declared_events, event, label_of, payload_fields
from shared.contracts.words import AgencyFunction, Label

EVENTS = declared_events()
AGENCIES = ("cqc", "police")


@pytest.mark.parametrize("type_", EVENTS)
def test_every_event_has_a_hearer_or_is_said_for_the_record(type_: str) -> None:
    cls = EVENTS[type_]
    hearers = [s for s in SERVICES if cls in HEARS[s].get(topic_of(cls), frozenset())]
    assert bool(hearers) is (cls not in UNHEARD)


def test_nobody_hears_an_event_on_a_topic_that_does_not_carry_it() -> None:
    misplaced = [
        (service, topic, cls.__name__)
        for service, heard in HEARS.items()
        for topic, classes in heard.items()
        for cls in classes
        if topic_of(cls) != topic
    ]
    assert misplaced == []


def test_no_service_hears_itself() -> None:
    assert [s for s, heard in HEARS.items() if any(t.startswith(f"{s}.") for t in heard)] == []


def test_every_partner_topic_has_one_partition() -> None:
    partner = [topic for topic in topics(AGENCIES) if topic.name.startswith("partner.")]
    assert len(partner) == 2 * len(AGENCIES)
    assert {topic.partitions for topic in partner} == {1}


def test_inbound_topics_are_uncompressed_stamped_by_the_broker_and_kept_seven_days() -> None:
    inbound = [dict(topic.config) for topic in topics(AGENCIES) if topic.name.endswith(".in.v1")]
    for config in inbound:
        assert config["compression.type"] == "uncompressed"
        assert config["message.timestamp.type"] == "LogAppendTime"
        assert config["retention.ms"] == str(7 * 24 * 3600 * 1000)
        assert config["max.message.bytes"] == "1048576"


def test_every_topic_is_stamped_by_the_broker_so_that_no_writers_clock_matters() -> None:
    stamped = {dict(topic.config)["message.timestamp.type"] for topic in topics(AGENCIES)}
    assert stamped == {"LogAppendTime"}


@pytest.mark.parametrize("type_", EVENTS)
def test_no_field_of_an_event_is_personal(type_: str) -> None:
    cls = EVENTS[type_]
    assert cls.spec.existence is not Label.PERSONAL
    assert Label.PERSONAL not in {label_of(cls, name) for name in payload_fields(cls)}


@pytest.mark.parametrize("type_", EVENTS)
def test_an_event_that_may_leave_has_a_label_on_every_field(type_: str) -> None:
    cls = EVENTS[type_]
    unlabelled = [name for name in payload_fields(cls) if label_of(cls, name) is None]
    assert not (unlabelled and cls.spec.existence)


def test_an_event_with_a_field_without_a_label_cannot_be_declared() -> None:
    class Leaky(Event):
        location_id: Annotated[Id, Label.AGENCIES]
        whatever: str

    with pytest.raises(TypeError, match="without a label: whatever"):
        event("intake.leaky.happened.v1")(Leaky)
    assert "intake.leaky.happened.v1" not in declared_events()


def test_a_type_cannot_be_declared_twice() -> None:
    class Again(Event):
        location_id: Annotated[Id, Label.AGENCIES]

    with pytest.raises(TypeError, match="declared twice"):
        event("intake.concern.received.v1")(Again)


def test_an_event_is_keyed_by_a_field_that_it_has() -> None:
    class Keyless(Event):
        agency_id: Annotated[str, Label.AGENCIES]

    with pytest.raises(TypeError, match="no field location_id"):
        event("intake.keyless.happened.v1")(Keyless)


@pytest.mark.parametrize("type_", EVENTS)
def test_the_type_of_an_event_begins_with_the_service_that_says_it_and_ends_in_a_version(
    type_: str,
) -> None:
    service, *middle, version = type_.split(".")
    assert service in SERVICES
    assert middle
    assert version.startswith("v") and version[1:].isdigit()


def test_an_agency_holds_rights_to_its_own_topics_and_groups_only() -> None:
    for agency in AGENCIES:
        principal = catalogue.principal_of_agency(agency)
        own = {catalogue.inbound_topic(agency), catalogue.outbound_topic(agency)}
        rights = [acl for acl in acls(AGENCIES) if acl.principal == principal]
        assert {acl.name for acl in rights if acl.resource == "topic"} == own
        assert {a.name for a in rights if a.resource == "group"} == {f"partner.{agency}."}
        assert {acl.resource for acl in rights} == {"topic", "group"}


def test_each_topic_has_one_writer() -> None:
    writers = [acl for acl in acls(AGENCIES) if acl.operation == "write"]
    assert len({acl.name for acl in writers}) == len(writers) == len(topics(AGENCIES))


def test_no_right_is_wider_than_one_topic() -> None:
    assert [a for a in acls(AGENCIES) if a.resource == "topic" and a.prefixed] == []


ENTRY = {
    "id": "icb",
    "name": "A board",
    "partnership": "combined",
    "functions": [
        {
            "function": "health_commissioner",
            "held_from": date(2022, 7, 1),
            "held_to": date(2026, 3, 31),
        }
    ],
}


def test_an_agency_holds_a_function_from_the_first_day_to_the_last() -> None:
    (agency,) = agencies_of({"agency": [ENTRY]})
    held = {AgencyFunction.HEALTH_COMMISSIONER}
    assert agency.functions_on(date(2022, 6, 30)) == set()
    assert agency.functions_on(date(2022, 7, 1)) == held
    assert agency.functions_on(date(2026, 3, 31)) == held
    assert agency.functions_on(date(2026, 4, 1)) == set()
    assert agency.open_functions == set()


@pytest.mark.parametrize(
    ("entries", "fault"),
    [
        ([], "names no agency"),
        ([ENTRY, ENTRY], "named twice: icb"),
        ([ENTRY | {"id": "I.C.B"}], "lower-case"),
        ([ENTRY | {"secret": str(uuid4())}], r"unknown \['secret'\]"),
        ([{k: v for k, v in ENTRY.items() if k != "partnership"}], r"missing \['partnership'\]"),
        ([ENTRY | {"functions": [{"function": "baker", "held_from": date(2020, 1, 1)}]}], "baker"),
    ],
)
def test_a_file_of_agencies_that_breaks_a_rule_is_refused(
    entries: list[dict[str, object]], fault: str
) -> None:
    with pytest.raises(ValueError, match=fault):
        agencies_of({"agency": entries})


def test_a_partners_topics_are_its_own_and_the_one_services_that_serves_it() -> None:
    allowed = {
        (acl.name, acl.operation): {a.principal for a in acls(AGENCIES) if a.name == acl.name}
        for acl in acls(AGENCIES)
        if acl.resource == "topic" and acl.name.startswith("partner.")
    }
    assert allowed
    for (topic, _), principals in allowed.items():
        agency, direction = topic.split(".")[1:3]
        service = {"in": "intake", "out": "notifications"}[direction]
        assert principals == {f"partner-{agency}", service}
