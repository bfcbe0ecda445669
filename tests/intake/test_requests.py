"""Requests at both doors: taken with a due date, refused under a rule, lifted, counted."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import event

from services.intake.domain.register import LocationFacts, ProviderFacts
from services.intake.handlers import agencies
from services.intake.handlers.register import load_places
from services.intake.store import register
from shared.contracts.agencies import Agency
from shared.contracts.intake import (
    ConcernRedirected,
    IntakeRequestRefused,
    PolicyVaried,
    ReceiptIssued,
    RefusalOverridden,
    RequestClosed,
    RequestRecorded,
    RequestRouted,
    StatutoryRequestRecorded,
)
from shared.contracts.words import AgencyFunction, HeldFunction, Role, ServiceCategory
from tests.intake.conftest import CARE_HOME, SMALL_HOME, SOURCE, Intake
from tests.stage import NOON, person

PRACTITIONER = person(Role.PRACTITIONER, subject="p")
TEAM_MANAGER = person(Role.TEAM_MANAGER, subject="t")
SENIOR_MANAGER = person(Role.SENIOR_MANAGER, subject="s")
GOVERNANCE = person(Role.INFORMATION_GOVERNANCE, subject="ig")
TODAY = NOON.date()
INFORMATION = {"type": "information_from_provider", "location": CARE_HOME}
VISIT = {"type": "provider_visit", "location": CARE_HOME, "risk_type": "clinical"}


async def ask(intake: Intake, who: Any = PRACTITIONER, **form: Any) -> Any:
    async with intake.world.http(who) as client:
        return await client.post("/requests", json=form)


async def ask_by_kafka(intake: Intake, agency: str, **data: Any) -> ReceiptIssued:
    message = {"location": CARE_HOME, "request_reference": "R-1", **data}
    (receipt,) = await intake.receive(intake.message(agency, "partner.request.made.v1", message))
    return receipt


async def open_on(intake: Intake, who: Any) -> list[dict[str, Any]]:
    async with intake.world.http(who) as client:
        found = await client.get("/requests", params={"location": str(intake.locations[CARE_HOME])})
    lines: list[dict[str, Any]] = found.json()
    return lines


def reference_in(answer: Any) -> str:
    """Our reference, as a refusal names it."""
    found = re.search(r"RQ-\w{4}-\w{4}", answer.json()["instead"])
    assert found
    return found[0]


@pytest.mark.requirement("WS2")
async def test_a_request_is_taken_with_a_due_date_that_names_pack_version_and_clause(
    intake: Intake,
) -> None:
    answer = (await ask(intake, **INFORMATION)).json()
    assert answer["due_on"] == str(TODAY + timedelta(days=14))
    assert answer["due_clause"] == "combined@2026-11 W3.3"
    (said,) = await intake.world.said(RequestRecorded)
    assert (said.due_on, said.due_clause) == (TODAY + timedelta(days=14), answer["due_clause"])


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "WX0": ({"type": "wash_my_car"}, "See docs/refusals.md"),
    "WX2": ({"type": "data_in_accessible_system", "system": "pamms"}, "administrator of PAMMS"),
    "WX4": ({"type": "provider_visit", "risk_type": "clinical"}, "quality nurses"),
    "WX5": ({"type": "strategy_meeting"}, "partner.safeguarding_enquiry.updated.v1"),
    "WX6": ({"type": "summary_of_information", "system": "case_management"}, "social work team"),
    "L1.2h": ({"type": "qip_proposal", "about_individual": True}, "adult safeguarding"),
}


@pytest.mark.requirement("W0", "WX0", "WX2", "WX4", "WX5", "WX6", "L1.2h", "WS2")
@pytest.mark.parametrize("rule", REFUSED)
async def test_a_refusal_over_http_names_rule_clause_and_pointer_and_is_counted(
    intake: Intake, rule: str
) -> None:
    form, pointer = REFUSED[rule]
    answer = await ask(intake, location=CARE_HOME, **form)
    assert (answer.status_code, answer.json()["rule"]) == (409, rule)
    assert pointer in answer.json()["instead"]
    assert "RQ-" in answer.json()["instead"]
    if rule != "L1.2h":
        assert answer.json()["clause"] == f"combined@2026-11 {rule}"
        assert answer.json()["approvers"] == ["team_manager"]
    (said,) = await intake.world.said(IntakeRequestRefused)
    assert said.rule == rule
    assert await intake.world.said(RequestRecorded) == []
    async with intake.world.http(TEAM_MANAGER) as client:
        counts = (await client.get("/requests/refusals", params={"quarter": "2026-Q4"})).json()
    assert [(one["rule"], one["override_reason"], one["count"]) for one in counts] == [
        (rule, None, 1)
    ]


@pytest.mark.requirement("WX0", "WX2", "WX4", "WX5", "WX6", "L1.2h")
@pytest.mark.parametrize("rule", REFUSED)
async def test_a_refusal_over_kafka_is_a_receipt_with_the_pointer_and_no_quarantine(
    intake: Intake, rule: str
) -> None:
    form, pointer = REFUSED[rule]
    data = {name: value for name, value in form.items() if name != "type"}
    receipt = await ask_by_kafka(intake, "csu", request_type=form["type"], **data)
    assert (receipt.status, receipt.rule) == ("refused", rule)
    assert pointer in (receipt.instead or "")
    assert (receipt.reference or "").startswith("RQ-")
    (said,) = await intake.world.said(IntakeRequestRefused)
    assert (said.rule, said.agency_id) == (rule, "csu")
    async with intake.world.http(PRACTITIONER) as client:
        assert (await client.get("/quarantine")).json() == []


@pytest.mark.requirement("WX4")
@pytest.mark.parametrize(
    ("risk", "function"),
    [("clinical", "health_commissioner"), ("abuse", "council_social_work")],
)
async def test_a_visit_that_is_refused_is_routed_to_the_team_for_its_risk(
    intake: Intake, risk: str, function: str
) -> None:
    await ask(intake, **{**VISIT, "risk_type": risk})
    (routed,) = await intake.world.said(RequestRouted)
    assert (routed.risk_type, routed.handling.holders) == (risk, (function,))


@pytest.mark.requirement("L1.2i")
async def test_an_urgent_proposal_gets_the_route_and_is_handed_to_safeguarding(
    intake: Intake,
) -> None:
    receipt = await ask_by_kafka(
        intake, "csu", request_type="qip_proposal", immediate_danger=True, text="A fire."
    )
    assert receipt.status == "refused"
    assert "999" in (receipt.emergency_route or "")
    (handover,) = await intake.world.said(ConcernRedirected)
    assert handover.emergency
    assert await intake.world.said(RequestRecorded) == []


@pytest.mark.requirement("WX0")
@pytest.mark.parametrize(
    ("kind", "more", "due", "clause"),
    [
        ("subject_access", {}, date(2026, 12, 20), "combined@2026-11 UK GDPR Art. 12(3)"),
        ("freedom_of_information", {}, date(2026, 12, 18), "combined@2026-11 FOIA 2000 s.10(1)"),
        (
            "coroner",
            {"required_by": "2026-11-27"},
            date(2026, 11, 27),
            "combined@2026-11: the day that the notice itself sets",
        ),
        (
            "cqc_s64",
            {},
            date(2026, 11, 30),
            "combined@2026-11 pack: where the notice sets no day",
        ),
    ],
)
async def test_a_statutory_request_is_recorded_dated_and_handed_to_information_governance(
    intake: Intake, kind: str, more: dict[str, str], due: date, clause: str
) -> None:
    answer = await ask(intake, type=kind, text="About Mrs Example, NHS 943 476 5919.", **more)
    assert answer.status_code == 201
    assert (answer.json()["state"], answer.json()["due_on"]) == ("handed_over", str(due))
    (said,) = await intake.world.said(StatutoryRequestRecorded)
    assert (said.due_on, said.due_clause) == (due, clause)
    async with intake.world.http(GOVERNANCE) as client:
        (line,) = (await client.get("/requests/statutory")).json()
        assert (line["type"], line["due_on"]) == (kind, str(due))
        closed = await client.post(f"/requests/statutory/{line['reference']}/closing")
        assert closed.json()["state"] == "closed"
        assert (await client.get("/requests/statutory")).json() == []


@pytest.mark.requirement("WX0")
async def test_an_agencys_statutory_request_is_taken_even_where_its_place_is_unknown(
    intake: Intake,
) -> None:
    receipt = await ask_by_kafka(
        intake, "cqc", request_type="cqc_s64", location="1-299999999", risk_type="clinical"
    )
    assert receipt.status == "accepted"
    assert len(await intake.world.said(StatutoryRequestRecorded)) == 1


@pytest.mark.requirement("WX0")
async def test_a_refusal_is_lifted_by_a_named_approver_and_counted(intake: Intake) -> None:
    answer = await ask(intake, **VISIT)
    path = f"/requests/{reference_in(answer)}/override"
    async with intake.world.http(TEAM_MANAGER) as client:
        wrong = await client.post(path, json={"reason": "because", "why": "I say so"})
        assert (wrong.status_code, wrong.json()["rule"]) == (422, "WX0.reason")
        lifted = await client.post(path, json={"reason": "emergency", "why": "No one else can."})
        assert lifted.json()["state"] == "open"
        assert lifted.json()["due_clause"] == "combined@2026-11 W3.3"
        counts = (await client.get("/requests/refusals", params={"quarter": "2026-Q4"})).json()
    assert [(one["rule"], one["override_reason"]) for one in counts] == [("WX4", "emergency")]
    (said,) = await intake.world.said(RefusalOverridden)
    assert (said.rule, said.reason, said.clause) == ("WX4", "emergency", "combined@2026-11 WX4")
    did = [(who, what) for who, what, _ in await intake.world.audited()]
    assert ("t", "refusal.overridden") in did


@pytest.mark.requirement("WX0")
async def test_who_asks_does_not_approve_and_a_team_managers_own_goes_to_a_senior_manager(
    intake: Intake,
) -> None:
    answer = await ask(intake, TEAM_MANAGER, **VISIT)
    assert answer.json()["approvers"] == ["senior_manager"]
    path = f"/requests/{reference_in(answer)}/override"
    form = {"reason": "prior_agreement", "why": "Agreed at the last meeting."}
    colleague = person(Role.TEAM_MANAGER, subject="another")
    for who, status in ((TEAM_MANAGER, 409), (colleague, 409), (SENIOR_MANAGER, 200)):
        async with intake.world.http(who) as client:
            assert (await client.post(path, json=form)).status_code == status


@pytest.mark.requirement("WX0", "L1.2h")
async def test_an_individuals_case_is_made_no_qip_by_any_approver(intake: Intake) -> None:
    asked = await ask(intake, location=CARE_HOME, type="qip_proposal", about_individual=True)
    reference = reference_in(asked)
    async with intake.world.http(TEAM_MANAGER) as client:
        answer = await client.post(
            f"/requests/{reference}/override",
            json={"reason": "emergency", "why": "Please do it."},
        )
    assert (answer.status_code, answer.json()["rule"]) == (409, "WX0.never")


async def fill(intake: Intake) -> None:
    """Five open requests of three agencies and the team, one of them of the police."""
    for agency, number in (("csu", 1), ("csu", 2), ("council-contracts", 3), ("police", 4)):
        receipt = await ask_by_kafka(
            intake,
            agency,
            request_type="information_from_provider",
            request_reference=f"R-{number}",
            load_seen=True,
        )
        assert receipt.status == "accepted"
    assert (await ask(intake, **INFORMATION, load_seen=True)).status_code == 201


@pytest.mark.requirement("W3.3")
async def test_an_asker_sees_what_it_may_know_of_before_it_adds_and_the_manager_all(
    intake: Intake,
) -> None:
    await fill(intake)
    receipt = await ask_by_kafka(
        intake, "csu", request_type="evidence_from_provider", request_reference="R-6"
    )
    assert (receipt.status, receipt.rule) == ("refused", "W3.3")
    due = TODAY + timedelta(days=14)
    assert receipt.sentence == f"Open requests on this provider: 4, due on {due}."
    contracts = person(Role.CONTRACTS_OFFICER, subject="c")
    assert len(await open_on(intake, contracts)) == 4
    assert len(await open_on(intake, TEAM_MANAGER)) == 5
    liaison = person(Role.AGENCY_LIAISON, agency="police")
    assert [one["agency_id"] for one in await open_on(intake, liaison)] == ["police"]
    provider = person(Role.REGISTERED_MANAGER, provider="1-100000001")
    async with intake.world.http(provider) as client:
        place = str(intake.locations[CARE_HOME])
        answer = await client.get("/requests", params={"location": place})
    assert answer.status_code == 403


@pytest.mark.requirement("W3.3", "L1.1")
async def test_an_agency_without_the_agreement_sees_its_own_requests_only(intake: Intake) -> None:
    await fill(intake)
    held = (HeldFunction(AgencyFunction.NHS_CONTRACT_MANAGEMENT, date(2020, 1, 1)),)
    async with intake.world.works.begin() as work:
        await agencies.register_agency(work, Agency("csu", "csu", "combined", held, None))
    liaison = person(Role.AGENCY_LIAISON, agency="csu")
    assert {one["agency_id"] for one in await open_on(intake, liaison)} == {"csu"}


@pytest.mark.requirement("L1.2h", "L1.2i")
async def test_an_individuals_case_and_danger_are_answered_where_a_policy_has_no_requests(
    intake: Intake,
) -> None:
    provider = ProviderFacts("1-100000009", cqc_registered=True, name="Example Care Ltd")
    home = LocationFacts(
        "1-200000009",
        "1-100000009",
        name="Ashwood House",
        category=ServiceCategory.NURSING_HOME,
        cqc_registered=True,
        local_authority="Lancashire",
    )
    async with intake.world.works.begin() as work:
        await load_places(work, "lancashire", [(provider, home)], (), SOURCE)
    elsewhere = person(Role.PRACTITIONER, subject="p", partnerships=["lancashire"])
    proposal = {"type": "qip_proposal", "location": "1-200000009"}
    individual = await ask(intake, elsewhere, **proposal, about_individual=True)
    assert (individual.status_code, individual.json()["rule"]) == (409, "L1.2h")
    assert reference_in(individual)
    urgent = await ask(intake, elsewhere, **proposal, immediate_danger=True, text="A fire.")
    assert urgent.json()["rule"] == "L1.2i"
    assert "999" in urgent.json()["emergency_route"]


async def test_a_suspended_agency_cannot_tell_others_requests_from_none(intake: Intake) -> None:
    reference = (await ask(intake, **INFORMATION)).json()["reference"]
    async with intake.world.works.begin() as work:
        at_home = frozenset({"combined"})
        await agencies.suspend_agency(work, at_home, "police", "me", suspended=True, why="a test")
    async with intake.world.http(person(Role.AGENCY_LIAISON, agency="police")) as client:
        others = await client.get(f"/requests/{reference}")
        none = await client.get("/requests/RQ-0000-0000")
    assert none.status_code == 404
    assert (others.status_code, others.content) == (none.status_code, none.content)


@pytest.mark.requirement("W3.3")
async def test_a_request_at_a_very_small_service_is_for_named_holders(intake: Intake) -> None:
    assert (
        await ask(intake, type="information_from_provider", location=SMALL_HOME)
    ).status_code == 201
    (said,) = await intake.world.said(RequestRecorded)
    assert said.handling.label == "NAMED"
    assert len(await open_on(intake, TEAM_MANAGER)) == 1
    seated = person(Role.AGENCY_LIAISON, agency="csu")
    assert await open_on(intake, seated) == []


async def test_a_request_that_is_answered_is_open_no_more(intake: Intake) -> None:
    reference = (await ask(intake, **INFORMATION)).json()["reference"]
    async with intake.world.http(PRACTITIONER) as client:
        for _ in range(2):
            answer = await client.post(f"/requests/{reference}/closing")
            assert answer.json()["state"] == "closed"
    assert await open_on(intake, TEAM_MANAGER) == []
    assert len(await intake.world.said(RequestClosed)) == 1


@pytest.mark.requirement("WG3", "WS2")
async def test_the_team_manager_varies_a_default_for_one_provider_with_a_reason_on_record(
    intake: Intake,
) -> None:
    async with intake.world.http(TEAM_MANAGER) as client:
        place = (await client.get(f"/locations/{intake.locations[CARE_HOME]}")).json()
        provider_id = await provider_of(intake, place["provider_reference"])
        path = f"/providers/{provider_id}/variations"
        form = {"name": "requests.answer_days", "value": 28, "reason": "A flood in the office."}
        assert (await client.post(path, json={**form, "reason": ""})).status_code == 422
        strange = await client.post(path, json={**form, "name": "concerns.emergency_route"})
        assert (strange.status_code, strange.json()["rule"]) == (422, "WG3")
        assert (await client.post(path, json=form)).status_code == 201
        (shown,) = (await client.get(path)).json()
    assert (shown["default_value"], shown["varied_by"]) == (14, "t")
    assert shown["reason"] == form["reason"]
    assert len(await intake.world.said(PolicyVaried)) == 1
    answer = (await ask(intake, **INFORMATION)).json()
    assert answer["due_on"] == str(TODAY + timedelta(days=28))
    assert answer["due_clause"] == "combined@2026-11 W3.3, varied (WG3)"


async def provider_of(intake: Intake, reference: str) -> str:
    async with intake.world.works.begin() as work:
        return str((await register.providers_by_reference(work, "combined"))[reference].id)


async def test_a_batch_of_requests_costs_as_many_questions_as_one(intake: Intake) -> None:
    counted = [await questions(intake, n) for n in (1, 6)]
    assert counted[0] == counted[1]


async def questions(intake: Intake, count: int) -> int:
    asked: list[str] = []
    engine = intake.world.runtime.database.engine.sync_engine

    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    try:
        await intake.world.runtime.consumers[1].take(
            [
                intake.message(
                    "csu",
                    "partner.request.made.v1",
                    {
                        "location": CARE_HOME,
                        "request_reference": f"B-{count}-{number}",
                        "request_type": "information_from_provider",
                        "load_seen": True,
                    },
                    id=f"b-{count}-{number}",
                )
                for number in range(count)
            ]
        )
    finally:
        event.remove(engine, "before_cursor_execute", note)
    return len(asked)
