"""Triage: whose it is to decide, and who is told at once that it is for safeguarding."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.catalogue import HEARS, INTAKE
from shared.contracts.intake import ConcernRedirected, ConcernTriaged, RedirectionTold
from shared.contracts.meetings import QipDeclined, QipOpened
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, Intake, concern
from tests.intake.test_followups import ANSWER, MANAGER, add, status
from tests.intake.test_readers import CONCERN, PRACTITIONER, SAFEGUARDING, TRIAGE, concern_ids
from tests.intake.test_routes import tell
from tests.intake.test_triage_queue import ANNA, BEN
from tests.meetings import cast
from tests.stage import person

THEIRS = {**TRIAGE, "decision": "safeguarding"}


async def triage(intake: Intake, form: dict[str, str], who: Any = PRACTITIONER) -> Any:
    [concern_id] = await concern_ids(intake, SAFEGUARDING)
    return await decide(intake, concern_id, form, who)


async def decide(
    intake: Intake, concern_id: str, form: dict[str, str], who: Any = PRACTITIONER
) -> Any:
    async with intake.world.http(who) as client:
        return await client.post(
            f"/concerns/{concern_id}/triage", json=form, headers={"If-Match": "*"}
        )


@pytest.mark.requirement("WCC1b")
async def test_an_agency_is_told_on_its_feed_that_triage_found_its_concern_to_be_safeguardings(
    intake: Intake,
) -> None:
    [receipt] = await intake.receive(intake.message("csu", CONCERN, concern()))
    assert receipt.instead is None
    assert (await triage(intake, THEIRS)).json() == {"state": "redirected"}
    [told] = await intake.world.said(RedirectionTold)
    assert (told.handling.label, told.handling.holders) == ("NAMED", ("agency:csu",))
    assert told.reference == receipt.reference
    assert len(await intake.world.said(ConcernRedirected)) == 1
    liaison = person(Role.AGENCY_LIAISON, agency="csu")
    found = await status(intake, receipt.reference or "", liaison)
    assert next(iter(found)) == "safeguarding_route"
    assert "safeguarding duty desk" in found["safeguarding_route"]


@pytest.mark.requirement("WCC1b")
async def test_the_person_at_the_provider_who_reported_it_is_told_where_to_report(
    intake: Intake,
) -> None:
    reference = (await tell(intake)).json()["reference"]
    assert (await status(intake, reference))["safeguarding_route"] is None
    await triage(intake, THEIRS)
    [told] = await intake.world.said(RedirectionTold)
    assert told.handling.holders == (f"person:{told.reporter_ref}",)
    assert "safeguarding duty desk" in (await status(intake, reference))["safeguarding_route"]


@pytest.mark.requirement("WCC1b", "L1.2c")
async def test_whose_office_is_implicated_is_not_told_of_the_redirection(intake: Intake) -> None:
    reference = (await tell(intake, implicated_role="registered_manager")).json()["reference"]
    await triage(intake, THEIRS)
    assert await intake.world.said(RedirectionTold) == []
    assert (await status(intake, reference, MANAGER))["status"] == 404


@pytest.mark.requirement("L1.2j", "WCC1b")
async def test_a_reason_that_names_somebody_holds_back_a_care_concern_and_never_a_redirection(
    intake: Intake,
) -> None:
    await tell(intake)
    why = "Mrs Hartley said so."
    refused = await triage(intake, {**TRIAGE, "reason": why})
    assert (refused.status_code, refused.json()["rule"]) == (422, "door.personal-data")
    assert "personal_data_needed" not in refused.text
    assert (await triage(intake, {**THEIRS, "reason": why})).json() == {"state": "redirected"}
    assert "personal_data.taken_urgently" in [did for _, did, _ in await intake.world.audited()]


async def test_of_a_care_concern_nobody_is_told_that_it_is_for_safeguarding(
    intake: Intake,
) -> None:
    await tell(intake)
    await triage(intake, TRIAGE)
    assert await intake.world.said(RedirectionTold) == []


@pytest.mark.requirement("WCC1a")
async def test_what_somebody_has_in_hand_is_theirs_to_decide(intake: Intake) -> None:
    await tell(intake)
    [concern_id] = await concern_ids(intake, ANNA)
    async with intake.world.http(ANNA) as client:
        await client.post(f"/concerns/{concern_id}/claim")
    refused = await triage(intake, TRIAGE, BEN)
    assert (refused.status_code, refused.json()["rule"]) == (409, "triage.held")
    assert await intake.world.said(ConcernTriaged) == []
    assert (await triage(intake, TRIAGE, ANNA)).json() == {"state": "triaged"}


@pytest.mark.requirement("WCC1b")
async def test_that_it_is_for_safeguarding_waits_for_nobody(intake: Intake) -> None:
    await tell(intake)
    [concern_id] = await concern_ids(intake, ANNA)
    async with intake.world.http(ANNA) as client:
        await client.post(f"/concerns/{concern_id}/claim")
    assert (await triage(intake, THEIRS, BEN)).json() == {"state": "redirected"}


@pytest.mark.requirement("WCC1b")
@pytest.mark.parametrize("before", ["triaged", "answered", "withdrawn"])
async def test_what_turns_out_to_be_safeguardings_later_is_handed_over_and_its_teller_told(
    intake: Intake, before: str
) -> None:
    reference = (await tell(intake)).json()["reference"]
    [concern_id] = await concern_ids(intake, SAFEGUARDING)
    if before == "withdrawn":
        await add(intake, reference, kind="withdrawal", text="It was a mistake.")
    else:
        await decide(intake, concern_id, TRIAGE)
    if before == "answered":
        async with intake.world.http(PRACTITIONER) as client:
            await client.post(f"/concerns/{concern_id}/answer", json=ANSWER)
    assert (await status(intake, reference))["state"] == before
    for form in (THEIRS, THEIRS, TRIAGE):  # what safeguarding has stays where it is (L1.2h)
        assert (await decide(intake, concern_id, form)).json() == {"state": "redirected"}
    [handed_over] = await intake.world.said(ConcernRedirected)
    assert handed_over.reference == reference
    assert len(await intake.world.said(RedirectionTold)) == 1


@pytest.mark.requirement("L1.2h")
async def test_no_decision_on_a_qip_changes_where_a_safeguarding_item_stands(
    intake: Intake,
) -> None:
    reference = (await tell(intake, significant_harm=True)).json()["reference"]
    [concern_id] = await concern_ids(intake, SAFEGUARDING, "redirected")
    place = intake.locations[CARE_HOME]
    decided = {"consideration_id": cast.id_of("about"), "decision_id": cast.id_of("decision")}
    opened = QipOpened(
        partnership="combined",
        location_id=place,
        qip_id=cast.id_of("qip"),
        opened_on=intake.world.clock.now.date(),
        limit_on=intake.world.clock.now.date(),
        terms_version="2026-11",
        clause="L6.4",
        **decided,
    )
    declined = QipDeclined(
        partnership="combined",
        location_id=place,
        decided_on=intake.world.clock.now.date(),
        **decided,
    )
    await intake.world.hear(opened, declined)
    assert await concern_ids(intake, SAFEGUARDING, "redirected") == [concern_id]
    assert (await status(intake, reference))["state"] == "redirected"
    async with intake.world.http(SAFEGUARDING) as client:
        assert len((await client.get("/handovers")).json()) == 1


@pytest.mark.requirement("L1.2h")
def test_intake_hears_nothing_of_what_becomes_of_a_qip() -> None:
    heard = {cls.spec.service for events in HEARS[INTAKE].values() for cls in events}
    assert "meetings" not in heard
    assert "meetings.v1" not in HEARS[INTAKE]


@pytest.mark.requirement("WCC1a")
async def test_who_told_a_concern_decides_on_it_only_for_the_reason_why_nobody_else_can(
    intake: Intake,
) -> None:
    form = {**concern(), "reported_by": "staff"}
    async with intake.world.http(ANNA) as client:
        assert (await client.post("/concerns", json=form)).status_code == 201
    [concern_id] = await concern_ids(intake, ANNA)
    for because in ({}, {"nobody_else_because": "   "}):
        refused = await decide(intake, concern_id, {**TRIAGE, **because}, ANNA)
        assert (refused.status_code, refused.json()["rule"]) == (422, "triage.own")
        assert refused.json()["clause"] == "combined@2026-11 pack: triage"
    telling = {"nobody_else_because": "Mrs Hartley is away, NHS 943 476 5919."}
    named = await decide(intake, concern_id, {**TRIAGE, **telling}, ANNA)
    assert (named.json()["rule"], "Hartley" in named.text) == ("door.personal-data", False)
    because = {"nobody_else_because": "I am on duty alone until Monday."}
    assert (await decide(intake, concern_id, {**TRIAGE, **because}, ANNA)).status_code == 200
    did = await intake.world.audited()
    assert ("anna", "concern.triaged_by_teller", concern_id) in did


@pytest.mark.requirement("WCC1b")
async def test_a_colleague_needs_no_such_reason_and_safeguarding_waits_for_none(
    intake: Intake,
) -> None:
    for number in (1, 2):
        form = {**concern(reference=f"REF-{number}"), "reported_by": "staff"}
        async with intake.world.http(ANNA) as client:
            assert (await client.post("/concerns", json=form)).status_code == 201
    first, second = await concern_ids(intake, ANNA)
    assert (await decide(intake, first, TRIAGE, BEN)).json() == {"state": "triaged"}
    redirected = await decide(intake, second, THEIRS, ANNA)
    assert redirected.json()["state"] == "redirected"
    did = [what for _, what, _ in await intake.world.audited()]
    assert "concern.triaged_by_teller" not in did
