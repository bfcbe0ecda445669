"""The Kafka door: every record ends in exactly one receipt."""

from __future__ import annotations

import json
from typing import Any

import pytest

from services.intake.domain.lists import QuarantineWanted
from services.intake.handlers import agencies
from services.intake.store import messages as store
from shared.contracts.intake import (
    ConcernReceived,
    ConcernRedirected,
    CqcRatingChanged,
    HandoverAcknowledged,
    SafeguardingOutcomeRecorded,
)
from shared.contracts.words import Handling, ImplicatedRole, Label, Role
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.stage import person

NO_EVENT = "door.not-a-cloudevent"
CONCERN = "partner.concern.raised.v1"


async def test_a_sound_concern_is_recorded_and_its_publisher_gets_our_reference(
    intake: Intake,
) -> None:
    (receipt,) = await intake.receive(intake.message("council-quality", CONCERN, concern()))
    assert receipt.status == "accepted"
    assert receipt.reference and receipt.reference.startswith("CC-")
    (event,) = await intake.world.said(ConcernReceived)
    assert event.location_id == intake.locations[CARE_HOME]
    assert event.category == "medication"
    assert not event.reported_by_provider
    assert event.handling == Handling()


async def test_structured_mode_is_read_as_well_as_binary(intake: Intake) -> None:
    document = {
        "specversion": "1.0",
        "id": "s-1",
        "source": "urn:agency:council-quality",
        "type": CONCERN,
        "data": concern(),
    }
    record = intake.record(
        "council-quality",
        json.dumps(document).encode(),
        [("content-type", b"application/cloudevents+json; charset=utf-8")],
    )
    (receipt,) = await intake.receive(record)
    assert (receipt.status, receipt.message_id) == ("accepted", "s-1")


async def test_the_same_message_again_gets_the_first_reference_and_has_no_second_effect(
    intake: Intake,
) -> None:
    first = intake.message("council-quality", CONCERN, concern(), id="same")
    again = intake.message("council-quality", CONCERN, concern(), id="same")
    receipts = await intake.receive(first, again)
    assert [r.status for r in receipts] == ["accepted", "duplicate"]
    assert receipts[0].reference == receipts[1].reference
    assert len(await intake.world.said(ConcernReceived)) == 1


async def test_an_emergency_told_again_is_told_again_where_to_turn(intake: Intake) -> None:
    danger = concern(immediate_danger=True)
    first = intake.message("council-quality", CONCERN, danger, id="same")
    again = intake.message("council-quality", CONCERN, danger, id="same")
    receipts = [*await intake.receive(first), *await intake.receive(again)]
    assert [r.status for r in receipts] == ["accepted", "duplicate"]
    assert receipts[0].emergency_route
    assert receipts[1].emergency_route == receipts[0].emergency_route


async def test_the_same_concern_under_a_new_message_id_is_a_duplicate_too(intake: Intake) -> None:
    receipts = await intake.receive(
        intake.message("council-quality", CONCERN, concern()),
        intake.message("council-quality", CONCERN, concern()),
    )
    assert [r.status for r in receipts] == ["accepted", "duplicate"]
    assert len({r.reference for r in receipts}) == 1


async def test_the_same_record_read_twice_gets_one_receipt(intake: Intake) -> None:
    record = intake.message("council-quality", CONCERN, concern())
    assert len(await intake.receive(record)) == 1
    assert await intake.receive(record) == []


@pytest.mark.requirement("L1.2i")
async def test_an_emergency_is_answered_with_the_emergency_route_and_handed_over(
    intake: Intake,
) -> None:
    data = concern(immediate_danger=True, action_taken="", measures="")
    (receipt,) = await intake.receive(intake.message("council-quality", CONCERN, data))
    assert receipt.status == "accepted"
    assert receipt.emergency_route and "999" in receipt.emergency_route
    (handover,) = await intake.world.said(ConcernRedirected)
    assert handover.emergency
    assert handover.handling == Handling(Label.NAMED, ("council_safeguarding",))
    assert await intake.world.said(ConcernReceived) == []  # never queued for a meeting


@pytest.mark.requirement("L1.2i")
async def test_even_a_message_that_cannot_be_taken_is_answered_with_the_emergency_route(
    intake: Intake,
) -> None:
    broken = {key: value for key, value in concern().items() if key != "category"}
    receipts = await intake.receive(
        intake.message("council-quality", CONCERN, {**broken, "immediate_danger": True}),
        intake.message("council-quality", CONCERN, broken),
        intake.message("council-quality", CONCERN, b"[" * 100_000),
    )
    assert [receipt.status for receipt in receipts] == ["refused"] * 3
    assert "999" in (receipts[0].emergency_route or "")
    assert [receipt.emergency_route for receipt in receipts[1:]] == [None, None]


