"""Corrections: asked for by who told a concern, decided on by the desk, and told to who asked."""

from __future__ import annotations

from typing import Any

import pytest

from shared.contracts.intake import (
    ConcernReceived,
    ConcernTriaged,
    ConcernWithdrawn,
    CorrectionDecided,
    HandoverAddedTo,
)
from shared.contracts.words import Role
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake, concern
from tests.intake.test_followups import add, status
from tests.intake.test_readers import (
    CONCERN,
    CONTRACTS,
    PRACTITIONER,
    SAFEGUARDING,
    TRIAGE,
    WHY,
    concern_ids,
)
from tests.intake.test_routes import tell
from tests.stage import person

REASON = "The incident form says so as well."
NHS_NUMBER = "Her NHS number is 943 476 5919."


async def asked(intake: Intake, field: str, **told: Any) -> tuple[str, str]:
    """A concern with a correction that was asked for; gives its reference and its id."""
    reference = (await tell(intake, **told)).json()["reference"]
    answer = await add(intake, reference, kind="correction", field=field, text="It is wrong.")
    assert answer.status_code == 201
    [concern_id] = await concern_ids(
        intake, SAFEGUARDING, "redirected" if "significant_harm" in told else "received"
    )
    return reference, concern_id


async def decide(intake: Intake, concern_id: str, who: Any = PRACTITIONER, **form: Any) -> Any:
    async with intake.world.http(who) as client:
        found = await client.get(f"/concerns/{concern_id}", headers=WHY)
        entries = found.json()["entries"]
        entry = next(one["entry_id"] for one in entries if one["kind"] == "correction")
        return await client.post(
            f"/concerns/{concern_id}/corrections/{entry}",
            json={"outcome": "accepted", "reason": REASON, **form},
            headers={"If-Match": found.headers["etag"]},
        )


async def read(intake: Intake, concern_id: str) -> Any:
    async with intake.world.http(PRACTITIONER) as client:
        return (await client.get(f"/concerns/{concern_id}", headers=WHY)).json()


@pytest.mark.parametrize(
    ("field", "value", "was"),
    [("category", "falls", "medication"), ("occurred_on", "2026-11-17", "2026-11-18")],
)
async def test_a_correction_is_made_the_old_value_kept_and_who_asked_is_told(
    intake: Intake, field: str, value: str, was: str
) -> None:
    reference, concern_id = await asked(intake, field)
    assert (await decide(intake, concern_id, value=value)).json() == {"state": "received"}
    now = await read(intake, concern_id)
    assert now[field] == value
    entry = now["entries"][-1]
    assert (entry["kind"], entry["text"], entry["said_by"]) == ("correction_decision", REASON, "p")
    assert (entry["facts"]["was"], entry["facts"]["is"]) == (was, value)
    [_, again] = await intake.world.said(ConcernReceived)
    assert str(getattr(again, field)) == value
    [told] = await intake.world.said(CorrectionDecided)
    assert (told.outcome, told.reference) == ("accepted", reference)
    assert told.handling.holders == (f"person:{told.reporter_ref}",)
    [line] = (await status(intake, reference))["corrections"]
    assert (line["field"], line["outcome"], line["reason"]) == (field, "accepted", REASON)


async def test_what_was_triaged_is_said_again_as_the_care_concern_that_it_is(
    intake: Intake,
) -> None:
    _, concern_id = await asked(intake, "category")
    async with intake.world.http(PRACTITIONER) as client:
        await client.post(f"/concerns/{concern_id}/triage", json=TRIAGE)
    await decide(intake, concern_id, value="falls")
    told = await intake.world.said(ConcernTriaged)
    assert [e.category for e in told] == ["medication", "falls"]
    assert {e.key_questions for e in told} == {("safe",)}


async def test_a_concern_about_the_wrong_place_is_withdrawn_there_and_told_at_the_right_one(
    intake: Intake,
) -> None:
    _, concern_id = await asked(intake, "location")
    await decide(intake, concern_id, value=SMALL_HOME)
    [withdrawn] = await intake.world.said(ConcernWithdrawn)
    assert withdrawn.location_id == intake.locations[CARE_HOME]
    [_, again] = await intake.world.said(ConcernReceived)
    assert again.location_id == intake.locations[SMALL_HOME]
    assert again.handling.label == "NAMED"
    assert (await read(intake, concern_id))["entries"][-1]["facts"]["was"] == CARE_HOME
    assert await concern_ids(intake, CONTRACTS) == []


