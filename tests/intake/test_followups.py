"""What happens to a concern after it was told, and before: drafts, additions, answers."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.handlers import agencies
from shared.contracts.agencies import Agency
from shared.contracts.intake import (
    ConcernAnswered,
    ConcernReceived,
    ConcernRedirected,
    ConcernWithdrawn,
)
from shared.contracts.words import AgencyFunction, HeldFunction, Role
from tests.intake.conftest import Intake, concern
from tests.intake.test_readers import CONCERN, PRACTITIONER, SAFEGUARDING, TRIAGE, concern_ids
from tests.intake.test_routes import PORTAL, tell
from tests.stage import person

MANAGER = person(Role.REGISTERED_MANAGER, provider="1-100000001", subject="rm")
STRANGER = person(Role.REGISTERED_MANAGER, provider="1-100000099", subject="other")
ANSWER = {"outcome": "improvement_under_way", "text": "The rounds are checked twice now."}


async def add(intake: Intake, reference: str, who: Any = MANAGER, **entry: Any) -> Any:
    body = {"kind": "addition", "text": "It happened again today.", **entry}
    async with intake.world.http(who) as client:
        return await client.post(f"/concerns/status/{reference}/entries", json=body)


async def status(intake: Intake, reference: str, who: Any = MANAGER) -> Any:
    async with intake.world.http(who) as client:
        return (await client.get(f"/concerns/status/{reference}")).json()


@pytest.mark.requirement("WCC2")
async def test_a_draft_is_saved_read_changed_and_sent_and_only_its_writer_sees_it(
    intake: Intake,
) -> None:
    unfinished = {key: value for key, value in concern().items() if key != "measures"}
    async with intake.world.http(MANAGER) as client:
        saved = (await client.post("/drafts", json={"concern": unfinished})).json()
        path = f"/drafts/{saved['draft_id']}"
        refused = await client.post(f"{path}/submission")
        assert refused.status_code == 422
        assert refused.json()["fields"][0]["field"] == "draft.measures"
        read = await client.get(path)
        assert read.json()["concern"] == unfinished
        changed = await client.put(
            path, json={"concern": concern()}, headers={"If-Match": read.headers["etag"]}
        )
        assert changed.status_code == 200
        again = await client.put(
            path, json={"concern": unfinished}, headers={"If-Match": read.headers["etag"]}
        )
        assert again.status_code == 412
    async with intake.world.http(STRANGER) as client:
        assert (await client.get(path)).status_code == 404
        assert (await client.get("/drafts")).json() == []
    async with intake.world.http(MANAGER) as client:
        sent = await client.post(f"{path}/submission")
        assert sent.status_code == 201
        assert sent.json()["reference"].startswith("CC-")
        assert (await client.get("/drafts")).json() == []
    assert len(await intake.world.said(ConcernReceived)) == 1


async def test_a_draft_has_the_fields_of_a_concern_only(intake: Intake) -> None:
    async with intake.world.http(MANAGER) as client:
        answer = await client.post("/drafts", json={"concern": {"mrs_example": "Mrs Example"}})
    assert answer.status_code == 422
    assert "example" not in answer.text.lower()


async def test_a_draft_with_a_number_of_any_length_is_read_as_it_was_written(
    intake: Intake,
) -> None:
    content = b'{"concern": {"description": ' + b"7" * 400 + b"}}"
    async with intake.world.http(MANAGER) as client:
        headers = {"Content-Type": "application/json"}
        saved = await client.post("/drafts", content=content, headers=headers)
        assert saved.status_code == 201
        read = await client.get(f"/drafts/{saved.json()['draft_id']}")
        assert read.json()["concern"] == {"description": int("7" * 400)}


async def test_a_draft_that_no_database_can_hold_is_refused_and_is_no_fault_of_ours(
    intake: Intake,
) -> None:
    half = b'{"concern": {"measures": "\\ud800"}}'
    async with intake.world.http(MANAGER) as client:
        answer = await client.post("/drafts", content=half)
    assert (answer.status_code, answer.json()["fields"][0]["field"]) == (422, "body")


async def test_who_told_a_concern_adds_to_it_and_who_triages_reads_it(intake: Intake) -> None:
    reference = (await tell(intake)).json()["reference"]
    assert (await add(intake, reference)).json()["state"] == "received"
    assert (
        await add(intake, reference, kind="correction", field="occurred_on", text="A day later.")
    ).status_code == 201
    assert (await add(intake, reference, STRANGER)).status_code == 404
    (concern_id,) = await concern_ids(intake, PRACTITIONER)
    async with intake.world.http(PRACTITIONER) as client:
        entries = (await client.get(f"/concerns/{concern_id}")).json()["entries"]
    assert [(one["kind"], one["facts"]) for one in entries] == [
        ("addition", {}),
        ("correction", {"field": "occurred_on"}),
    ]


@pytest.mark.requirement("L1.2i")
async def test_an_addition_that_tells_of_danger_gets_the_route_first_and_is_handed_over(
    intake: Intake,
) -> None:
    reference = (await tell(intake)).json()["reference"]
    answer = await add(intake, reference, immediate_danger=True)
    assert next(iter(answer.json())) == "emergency_route"
    assert "999" in answer.json()["emergency_route"]
    (handover,) = await intake.world.said(ConcernRedirected)
    assert handover.emergency
    assert await concern_ids(intake, PRACTITIONER, "redirected") == []


async def test_a_concern_is_withdrawn_until_it_is_triaged_and_stays_on_record(
    intake: Intake,
) -> None:
    reference = (await tell(intake)).json()["reference"]
    answer = await add(intake, reference, kind="withdrawal", text="It was another home.")
    assert answer.json()["state"] == "withdrawn"
    assert len(await intake.world.said(ConcernWithdrawn)) == 1
    assert await concern_ids(intake, PRACTITIONER) == []
    (concern_id,) = await concern_ids(intake, PRACTITIONER, "withdrawn")
    async with intake.world.http(PRACTITIONER) as client:
        kept = (await client.get(f"/concerns/{concern_id}")).json()
    assert kept["description"].startswith("A dose")


@pytest.mark.requirement("L1.2h")
async def test_nothing_that_we_do_changes_where_a_safeguarding_item_stands(intake: Intake) -> None:
    reference = (await tell(intake, significant_harm=True)).json()["reference"]
    withdrawn = await add(intake, reference, kind="withdrawal", text="Never mind.")
    assert (withdrawn.status_code, withdrawn.json()["rule"]) == (409, "L1.2h")
    (concern_id,) = await concern_ids(intake, PRACTITIONER, "redirected")
    async with intake.world.http(PRACTITIONER) as client:
        answered = await client.post(f"/concerns/{concern_id}/answer", json=ANSWER)
        triaged = await client.post(f"/concerns/{concern_id}/triage", json=TRIAGE)
    assert (answered.status_code, answered.json()["rule"]) == (409, "L1.2h")
    assert triaged.json() == {"state": "redirected"}
    assert await concern_ids(intake, SAFEGUARDING, "redirected") == [concern_id]


async def test_who_told_a_concern_is_told_what_became_of_it(intake: Intake) -> None:
    reference = (await tell(intake)).json()["reference"]
    (concern_id,) = await concern_ids(intake, PRACTITIONER)
    async with intake.world.http(PRACTITIONER) as client:
        path = f"/concerns/{concern_id}"
        early = await client.post(f"{path}/answer", json=ANSWER)
        assert (early.status_code, early.json()["rule"]) == (409, "concern.not-triaged")
        await client.post(f"{path}/triage", json=TRIAGE)
        assert (await client.post(f"{path}/answer", json=ANSWER)).json() == {"state": "answered"}
    (told,) = await intake.world.said(ConcernAnswered)
    assert told.handling.holders == (f"person:{told.reporter_ref}",)
    assert await status(intake, reference) == {
        "safeguarding_route": None,
        "reference": reference,
        "state": "answered",
        "answer": ANSWER["text"],
        "corrections": [],
    }
    assert ("rm", "concern.answer_read", concern_id) in await intake.world.audited()


async def test_an_agency_is_told_on_its_feed_and_its_liaison_reads_the_answer(
    intake: Intake,
) -> None:
    (receipt,) = await intake.receive(intake.message("csu", CONCERN, concern()))
    (concern_id,) = await concern_ids(intake, PRACTITIONER)
    async with intake.world.http(PRACTITIONER) as client:
        await client.post(f"/concerns/{concern_id}/triage", json=TRIAGE)
        await client.post(f"/concerns/{concern_id}/answer", json=ANSWER)
    (told,) = await intake.world.said(ConcernAnswered)
    assert told.handling.holders == ("agency:csu",)
    liaison = person(Role.AGENCY_LIAISON, agency="csu")
    assert (await status(intake, receipt.reference or "", liaison))["answer"] == ANSWER["text"]
    other = person(Role.AGENCY_LIAISON, agency="cqc")
    assert (await status(intake, receipt.reference or "", other))["status"] == 404


@pytest.mark.requirement("WCC1a")
async def test_a_triage_decision_is_kept_with_its_reason_the_three_limbs_and_who_took_it(
    intake: Intake,
) -> None:
    await tell(intake, PORTAL)
    (concern_id,) = await concern_ids(intake, PRACTITIONER)
    without = {name: value for name, value in TRIAGE.items() if name != "reason"}
    async with intake.world.http(PRACTITIONER) as client:
        path = f"/concerns/{concern_id}"
        assert (await client.post(f"{path}/triage", json=without)).status_code == 422
        await client.post(f"{path}/triage", json=TRIAGE)
        (entry,) = (await client.get(path)).json()["entries"]
    assert (entry["kind"], entry["text"], entry["said_by"]) == ("decision", TRIAGE["reason"], "p")
    assert entry["facts"] == {name: TRIAGE[name] for name in without}


async def test_what_is_added_is_searched_for_personal_data(intake: Intake) -> None:
    reference = (await tell(intake)).json()["reference"]
    told = "Her NHS number is 943 476 5919."
    refused = await add(intake, reference, text=told)
    assert (refused.status_code, refused.json()["rule"]) == (422, "door.personal-data")
    assert "943" not in refused.text
    needed = await add(
        intake, reference, text=told, personal_data_needed="The ward has no other way to find her."
    )
    assert needed.status_code == 201


@pytest.mark.requirement("L1.1")
async def test_an_agency_without_the_agreement_learns_the_reference_and_nothing_that_became_of_it(
    intake: Intake,
) -> None:
    [receipt] = await intake.receive(
        intake.message("csu", "partner.concern.raised.v1", concern(reference="C-1"))
    )
    reference = receipt.reference or ""
    liaison = person(Role.AGENCY_LIAISON, agency="csu")
    assert (await status(intake, reference, liaison))["state"] == "received"
    held = (HeldFunction(AgencyFunction.NHS_CONTRACT_MANAGEMENT, date(2020, 1, 1)),)
    async with intake.world.works.begin() as work:
        await agencies.register_agency(work, Agency("csu", "csu", "combined", held, None))
    found = await status(intake, reference, liaison)
    assert (found["reference"], found["state"], found["answer"]) == (reference, None, None)
    assert found["corrections"] == []
    added = await add(intake, reference, liaison)
    assert (added.status_code, added.json()["state"]) == (201, None)


async def test_a_liaison_of_no_agency_follows_nothing(intake: Intake) -> None:
    reference = (await tell(intake)).json()["reference"]
    nobody = person(Role.AGENCY_LIAISON)
    assert (await status(intake, reference, nobody))["status"] == 404