@pytest.mark.requirement("L1.2i", "WCC1b")
async def test_a_handover_is_escalated_until_safeguarding_acknowledges_it(intake: Intake) -> None:
    data = concern(immediate_danger=True)
    (receipt,) = await intake.receive(intake.message("council-quality", CONCERN, data))
    intake.world.clock.forward(minutes=31)
    await intake.world.tick()
    intake.world.clock.forward(minutes=31)
    await intake.world.tick()
    handovers = await intake.world.said(ConcernRedirected)
    assert [handover.escalation for handover in handovers] == [0, 1, 2]
    answer = await intake.receive(
        intake.message(
            "council-safeguarding",
            "partner.handover.acknowledged.v1",
            {"location": CARE_HOME, "reference": receipt.reference},
        )
    )
    assert answer[0].status == "accepted"
    assert len(await intake.world.said(HandoverAcknowledged)) == 1
    intake.world.clock.forward(hours=5)
    assert await intake.world.tick() == 0


@pytest.mark.requirement("L1.2i", "WCC1b")
async def test_handovers_whose_time_passed_many_times_while_we_were_away_are_escalated_once(
    intake: Intake,
) -> None:
    data = concern(immediate_danger=True)
    sent = [{**data, "reference": f"SAFE-{number}"} for number in range(3)]
    await intake.receive(*(intake.message("council-quality", CONCERN, one) for one in sent))
    intake.world.clock.forward(hours=5)
    for minutes in (0, 29, 1):
        intake.world.clock.forward(minutes=minutes)
        await intake.world.tick()
    told = [handover.escalation for handover in await intake.world.said(ConcernRedirected)]
    assert told == [0, 0, 0, 1, 1, 1, 2, 2, 2]


BAD: dict[str, tuple[Any, dict[str, str], str, str | None]] = {
    "not JSON": (b"{nonsense", {}, "door.not-json", None),
    "not UTF-8": (b'{"location": "\xff"}', {}, "door.encoding", None),
    "a missing field": (
        {k: v for k, v in concern().items() if k != "category"},
        {},
        "door.field",
        "category",
    ),
    "an extra field": (
        concern(secret_name="Mrs Example"),
        {},
        "door.field",
        "(a field that the schema does not have)",
    ),
    "a wrong type": (concern(immediate_danger="perhaps"), {}, "door.field", "immediate_danger"),
    "a future date": (concern(occurred_on="2026-11-21"), {}, "door.future-date", "occurred_on"),
    "an unknown place": (concern(location="1-299999999"), {}, "door.unknown-location", "location"),
    "an unknown category": (concern(category="gossip"), {}, "door.category", "category"),
    "no action": (concern(action_taken=""), {}, "WCC1c", "action_taken"),
    "none without a reason": (concern(action_taken="None."), {}, "WCC1c", "action_none_reason"),
    "no measures": (concern(measures=" "), {}, "WCC2", "measures"),
    "no CloudEvent": (concern(), {"specversion": ""}, NO_EVENT, "ce_specversion"),
    "another version": (concern(), {"specversion": "0.3"}, NO_EVENT, "ce_specversion"),
    "an unknown type": (concern(), {"type": "partner.gossip.v1"}, "door.unknown-type", "ce_type"),
    "another agency": (concern(), {"source": "urn:agency:icb"}, "door.wrong-agency", "ce_source"),
    "a function not held": (
        {"location": CARE_HOME, "key_question": "overall", "rating": "Good",
         "published_on": "2026-11-01"},
        {"type": "partner.cqc_rating.published.v1"},
        "door.function-not-held",
        "ce_type",
    ),
}  # fmt: skip


@pytest.mark.requirement("WCC1c", "WCC2")
@pytest.mark.parametrize("case", BAD)
async def test_bad_input_is_refused_by_field_or_rule_and_its_content_is_never_repeated(
    intake: Intake, case: str
) -> None:
    data, attributes, rule, field = BAD[case]
    (receipt,) = await intake.receive(
        intake.message("council-quality", CONCERN, data, **attributes)
    )
    assert (receipt.status, receipt.rule, receipt.field) == ("refused", rule, field)
    assert receipt.sentence and receipt.clause and receipt.instead
    said = receipt.model_dump_json()
    assert "Mrs Example" not in said and "gossip" not in said and "A dose" not in said
    assert await intake.world.said(ConcernReceived) == []


async def test_a_message_over_the_size_limit_is_refused(intake: Intake) -> None:
    big = concern(description="x" * 1_100_000)
    (receipt,) = await intake.receive(intake.message("council-quality", CONCERN, big))
    assert receipt.rule == "door.too-large"


async def test_a_header_that_is_not_utf_8_is_refused_by_name(intake: Intake) -> None:
    record = intake.record("council-quality", b"{}", [("ce_id", b"\xff\xfe")])
    (receipt,) = await intake.receive(record)
    assert (receipt.rule, receipt.field) == ("door.encoding", "ce_id")


async def test_an_id_used_again_with_another_body_is_refused(intake: Intake) -> None:
    receipts = await intake.receive(
        intake.message("council-quality", CONCERN, concern(), id="one"),
        intake.message("council-quality", CONCERN, concern(reference="REF-2"), id="one"),
    )
    assert [(r.status, r.rule) for r in receipts] == [
        ("accepted", None),
        ("refused", "door.id-reused"),
    ]


