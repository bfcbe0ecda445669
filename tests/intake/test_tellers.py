"""Who told a concern is written to, and nobody else; where nobody can be, the desk hears of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from services.intake.domain.handling import RESTRICTED_HOLDERS
from services.intake.handlers import agencies
from services.intake.handlers.agencies import Contact
from shared.contracts.agencies import Agency
from shared.contracts.intake import (
    ConcernAcknowledged,
    ConcernAnswered,
    ConcernRedirected,
    ContactChanged,
    QuarantineSettled,
    RedirectionTold,
    RefusalLifted,
    RequestClosed,
    RequestRecorded,
)
from shared.contracts.words import AgencyFunction, HeldFunction, OfficeHolderRole, Role
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.intake.test_followups import ANSWER
from tests.intake.test_readers import PRACTITIONER, TRIAGE, concern_ids
from tests.stage import person

OURS = "1-100000001"
INDIVIDUAL = person(Role.NOMINATED_INDIVIDUAL, provider=OURS, subject="ni")
MANAGER = person(Role.REGISTERED_MANAGER, provider=OURS, subject="rm")
STRANGER = person(Role.REGISTERED_MANAGER, provider="1-100000099", subject="stranger")
COLLEAGUE = person(Role.CONTRACTS_OFFICER, subject="c")
GOVERNANCE = person(Role.INFORMATION_GOVERNANCE, subject="ig")
THEIRS = {**TRIAGE, "decision": "safeguarding"}


async def tell(intake: Intake, who: Any, **told: Any) -> str:
    by = {} if who.provider else {"reported_by": "staff"}
    async with intake.world.http(who) as client:
        answer = await client.post("/concerns", json={**concern(**told), **by})
    return str(answer.json()["reference"])


async def decide(intake: Intake, act: str, form: dict[str, Any], state: str = "received") -> Any:
    [concern_id] = await concern_ids(intake, PRACTITIONER, state)
    async with intake.world.http(PRACTITIONER) as client:
        return (await client.post(f"/concerns/{concern_id}/{act}", json=form)).json()


async def with_an_individual(intake: Intake) -> Any:
    """The nominated individual's reference, once the register knows an address."""
    office = OfficeHolderRole.NOMINATED_INDIVIDUAL
    contact = Contact(CARE_HOME, None, office, "Bo Example", "ni@larchfield.example")
    async with intake.world.works.begin() as work:
        await agencies.register_contact(work, "combined", contact)
    return (await intake.world.said(ContactChanged))[-1].person_ref


@pytest.mark.requirement("WCC2", "L1.2c")
async def test_who_told_it_is_written_to_and_no_other_office_of_the_provider(
    intake: Intake,
) -> None:
    individual = await with_an_individual(intake)
    await tell(intake, INDIVIDUAL)
    [acknowledged] = await intake.world.said(ConcernAcknowledged)
    assert acknowledged.reporter_ref == individual
    assert await decide(intake, "triage", THEIRS) == {"state": "redirected"}
    [told] = await intake.world.said(RedirectionTold)
    assert told.handling.holders == (f"person:{individual}",)
    await tell(intake, MANAGER, reference="REF-2")
    first, second = await intake.world.said(ConcernAcknowledged)
    assert first.reporter_ref != second.reporter_ref


@pytest.mark.requirement("L1.2c")
@pytest.mark.parametrize("office", ["nominated_individual", "senior_manager", "proprietor"])
async def test_an_office_that_is_implicated_is_not_written_to(intake: Intake, office: str) -> None:
    await with_an_individual(intake)
    await tell(intake, INDIVIDUAL, implicated_role=office)
    assert await intake.world.said(ConcernAcknowledged) == []
    assert await decide(intake, "triage", THEIRS) == {"state": "redirected"}


@pytest.mark.requirement("WCC1b")
async def test_where_nobody_can_be_written_to_who_decides_is_told_to_do_it(intake: Intake) -> None:
    await tell(intake, INDIVIDUAL)
    told = await decide(intake, "triage", THEIRS)
    assert told["state"] == "redirected" and "tell them yourself" in told["tell"]
    assert await intake.world.said(ConcernAcknowledged, RedirectionTold) == []


async def test_an_answer_that_nobody_is_sent_is_given_by_hand(intake: Intake) -> None:
    await tell(intake, COLLEAGUE)
    assert await decide(intake, "triage", TRIAGE) == {"state": "triaged"}
    told = await decide(intake, "answer", ANSWER, "triaged")
    assert told["state"] == "answered" and "A colleague told this" in told["tell"]
    await tell(intake, PRACTITIONER, reference="REF-2")
    await decide(intake, "triage", {**TRIAGE, "nobody_else_because": "I am here alone."})
    assert await decide(intake, "answer", ANSWER, "triaged") == {"state": "answered"}
    assert await intake.world.said(ConcernAnswered) == []


async def succeed(intake: Intake, predecessor: str, successor: str, *functions: str) -> None:
    """From today on."""
    on = intake.world.clock.now.date().isoformat()
    heir = Agency(successor, successor, "combined", (), "1")
    async with intake.world.works.begin() as work:
        await agencies.register_agency(work, heir)
    act = {"successor": successor, "on": on, "why": "by law", "functions": functions}
    async with intake.world.http(GOVERNANCE) as client:
        answer = await client.post(f"/agencies/{predecessor}/succession", json=act)
    assert answer.status_code == 201, answer.text


