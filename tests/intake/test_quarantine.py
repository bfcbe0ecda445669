"""The quarantine: what gets in, who works it off, what becomes of it, and when it is erased."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest

from services.intake.store import concerns as concern_store
from services.intake.store import messages as store
from services.intake.tables import ConcernRow, LegalHoldRow
from services.intake.views.quarantine import RedactForm
from shared.contracts.inbound import free_texts, inbound_messages
from shared.contracts.intake import (
    ConcernReceived,
    ConcernRedirected,
    QuarantineSettled,
    QuarantineWaiting,
    SafeguardingOutcomeRecorded,
)
from shared.contracts.words import Handling, Label, Role
from shared.platform.dates import london_date
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.stage import person

CONCERN = "partner.concern.raised.v1"
ENQUIRY = "partner.safeguarding_enquiry.updated.v1"
TELLING = "Mrs Hartley, DOB 12/03/1941, NHS 943 476 5919, was given her dose late."
REASON = "The pharmacy has to know whose dose it was."
QUALITY = {"council_quality"}
TRIAGER = person(Role.PRACTITIONER, subject="triager")


async def held(intake: Intake, **changes: Any) -> dict[str, Any]:
    """A concern with personal data lies in quarantine; gives its line."""
    data = concern(description=TELLING, **changes)
    await intake.receive(intake.message("council-quality", CONCERN, data))
    async with intake.world.http(TRIAGER) as client:
        lines: list[dict[str, Any]] = (await client.get("/quarantine")).json()
    return lines[0]


async def act(intake: Intake, item: str, what: str, form: dict[str, Any]) -> httpx.Response:
    async with intake.world.http(TRIAGER) as client:
        return await client.post(f"/quarantine/{item}/{what}", json=form)


async def taken(intake: Intake, reference: str) -> ConcernRow:
    async with intake.world.works.begin() as work:
        row = await concern_store.concern_by_reference(work, ["combined"], reference)
    assert row is not None
    return row


@pytest.mark.requirement("L1.2j", "W1.8")
async def test_personal_data_over_kafka_is_quarantined_with_a_receipt_that_says_so(
    intake: Intake,
) -> None:
    [receipt] = await intake.receive(
        intake.message("council-quality", CONCERN, concern(description=TELLING))
    )
    assert (receipt.status, receipt.rule) == ("quarantined", "door.personal-data")
    assert receipt.field == "description"
    told = receipt.model_dump_json()
    assert "description (NHS number, date of birth, name)" in (receipt.sentence or "")
    assert "personal_data_needed" in (receipt.instead or "")
    assert "Hartley" not in told
    assert await intake.world.said(ConcernReceived) == []


@pytest.mark.requirement("L1.2j")
async def test_an_enquirys_outcome_that_names_a_person_goes_to_quarantine_and_on_no_topic(
    intake: Intake,
) -> None:
    enquiry = {
        "location": CARE_HOME,
        "enquiry_reference": "S42-9",
        "updated_on": "2026-11-10",
        "enquiry_type": "organisational",
        "status": "substantiated",
        "improvements": "limited",
        "wider_concern": True,
        "wider_concern_assessed_by": "Dr Sarah Pym",
    }
    [receipt] = await intake.receive(intake.message("council-safeguarding", ENQUIRY, enquiry))
    assert (receipt.status, receipt.field) == ("quarantined", "wider_concern_assessed_by")
    assert await intake.world.said(SafeguardingOutcomeRecorded) == []
    needed = {"personal_data_needed": {"wider_concern_assessed_by": REASON}}
    why = intake.message("council-safeguarding", ENQUIRY, {**enquiry, **needed})
    [receipt] = await intake.receive(why)
    assert receipt.status == "accepted"
    [told] = await intake.world.said(SafeguardingOutcomeRecorded)
    assert "Pym" not in told.model_dump_json()
    kept = ("agency:council-safeguarding", "personal_data.kept", receipt.reference)
    assert kept in await intake.world.audited()


@pytest.mark.requirement("W1.8", "L1.2j")
async def test_a_reason_per_field_lets_it_pass_and_is_kept_and_audited(intake: Intake) -> None:
    data = concern(description=TELLING, personal_data_needed={"description": REASON})
    [receipt] = await intake.receive(intake.message("council-quality", CONCERN, data))
    assert receipt.status == "accepted"
    row = await taken(intake, receipt.reference or "")
    assert row.personal_data == [
        {
            "field": "description",
            "kinds": ["NHS number", "date of birth", "name"],
            "reason": REASON,
        }
    ]
    kept = ("agency:council-quality", "personal_data.kept", str(row.id))
    assert kept in await intake.world.audited()


@pytest.mark.requirement("W1.8")
async def test_over_http_the_submitter_gets_field_and_kind_and_can_say_why(intake: Intake) -> None:
    async with intake.world.http(person(Role.PORTAL, subject="portal")) as client:
        answer = await client.post("/concerns", json=concern(description=TELLING))
        assert (answer.status_code, answer.json()["field"]) == (422, "description")
        assert "NHS number, date of birth, name" in answer.json()["detail"]
        assert "Hartley" not in answer.text
        explained = concern(description=TELLING, personal_data_needed={"description": REASON})
        assert (await client.post("/concerns", json=explained)).status_code == 201


@pytest.mark.requirement("L1.2i")
@pytest.mark.parametrize("urgent", ["immediate_danger", "significant_harm"])
async def test_danger_and_significant_harm_are_taken_at_once_and_marked(
    intake: Intake, urgent: str
) -> None:
    data = concern(description=TELLING, **{urgent: True})
    [receipt] = await intake.receive(intake.message("council-quality", CONCERN, data))
    assert receipt.status == "accepted"
    [handover] = await intake.world.said(ConcernRedirected)
    assert handover.reference == receipt.reference
    async with intake.world.http(person(Role.SAFEGUARDING, subject="duty")) as client:
        reason = {"Read-Reason": "on duty"}
        answer = await client.get(f"/concerns/{handover.concern_id}", headers=reason)
        view = answer.json()
    assert view["personal_data"] == [
        {
            "field": "description",
            "kinds": ["NHS number", "date of birth", "name"],
            "reason": None,
        }
    ]
    [(_, did, _)] = [row for row in await intake.world.audited() if "personal" in row[1]]
    assert did == "personal_data.taken_urgently"


@pytest.mark.requirement("W1.8")
async def test_an_item_is_released_as_it_is_with_a_reason(intake: Intake) -> None:
    item = (await held(intake))["item_id"]
    assert (await act(intake, item, "release", {})).status_code == 422
    answer = await act(intake, item, "release", {"reason": REASON})
    assert answer.status_code == 200, answer.text
    row = await taken(intake, answer.json()["reference"])
    assert (row.description, row.source) == (TELLING, "agency:council-quality")
    assert [mark["reason"] for mark in row.personal_data or []] == [REASON]
    [settled] = await intake.world.said(QuarantineSettled)
    assert (settled.outcome, settled.reference) == ("released", row.reference)
    assert settled.handling.holders == ("agency:council-quality",)
    assert ("triager", "quarantine.released", item) in await intake.world.audited()
    again = await act(intake, item, "release", {"reason": REASON})
    assert (again.status_code, again.json()["rule"]) == (409, "quarantine.settled")


@pytest.mark.requirement("W1.8")
async def test_an_item_is_taken_without_what_gives_people_away(intake: Intake) -> None:
    item = (await held(intake))["item_id"]
    form = {"measures": "Two members of staff check it; ring 0151 496 0123."}
    answer = await act(intake, item, "redaction", form)
    assert answer.status_code == 200, answer.text
    row = await taken(intake, answer.json()["reference"])
    assert row.description == (
        "Mrs [name], DOB [date of birth], NHS [NHS number], was given her dose late."
    )
    assert row.measures.endswith("ring [telephone number].")
    assert row.personal_data is None
    [settled] = await intake.world.said(QuarantineSettled)
    assert settled.outcome == "redacted"
    async with intake.world.http(TRIAGER) as client:
        assert (await client.get(f"/quarantine/{item}")).json()["content"] == ""


async def test_an_item_is_rejected_with_a_reason_and_its_sender_is_told(intake: Intake) -> None:
    item = (await held(intake))["item_id"]
    assert (await act(intake, item, "rejection", {"reason": "sent twice"})).status_code == 204
    [settled] = await intake.world.said(QuarantineSettled)
    assert (settled.outcome, settled.reference) == ("rejected", None)
    assert settled.handling == Handling(Label.NAMED, (f"agency:{settled.agency_id}",))
    assert await intake.world.said(ConcernReceived) == []
    assert ("triager", "quarantine.rejected", item) in await intake.world.audited()
    async with intake.world.http(TRIAGER) as client:
        assert (await client.get("/quarantine")).json() == []
        [line] = (await client.get("/quarantine?state=rejected")).json()
    assert line["item_id"] == item


async def test_what_nobody_could_take_is_released_by_nobody(intake: Intake) -> None:
    await intake.receive(
        intake.record("council-quality", b"not a message"),
        intake.message("council-quality", CONCERN, concern(location="1-999999999")),
    )
    async with intake.world.http(TRIAGER) as client:
        lines = {line["rule"]: line["item_id"] for line in (await client.get("/quarantine")).json()}
    unread = await act(intake, lines["door.not-a-cloudevent"], "release", {"reason": REASON})
    assert (unread.status_code, unread.json()["rule"]) == (409, "quarantine.no-message")
    unknown = await act(intake, lines["door.unknown-location"], "release", {"reason": REASON})
    assert (unknown.status_code, unknown.json()["rule"]) == (422, "door.unknown-location")
    assert await intake.world.said(QuarantineSettled) == []


async def test_an_enquiry_that_names_its_assessor_is_taken_for_a_reason_or_without(
    intake: Intake,
) -> None:
    enquiry = {
        "location": CARE_HOME,
        "enquiry_reference": "S42-9",
        "updated_on": "2026-11-10",
        "enquiry_type": "individual",
        "status": "ongoing",
        "improvements": "none",
        "wider_concern_assessed_by": "Mrs Pym",
    }
    other = {**enquiry, "enquiry_reference": "S42-10"}
    for one in (enquiry, other):
        await intake.receive(intake.message("council-safeguarding", ENQUIRY, one))
    async with intake.world.http(TRIAGER) as client:
        first, second = (line["item_id"] for line in (await client.get("/quarantine")).json())
    assert (await act(intake, first, "release", {"reason": REASON})).status_code == 200
    form = {"wider_concern_assessed_by": "a social worker"}
    assert (await act(intake, second, "redaction", form)).status_code == 200
    assert len(await intake.world.said(SafeguardingOutcomeRecorded)) == 2


def test_every_text_that_may_be_held_can_be_written_anew_or_needed_for_a_reason() -> None:
    free = {name for cls in inbound_messages().values() for name in free_texts(cls)}
    assert set(RedactForm.model_fields) == free
    for cls in inbound_messages().values():
        if texts := free_texts(cls):
            reasons = cls.model_json_schema()["$defs"]
            needed = [d for name, d in reasons.items() if name.endswith("DataNeeded")]
            assert [set(one["properties"]) for one in needed] == [set(texts)], cls.__name__


async def test_nobody_else_works_it_off(intake: Intake) -> None:
    item = (await held(intake))["item_id"]
    for who in (
        person(Role.OPERATIONS, Role.ADMIN),
        person(Role.PRACTITIONER, partnerships=["wirral"]),
    ):
        async with intake.world.http(who) as client:
            for what in ("release", "redaction", "rejection"):
                form = {} if what == "redaction" else {"reason": REASON}
                answer = await client.post(f"/quarantine/{item}/{what}", json=form)
                assert answer.status_code in {403, 404}
    assert await intake.world.said(QuarantineSettled) == []


@pytest.mark.requirement("W1.8")
async def test_content_is_erased_when_the_policys_time_is_over_and_its_sender_is_told(
    intake: Intake,
) -> None:
    item = UUID((await held(intake))["item_id"])
    intake.world.clock.forward(days=29)
    await intake.world.tick()
    async with intake.world.works.begin() as work:
        row = await store.quarantined_item(work, ["combined"], item, QUALITY)
        assert row is not None
        assert row.content is not None
    intake.world.clock.forward(days=1, minutes=1)
    await intake.world.tick()
    async with intake.world.works.begin() as work:
        row = await store.quarantined_item(work, ["combined"], item, QUALITY)
        assert row is not None
        assert (row.content, row.state) == (None, "erased")
    [settled] = await intake.world.said(QuarantineSettled)
    assert settled.outcome == "erased"
    assert ("policy", "quarantine.erased", str(item)) in await intake.world.audited()


async def test_the_team_is_told_of_what_nobody_has_worked_off_before_it_is_erased(
    intake: Intake,
) -> None:
    seen_to = (await held(intake))["item_id"]
    assert (await act(intake, seen_to, "rejection", {"reason": REASON})).status_code == 204
    await held(intake, reference="REF-2")
    async with intake.world.http(TRIAGER) as client:
        [open_] = (await client.get("/quarantine", params={"state": "open"})).json()
    waits = open_["item_id"]
    intake.world.clock.forward(days=22)
    await intake.world.tick()
    assert await intake.world.said(QuarantineWaiting) == []
    intake.world.clock.forward(days=1, minutes=1)
    await intake.world.tick()
    [told] = await intake.world.said(QuarantineWaiting)
    assert str(told.item_id) == waits
    assert told.erased_on == london_date(intake.world.clock.now) + timedelta(days=7)
    assert told.clause == "combined@2026-11 pack: retention of quarantine"
    assert told.handling.holders == ("council_quality",)
    intake.world.clock.forward(days=8)
    await intake.world.tick()
    async with intake.world.works.begin() as work:
        for one in (waits, seen_to):
            row = await store.quarantined_item(work, ["combined"], UUID(one), QUALITY)
            assert row is not None and row.content is None


async def test_a_legal_hold_keeps_content_beyond_its_time(intake: Intake) -> None:
    item = UUID((await held(intake))["item_id"])
    async with intake.world.works.begin() as work:
        work.session.add(
            LegalHoldRow(
                id=work.new_id(),
                partnership="combined",
                subject_kind="quarantine",
                subject_id=item,
                reason="a court has asked",
                set_by="ig",
                set_at=work.now,
            )
        )
    intake.world.clock.forward(days=31)
    await intake.world.tick()
    async with intake.world.works.begin() as work:
        row = await store.quarantined_item(work, ["combined"], item, QUALITY)
        assert row is not None
        assert row.content is not None