async def test_a_reference_used_again_for_another_concern_is_refused(intake: Intake) -> None:
    receipts = await intake.receive(
        intake.message("council-quality", CONCERN, concern()),
        intake.message("council-quality", CONCERN, concern(description="Something else.")),
    )
    assert [(r.status, r.field) for r in receipts] == [("accepted", None), ("refused", "reference")]


async def test_a_tombstone_on_an_inbound_topic_is_refused_and_the_next_message_taken(
    intake: Intake,
) -> None:
    receipts = await intake.receive(
        intake.record("council-quality", None),
        intake.message("council-quality", CONCERN, concern()),
    )
    assert [r.status for r in receipts] == ["refused", "accepted"]


async def test_what_a_very_small_service_or_an_implicated_manager_is_about_is_named(
    intake: Intake,
) -> None:
    await intake.receive(
        intake.message("council-quality", CONCERN, concern(location=SMALL_HOME)),
        intake.message(
            "council-quality",
            CONCERN,
            concern(reference="REF-2", implicated_role="registered_manager"),
        ),
        intake.message("police", CONCERN, concern(reference="REF-3")),
    )
    labels = [event.handling.label for event in await intake.world.said(ConcernReceived)]
    assert labels == [Label.NAMED] * 3


@pytest.mark.requirement("L1.2j")
async def test_an_enquiry_is_taken_by_reference_and_free_text_in_it_is_refused(
    intake: Intake,
) -> None:
    enquiry = {
        "location": CARE_HOME,
        "enquiry_reference": "S42-9",
        "updated_on": "2026-11-10",
        "enquiry_type": "organisational",
        "status": "substantiated",
        "improvements": "limited",
    }
    kind = "partner.safeguarding_enquiry.updated.v1"
    receipts = await intake.receive(
        intake.message("council-safeguarding", kind, enquiry),
        intake.message("council-safeguarding", kind, {**enquiry, "details": "Mrs Example fell"}),
    )
    assert [r.status for r in receipts] == ["accepted", "refused"]
    (event,) = await intake.world.said(SafeguardingOutcomeRecorded)
    assert "S42-9" not in event.model_dump_json()
    async with intake.world.works.begin() as work:
        held, wanted = {"council_quality"}, QuarantineWanted()
        (item,) = await store.quarantined(work, ["combined"], held, wanted, None, 10)
    assert item.field == "(a field that the schema does not have)"


async def test_a_published_rating_of_the_regulator_is_public(intake: Intake) -> None:
    rating = {
        "location": CARE_HOME.lower(),
        "key_question": "overall",
        "rating": "Inadequate",
        "published_on": "2026-11-02",
    }
    await intake.receive(intake.message("cqc", "partner.cqc_rating.published.v1", rating))
    (event,) = await intake.world.said(CqcRatingChanged)
    assert event.handling == Handling()


async def test_a_suspended_agency_is_refused(intake: Intake) -> None:
    async with intake.world.works.begin() as work:
        await agencies.suspend_agency(
            work, frozenset(["combined"]), "council-quality", "ig", suspended=True, why="a leak"
        )
    (receipt,) = await intake.receive(intake.message("council-quality", CONCERN, concern()))
    assert receipt.rule == "door.suspended"


async def test_a_word_that_a_field_does_not_know_is_answered_with_those_it_knows(
    intake: Intake,
) -> None:
    told = concern(implicated_role="Mrs Example, the cook")
    [receipt] = await intake.receive(intake.message("council-quality", CONCERN, told))
    assert (receipt.rule, receipt.field) == ("door.field", "implicated_role")
    words = ", ".join(role.value for role in ImplicatedRole)
    assert (receipt.instead or "").endswith(f" implicated_role knows: {words}.")
    assert "cook" not in receipt.model_dump_json()
    async with intake.world.http(person(Role.PRACTITIONER)) as client:
        answer = await client.post("/concerns", json=told)
    [fault] = answer.json()["fields"]
    assert fault["reason"].endswith(f"It knows: {words}.")
    assert "cook" not in answer.text


async def test_a_message_with_very_many_faults_is_refused_without_naming_each(
    intake: Intake,
) -> None:
    data = concern() | {f"f{number}": 1 for number in range(60_000)}
    [receipt] = await intake.receive(
        intake.message("council-quality", "partner.concern.raised.v1", data)
    )
    assert (receipt.rule, receipt.field) == ("door.field", "(very many fields)")
    async with intake.world.http(person(Role.PRACTITIONER)) as client:
        answer = await client.post("/concerns", json=data)
        many = concern() | {f"f{number}": 1 for number in range(150)}
        some = await client.post("/concerns", json=many)
    # Over HTTP what reads the same is said once, and very many are one fault.
    assert (answer.status_code, len(answer.json()["fields"])) == (422, 1)
    unknown = {"field": "body.(unknown field)", "reason": "The schema does not have this field."}
    assert (some.status_code, some.json()["fields"]) == (422, [unknown])
