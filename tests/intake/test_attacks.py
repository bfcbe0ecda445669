"""What an attacker with a topic, a token or an address tries, and what it gets: nothing."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from shared.contracts.intake import (
    ComplaintRecorded,
    ConcernReceived,
    ConcernTriaged,
    ContractReviewRecorded,
)
from shared.contracts.words import Label, Role
from shared.platform.outbox import TooLarge
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import kafka_record, person

CONCERN = "partner.concern.raised.v1"
LIMBS = ("care_and_support_needs", "abuse_or_neglect", "cannot_protect_themselves")
MANAGER = person(Role.REGISTERED_MANAGER, provider="1-100000001")
TEXTS = ["description", "action_taken", "action_none_reason", "measures"]


def structured(intake: Intake, **attributes: Any) -> Any:
    document = {
        "specversion": "1.0",
        "id": "s-1",
        "source": "urn:agency:council-quality",
        "type": CONCERN,
        "data": concern(),
        **attributes,
    }
    headers = [("content-type", b"application/cloudevents+json")]
    return intake.record("council-quality", json.dumps(document).encode(), headers)


@pytest.mark.parametrize("field", TEXTS)
async def test_a_text_with_nul_is_refused_by_its_field_and_is_no_fault_of_ours(
    intake: Intake, field: str
) -> None:
    (receipt,) = await intake.receive(
        intake.message("council-quality", CONCERN, concern(**{field: "none\x00"}))
    )
    assert (receipt.status, receipt.rule, receipt.field) == ("refused", "door.field", field)
    async with intake.world.http(MANAGER) as client:
        answer = await client.post("/concerns", json=concern(**{field: "none\x00"}))
    assert answer.status_code == 422
    assert await intake.world.dead_letters() == []


@pytest.mark.parametrize("bad", ["\x00", "a\nb", "\x85", "\ud800", "\ufffe"])
@pytest.mark.parametrize("attribute", ["id", "source", "type"])
async def test_an_attribute_with_a_character_that_cloudevents_forbids_is_refused(
    intake: Intake, attribute: str, bad: str
) -> None:
    (receipt,) = await intake.receive(structured(intake, **{attribute: bad}))
    assert (receipt.rule, receipt.field) == ("door.not-a-cloudevent", f"ce_{attribute}")
    assert receipt.message_id is None
    assert await intake.world.dead_letters() == []


@pytest.mark.parametrize("trace", ["\ud800", "Mrs Example", "00-" + "0" * 70_000, "\x00"])
async def test_a_traceparent_that_is_none_goes_no_further(intake: Intake, trace: str) -> None:
    (receipt,) = await intake.receive(structured(intake, traceparent=trace))
    assert (receipt.status, receipt.partner_traceparent) == ("accepted", None)


@pytest.mark.parametrize("key", [b"\x00", b"\xff", b"Mrs Example", b"x" * 100_000])
async def test_a_record_key_is_the_partners_own_and_stops_and_shows_nothing(
    intake: Intake, key: bytes
) -> None:
    sound = intake.message("council-quality", CONCERN, concern())
    record = kafka_record(sound.topic, sound.offset, key, sound.value, sound.headers)
    (receipt,) = await intake.receive(record)
    assert receipt.status == "accepted"


async def test_nobodys_concern_waits_behind_a_message_that_we_could_not_take(
    intake: Intake, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = intake.message("council-quality", CONCERN, concern(reference="BROKEN"))
    broken = kafka_record(broken.topic, broken.offset, b"Mrs Example", broken.value, broken.headers)
    consumer = intake.world.runtime.consumers[1]
    handle = consumer._handle

    async def failing(work: Any, batch: Any) -> None:
        if any(b"BROKEN" in one.content.value for one in batch):
            raise ValueError
        await handle(work, batch)

    monkeypatch.setattr(consumer, "_handle", failing)
    urgent = intake.message("council-quality", CONCERN, concern(immediate_danger=True))
    receipts = await intake.receive(broken, urgent)
    assert [receipt.status for receipt in receipts] == ["quarantined", "accepted"]
    assert receipts[1].emergency_route
    assert await intake.world.dead_letters() == [("dead", "handler: ValueError")]
    async with intake.world.works.begin() as work:
        table = work.tables.dead_letter
        assert "Example" not in (await work.session.execute(table.select())).one().key


async def test_what_the_police_told_stays_named_when_it_is_triaged(intake: Intake) -> None:
    await intake.receive(intake.message("police", CONCERN, concern()))
    (told,) = await intake.world.said(ConcernReceived)
    form = {"decision": "care_concern", "reason": "a test", **dict.fromkeys(LIMBS, "no")}
    async with intake.world.http(person(Role.PRACTITIONER)) as client:
        answer = await client.post(f"/concerns/{told.concern_id}/triage", json=form)
    assert answer.status_code == 200
    (triaged,) = await intake.world.said(ConcernTriaged)
    assert triaged.handling == told.handling
    assert triaged.handling.label is Label.NAMED


async def test_an_agencys_own_references_and_words_do_not_leave_the_door(intake: Intake) -> None:
    review = {"location": CARE_HOME, "review_reference": "R-1", "reviewed_on": "2026-11-01"}
    complaint = {"location": CARE_HOME, "complaint_reference": "C-1", "received_on": "2026-11-01"}
    receipts = await intake.receive(
        intake.message(
            "council-contracts",
            "partner.contract_review.completed.v1",
            {**review, "unmet_actions": ["Mrs-Example.fell"]},
        ),
        intake.message(
            "council-contracts",
            "partner.complaint.received.v1",
            {**complaint, "theme": "mrs_example_fell"},
        ),
    )
    assert [receipt.rule for receipt in receipts] == [None, "door.category"]
    assert receipts[1].field == "theme"
    assert await intake.world.said(ComplaintRecorded) == []
    (said,) = await intake.world.said(ContractReviewRecorded)
    assert "xample" not in said.model_dump_json()


async def test_the_same_unmet_action_has_the_same_id_in_each_review(intake: Intake) -> None:
    for number in (1, 2):
        await intake.receive(
            intake.message(
                "council-contracts",
                "partner.contract_review.completed.v1",
                {
                    "location": CARE_HOME,
                    "review_reference": f"R-{number}",
                    "reviewed_on": "2026-11-01",
                    "unmet_actions": ["A-1", f"B-{number}"],
                },
            )
        )
    first, second = await intake.world.said(ContractReviewRecorded)
    assert len(set(first.unmet_actions) & set(second.unmet_actions)) == 1


@pytest.mark.parametrize(
    "address",
    [
        "/concerns?state=%00",
        "/concerns/status/%00",
        "/locations?after=%00",
        "/contacts?agency=%00",
        "/concerns?state=gossip",
    ],
)
async def test_an_address_that_names_nothing_is_refused_and_is_no_fault_of_ours(
    intake: Intake, address: str
) -> None:
    async with intake.world.http(person(Role.PRACTITIONER, Role.INTELLIGENCE_CHAIR)) as client:
        answer = await client.get(address)
    assert answer.status_code == 422
    assert "gossip" not in answer.text


async def test_the_same_concern_sent_several_times_at_once_is_one_concern(intake: Intake) -> None:
    async with intake.world.http(MANAGER) as client:
        answers = await asyncio.gather(
            *(client.post("/concerns", json=concern()) for _ in range(4))
        )
    assert [answer.status_code for answer in answers] == [201] * 4
    assert len({answer.json()["reference"] for answer in answers}) == 1
    assert sorted(answer.json()["duplicate"] for answer in answers) == [False, True, True, True]


async def test_a_managers_token_without_a_provider_opens_no_providers_door(intake: Intake) -> None:
    staff = person(Role.PRACTITIONER, subject="s" * 120)
    async with intake.world.http(staff) as client:
        told = (await client.post("/concerns", json=concern())).json()
    async with intake.world.http(person(Role.REGISTERED_MANAGER)) as client:
        answer = await client.post("/concerns", json=concern())
        status = await client.get(f"/concerns/status/{told['reference']}")
    assert answer.json()["rule"] == "door.unknown-location"
    assert status.status_code == 404


async def test_another_providers_home_and_no_home_are_told_apart_by_nothing(intake: Intake) -> None:
    async with intake.world.http(person(Role.REGISTERED_MANAGER, provider="1-1")) as client:
        others = await client.post("/concerns", json=concern())
        nobodys = await client.post("/concerns", json=concern(location="1-999"))
    assert (others.status_code, others.json()) == (nobodys.status_code, nobodys.json())


async def test_an_event_that_the_broker_would_refuse_is_found_before_it_is_written(
    intake: Intake,
) -> None:
    await intake.receive(intake.message("police", CONCERN, concern()))
    (told,) = await intake.world.said(ConcernReceived)
    with pytest.raises(TooLarge):
        async with intake.world.works.begin() as work:
            work.announce(told.model_copy(update={"category": "x" * (2**20 - 1_000)}))