@pytest.mark.requirement("L4.7")
async def test_who_follows_an_agency_that_is_no_more_hears_what_became_of_what_it_told(
    intake: Intake,
) -> None:
    [receipt] = await intake.receive(
        intake.message("csu", "partner.concern.raised.v1", concern(location=CARE_HOME))
    )
    for path, code in (("icb", 404), ("csu", 200)):
        assert await followed(intake, receipt.reference, path) == code
    await succeed(intake, "csu", "icb")
    intake.world.clock.forward(days=1)
    await succeed(intake, "icb", "icb-2027")
    for path, code in (("icb", 200), ("icb-2027", 200), ("csu", 200), ("healthwatch", 404)):
        assert await followed(intake, receipt.reference, path) == code
    await decide(intake, "triage", TRIAGE)
    assert await decide(intake, "answer", ANSWER, "triaged") == {"state": "answered"}
    [answered] = await intake.world.said(ConcernAnswered)
    assert answered.handling.holders == ("agency:csu", "agency:icb", "agency:icb-2027")


async def test_who_took_over_a_part_of_what_an_agency_does_hears_nothing_of_what_it_told(
    intake: Intake,
) -> None:
    async with intake.world.works.begin() as work:
        functions = (AgencyFunction.NHS_CONTRACT_MANAGEMENT, AgencyFunction.HEALTH_COMMISSIONER)
        held = tuple(HeldFunction(one, date(2020, 1, 1)) for one in functions)
        await agencies.register_agency(work, Agency("csu", "csu", "combined", held, "1"))
    [receipt] = await intake.receive(
        intake.message("csu", "partner.concern.raised.v1", concern(location=CARE_HOME))
    )
    await succeed(intake, "csu", "icb", "health_commissioner")
    assert await followed(intake, receipt.reference, "icb") == 404


async def asked(intake: Intake, agency: str, number: int, kind: str, location: str) -> str:
    """Our reference of what an agency asks."""
    told = {"location": location, "request_reference": f"R-{number}", "request_type": kind}
    more = {"load_seen": True, "risk_type": "clinical" if kind == "provider_visit" else None}
    [receipt] = await intake.receive(
        intake.message(agency, "partner.request.made.v1", {**told, **more})
    )
    assert receipt.reference
    return receipt.reference


@pytest.mark.requirement("L4.7", "WX0")
async def test_who_follows_an_ended_agency_hears_of_its_requests_and_of_its_held_messages(
    intake: Intake,
) -> None:
    opened = await asked(intake, "csu", 1, "information_from_provider", SMALL_HOME)
    refused = await asked(intake, "csu", 2, "provider_visit", SMALL_HOME)
    told = concern(description="Mrs Hartley, NHS 943 476 5919, fell.")
    await intake.receive(intake.message("csu", "partner.concern.raised.v1", told))
    await succeed(intake, "csu", "icb")
    await succeed(intake, "healthwatch", "another")
    intake.world.clock.forward(days=1)
    lifting = {"reason": "emergency", "why": "No one else can."}
    async with intake.world.http(person(Role.TEAM_MANAGER, subject="t")) as client:
        assert (await client.post(f"/requests/{opened}/closing")).status_code == 200
        assert (await client.post(f"/requests/{refused}/override", json=lifting)).status_code == 200
        [item] = (await client.get("/quarantine")).json()
        path = f"/quarantine/{item['item_id']}/rejection"
        assert (await client.post(path, json={"reason": "seen to"})).status_code == 204
    both = {"agency:csu", "agency:icb"}
    for answer in await intake.world.said(RefusalLifted, QuarantineSettled):
        assert set(answer.handling.holders) == both
    assert len(await intake.world.said(RefusalLifted, QuarantineSettled)) == 2
    [closed] = await intake.world.said(RequestClosed)
    first, lifted = await intake.world.said(RequestRecorded)
    for event in (closed, lifted):  # of a very small service: for those who are named
        assert set(event.handling.holders) == {*both, *RESTRICTED_HOLDERS}
    assert "agency:icb" not in first.handling.holders
    for agency, code in (("icb", 200), ("csu", 200), ("another", 404)):
        async with intake.world.http(liaison(agency)) as client:
            assert (await client.get(f"/requests/{opened}")).status_code == code
    async with intake.world.http(liaison("icb")) as client:
        place = {"location": str(intake.locations[SMALL_HOME])}
        [line] = (await client.get("/requests", params=place)).json()
    assert line["reference"] == refused


def liaison(agency: str) -> Any:
    return person(Role.AGENCY_LIAISON, agency=agency, subject=agency)


async def followed(intake: Intake, reference: str | None, agency: str) -> int:
    async with intake.world.http(liaison(agency)) as client:
        return (await client.get(f"/concerns/status/{reference}")).status_code


@pytest.mark.requirement("L1.2i")
async def test_an_emergency_that_a_stranger_tells_is_told_to_no_manager(intake: Intake) -> None:
    form = concern(immediate_danger=True)
    async with intake.world.http(STRANGER) as client:
        await client.post("/concerns", json=form)
    assert len(await intake.world.said(ConcernRedirected)) == 1
    assert await intake.world.said(ConcernAcknowledged) == []
