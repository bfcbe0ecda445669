"""What the law lets somebody ask: told to information governance, read there, and reminded of."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.contracts.intake import (
    ConcernRedirected,
    EmergencyUnplaced,
    StatutoryRequestDue,
    StatutoryRequestHandedOver,
    StatutoryRequestOverdue,
)
from shared.contracts.words import Role
from shared.platform.spreadsheets import csv_lines
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake
from tests.intake.test_emergencies import suspend
from tests.intake.test_requests import (
    GOVERNANCE,
    INFORMATION,
    PRACTITIONER,
    TEAM_MANAGER,
    ask,
    ask_by_kafka,
)
from tests.stage import person

WHY = {"Read-Reason": "to answer it"}
TEXT = "All that you hold of Mrs Example, NHS 943 476 5919."
CONTRACTS = person(Role.CONTRACTS_OFFICER, subject="c")


async def read(intake: Intake, reference: str, who: Any, why: dict[str, str] | None = None) -> Any:
    async with intake.world.http(who) as client:
        return await client.get(f"/requests/{reference}", headers=why or {})


@pytest.mark.requirement("WX0")
async def test_information_governance_is_told_by_reference_only_and_reads_what_is_asked(
    intake: Intake,
) -> None:
    answer = (await ask(intake, type="subject_access", text=TEXT)).json()
    [told] = await intake.world.said(StatutoryRequestHandedOver)
    assert told.handling.holders == ("role:information_governance",)
    assert (told.reference, told.due_on) == (answer["reference"], date(2026, 12, 20))
    assert "Example" not in told.model_dump_json()
    unexplained = await read(intake, told.reference, GOVERNANCE)
    assert (unexplained.status_code, unexplained.json()["rule"]) == (422, "read.reason")
    found = (await read(intake, told.reference, GOVERNANCE, WHY)).json()
    assert found["text"] == TEXT
    assert found["personal_data"] == [
        {"field": "text", "kinds": ["NHS number", "name"], "reason": None}
    ]
    did = await intake.world.audited()
    assert ("ig", "request.read", found["request_id"]) in did
    assert ("staff:p", "personal_data.taken_urgently", found["request_id"]) in did


@pytest.mark.requirement("WX0")
async def test_a_statutory_request_is_read_by_who_asked_and_by_nobody_else_at_the_desk(
    intake: Intake,
) -> None:
    reference = (await ask(intake, type="coroner", text=TEXT)).json()["reference"]
    assert (await read(intake, reference, PRACTITIONER)).status_code == 200
    for who in (TEAM_MANAGER, CONTRACTS, person(Role.PORTAL), person(Role.SENIOR_MANAGER)):
        assert (await read(intake, reference, who, WHY)).status_code == 404


async def test_two_whose_sign_ins_name_no_provider_do_not_read_each_others(intake: Intake) -> None:
    one, other = (person(Role.REGISTERED_MANAGER, subject=name) for name in ("one", "other"))
    reference = (await ask(intake, one, type="subject_access", text=TEXT)).json()["reference"]
    assert (await read(intake, reference, one)).status_code == 200
    assert (await read(intake, reference, other)).status_code == 404


@pytest.mark.requirement("WX0", "WS2")
async def test_a_deadline_is_reminded_of_and_said_to_be_over_until_it_is_closed(
    intake: Intake,
) -> None:
    kept = (await ask(intake, type="freedom_of_information", text="Figures.")).json()
    closed = (await ask(intake, type="freedom_of_information", text="Figures.")).json()
    async with intake.world.http(GOVERNANCE) as client:
        path = f"/requests/statutory/{closed['reference']}/closing"
        for _ in range(2):
            assert (await client.post(path)).json()["state"] == "closed"
    intake.world.clock.forward(days=24)  # three days before the eighteenth of December, less one
    await intake.world.tick()
    assert await intake.world.said(StatutoryRequestDue, StatutoryRequestOverdue) == []
    intake.world.clock.forward(days=1)
    await intake.world.tick()
    [near] = await intake.world.said(StatutoryRequestDue)
    assert (near.reference, near.due_clause) == (kept["reference"], kept["due_clause"])
    intake.world.clock.forward(days=3)
    await intake.world.tick()
    assert await intake.world.said(StatutoryRequestOverdue) == []
    intake.world.clock.forward(days=1)
    await intake.world.tick()
    [over] = await intake.world.said(StatutoryRequestOverdue)
    assert (over.reference, over.due_on) == (kept["reference"], date(2026, 12, 18))


async def test_an_ordinary_request_is_read_by_the_desk_and_by_its_own_agency(
    intake: Intake,
) -> None:
    receipt = await ask_by_kafka(
        intake, "csu", request_type="information_from_provider", text="The rotas, please."
    )
    reference = receipt.reference or ""
    liaison, other = (person(Role.AGENCY_LIAISON, agency=name) for name in ("csu", "cqc"))
    for who, status in ((PRACTITIONER, 200), (CONTRACTS, 200), (liaison, 200), (other, 404)):
        answer = await read(intake, reference, who)
        assert answer.status_code == status
        assert ("rotas" in answer.text) == (status == 200)


async def test_a_restricted_request_is_read_with_a_reason_by_its_holders(intake: Intake) -> None:
    form = {**INFORMATION, "location": SMALL_HOME, "text": "The rotas."}
    reference = (await ask(intake, TEAM_MANAGER, **form)).json()["reference"]
    assert (await read(intake, reference, CONTRACTS, WHY)).status_code == 404
    assert (await read(intake, reference, PRACTITIONER)).json()["rule"] == "read.reason"
    assert (await read(intake, reference, PRACTITIONER, WHY)).status_code == 200


LAW = "partner.request.made.v1"
CSU = person(Role.AGENCY_LIAISON, agency="csu")


def by_law(kind: str = "coroner", **more: Any) -> dict[str, Any]:
    return {"location": CARE_HOME, "request_reference": "R-1", "request_type": kind, **more}


@pytest.mark.requirement("WX0")
async def test_a_suspended_agencys_statutory_request_is_taken_and_marked_and_nothing_else_is(
    intake: Intake,
) -> None:
    await ask(intake, **INFORMATION)  # the load of the provider is not for a suspended agency
    await suspend(intake, "csu")
    taken, refused, unread = await intake.receive(
        intake.message("csu", LAW, by_law()),
        intake.message("csu", LAW, by_law("information_from_provider")),
        intake.message("csu", LAW, by_law(required_by="soon")),
    )
    assert (taken.status, taken.rule, taken.instead) == ("accepted", None, None)
    assert (refused.status, refused.rule) == ("refused", "door.suspended")
    assert (unread.rule, unread.field) == ("door.field", "required_by")
    [told] = await intake.world.said(StatutoryRequestHandedOver)
    assert (told.reference, told.asker_suspended) == (taken.reference, True)
    assert (told.due_on, told.handling.holders) == (
        date(2026, 11, 30),
        ("role:information_governance",),
    )
    async with intake.world.http(GOVERNANCE) as client:
        [line] = (await client.get("/requests/statutory")).json()
        sheet = (await client.get("/requests/statutory.csv")).text
    assert (line["agency_id"], line["asker_suspended"]) == ("csu", True)
    assert sheet.splitlines()[0].endswith('"asker_suspended"')


@pytest.mark.requirement("WX0")
async def test_a_suspended_agencys_people_ask_under_the_law_and_read_nothing(
    intake: Intake,
) -> None:
    await ask(intake, **INFORMATION)
    await suspend(intake, "csu")
    taken = await ask(intake, CSU, type="coroner", location=CARE_HOME)
    assert (taken.status_code, taken.json()["open_before"]) == (201, 0)
    other = await ask(intake, CSU, **INFORMATION)
    assert (other.status_code, other.json()["rule"]) == (409, "door.suspended")
    nowhere = await ask(intake, CSU, **INFORMATION | {"location": "1-999999999"})
    assert nowhere.json()["rule"] == "door.suspended"  # and not that there is no such place
    own = await read(intake, taken.json()["reference"], CSU)
    assert (own.status_code, own.json()["rule"]) == (409, "door.suspended")
    headings = ["location", "request_reference", "request_type"]
    rows = [[CARE_HOME, "R-8", "cqc_s64"], [CARE_HOME, "R-9", "qip_proposal"]]
    async with intake.world.http(CSU) as client:
        answer = await client.post(
            f"/submissions/{LAW}?mode=rows", content=csv_lines([headings, *rows])
        )
    assert [one.get("rule") for one in answer.json()["rows"]] == [None, "door.suspended"]
    assert len(await intake.world.said(StatutoryRequestHandedOver)) == 2


@pytest.mark.requirement("WX0", "L1.2i")
async def test_danger_in_what_a_suspended_agency_asks_by_law_has_the_limit_of_its_emergencies(
    intake: Intake,
) -> None:
    await suspend(intake, "csu")
    asked = [by_law(request_reference=f"R-{n}", immediate_danger=True) for n in range(7)]
    receipts = await intake.receive(*(intake.message("csu", LAW, one) for one in asked))
    assert {one.status for one in receipts} == {"accepted"}
    assert all("999" in (one.emergency_route or "") for one in receipts)
    assert len(await intake.world.said(StatutoryRequestHandedOver)) == 7
    assert len(await intake.world.said(ConcernRedirected)) == 5
    assert len(await intake.world.said(EmergencyUnplaced)) == 1