async def test_a_correction_is_declined_with_a_reason_and_changes_nothing(intake: Intake) -> None:
    [receipt] = await intake.receive(intake.message("csu", CONCERN, concern()))
    liaison = person(Role.AGENCY_LIAISON, agency="csu")
    reference = receipt.reference or ""
    form = {"kind": "correction", "field": "category", "text": "It was a fall."}
    await add(intake, reference, liaison, **form)
    [concern_id] = await concern_ids(intake, PRACTITIONER)
    assert (await decide(intake, concern_id, outcome="declined")).status_code == 200
    assert (await read(intake, concern_id))["category"] == "medication"
    [told] = await intake.world.said(CorrectionDecided)
    assert (told.outcome, told.handling.holders) == ("declined", ("agency:csu",))
    assert len(await intake.world.said(ConcernReceived)) == 1
    again = await decide(intake, concern_id, outcome="declined")
    assert (again.status_code, again.json()["rule"]) == (409, "correction.decided")


@pytest.mark.parametrize(
    ("field", "form", "rule"),
    [
        ("category", {"value": "no_such_word"}, "door.category"),
        ("occurred_on", {"value": "2030-01-01"}, "door.future-date"),
        ("occurred_on", {"value": "yesterday"}, "door.field"),
        ("location", {"value": "1-299999999"}, "door.unknown-location"),
        ("category", {}, "correction.value"),
        ("measures", {"value": "falls"}, "correction.value"),
        ("category", {"outcome": "declined", "value": "falls"}, "correction.value"),
        ("measures", {"reason": NHS_NUMBER}, "door.personal-data"),
    ],
)
async def test_what_does_not_fit_is_refused_and_nothing_is_decided(
    intake: Intake, field: str, form: dict[str, str], rule: str
) -> None:
    _, concern_id = await asked(intake, field)
    refused = await decide(intake, concern_id, **form)
    assert (refused.status_code, refused.json()["rule"]) == (422, rule)
    assert await intake.world.said(CorrectionDecided) == []


async def test_the_desk_decides_on_what_it_has_read(intake: Intake) -> None:
    _, concern_id = await asked(intake, "category")
    form = {"outcome": "declined", "reason": REASON}
    entry = (await read(intake, concern_id))["entries"][0]["entry_id"]
    path = f"/concerns/{concern_id}/corrections/{entry}"
    async with intake.world.http(PRACTITIONER) as client:
        assert (await client.post(path, json=form)).status_code == 428
        stale = {"If-Match": '"AAAA"'}
        assert (await client.post(path, json=form, headers=stale)).status_code == 412


@pytest.mark.parametrize(
    "entry", [{"field": "mood"}, {}, {"kind": "addition", "field": "measures"}]
)
async def test_a_correction_names_a_field_that_a_concern_has(
    intake: Intake, entry: dict[str, str]
) -> None:
    reference = (await tell(intake)).json()["reference"]
    answer = await add(intake, reference, **{"kind": "correction", "text": "No.", **entry})
    assert answer.status_code == 422


@pytest.mark.requirement("L1.2h")
async def test_what_safeguarding_has_safeguarding_corrects(intake: Intake) -> None:
    _, concern_id = await asked(intake, "category", significant_harm=True)
    refused = await decide(intake, concern_id, value="falls")
    assert (refused.status_code, refused.json()["rule"]) == (409, "L1.2h")
    done = await decide(intake, concern_id, SAFEGUARDING, value="falls")
    assert done.json() == {"state": "redirected"}


@pytest.mark.requirement("L1.2h")
async def test_what_is_safeguardings_alone_is_corrected_and_told_to_nobody_else(
    intake: Intake,
) -> None:
    reference = (await tell(intake, immediate_danger=True)).json()["reference"]
    await add(intake, reference, kind="correction", field="category", text="It is wrong.")
    [concern_id] = await concern_ids(intake, SAFEGUARDING, "redirected")
    assert (await decide(intake, concern_id, SAFEGUARDING, value="falls")).status_code == 200
    assert await intake.world.said(ConcernReceived) == []


async def test_who_may_not_read_a_concern_cannot_decide_on_its_correction(intake: Intake) -> None:
    reference = (await tell(intake, location=SMALL_HOME)).json()["reference"]
    await add(intake, reference, kind="correction", field="category", text="It is wrong.")
    [concern_id] = await concern_ids(intake, PRACTITIONER)
    async with intake.world.http(PRACTITIONER) as client:
        found = await client.get(f"/concerns/{concern_id}", headers=WHY)
    path = f"/concerns/{concern_id}/corrections/{found.json()['entries'][0]['entry_id']}"
    form = {"outcome": "declined", "reason": REASON}
    async with intake.world.http(CONTRACTS) as client:
        answer = await client.post(path, json=form, headers={"If-Match": found.headers["etag"]})
    assert answer.status_code == 404
    assert await intake.world.said(CorrectionDecided) == []


@pytest.mark.requirement("WCC1b")
async def test_what_is_added_to_what_safeguarding_has_is_passed_on_to_them(intake: Intake) -> None:
    reference = (await tell(intake, significant_harm=True)).json()["reference"]
    await add(intake, reference)
    await add(intake, reference, significant_harm=True)
    told = await intake.world.said(HandoverAddedTo)
    assert [(one.reference, one.handling.holders) for one in told] == [
        (reference, ("council_safeguarding",))
    ] * 2
