"""What the desk expects of every list: filters, search, and a spreadsheet without texts."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import text

from shared.contracts.words import Role
from shared.platform.security import Person
from tests.intake.conftest import CARE_HOME, SMALL_HOME, Intake
from tests.intake.test_more_lists import (
    COMPLAINT,
    GOVERNANCE,
    PRACTITIONER,
    SAFEGUARDING,
    TEAM_MANAGER,
    ask,
    ask_by_law,
    ask_in_vain,
    break_message,
    complain,
    draft,
    get,
    hand_over,
    post,
    praise,
    rows_of,
    tell,
)
from tests.stage import person

SHEETS: dict[str, tuple[Person, str, str]] = {
    "/triage": (PRACTITIONER, "triage", "location"),
    "/handovers": (SAFEGUARDING, "handovers", "location"),
    "/signals": (PRACTITIONER, "signals", "location"),
    "/feedback": (PRACTITIONER, "feedback", "location"),
    "/quarantine": (PRACTITIONER, "quarantine", "agency_id"),
    "/requests/statutory": (GOVERNANCE, "statutory", "asked_by"),
}
"""By a list's address: who reads it, its name on record, and a column that may be a formula."""


async def everything(intake: Intake) -> None:
    """A row in each list."""
    for make in (tell, hand_over, complain, praise, ask_by_law, ask, ask_in_vain):
        intake.world.clock.forward(minutes=1)
        await make(intake, 1)
    await break_message(intake, 2)


async def test_every_list_of_the_desk_becomes_a_spreadsheet_without_texts_and_formulas(
    intake: Intake,
) -> None:
    await everything(intake)
    async with intake.world.works.begin() as work:
        for formula in (
            "UPDATE intake.location SET name = '=1+1'",
            "UPDATE intake.quarantine SET agency_id = '=1+1'",
            "UPDATE intake.request SET asked_by = '=1+1'",
        ):
            await work.session.execute(text(formula))
    for path, (who, name, column) in SHEETS.items():
        answer = await get(intake, who, f"{path}.csv")
        [row] = rows_of(answer)
        assert row[column] == "'=1+1", path
        assert not {"text", "content", "facts", "details"} & row.keys()
        assert "kind." not in answer.text and "dose" not in answer.text
        assert (who.subject, f"{name}.exported", "list") in await intake.world.audited()


FILTERS: list[tuple[str, Person, dict[str, Any], int]] = [
    ("/triage", PRACTITIONER, {"q": "larchfield"}, 1),
    ("/triage", PRACTITIONER, {"q": "nowhere"}, 0),
    ("/triage", PRACTITIONER, {"category": "falls"}, 0),
    ("/triage", PRACTITIONER, {"received_to": "2026-11-19"}, 0),
    ("/triage", PRACTITIONER, {"sort": "-occurred_on", "location": CARE_HOME}, 1),
    ("/handovers", SAFEGUARDING, {"emergency": False}, 0),
    ("/handovers", SAFEGUARDING, {"emergency": True, "q": "CC-"}, 1),
    ("/handovers", SAFEGUARDING, {"state": "acknowledged"}, 0),
    ("/handovers", SAFEGUARDING, {"state": "any", "location": SMALL_HOME}, 0),
    ("/handovers", SAFEGUARDING, {"received_from": "2026-11-21"}, 0),
    ("/quarantine", PRACTITIONER, {"agency": "council-quality"}, 1),
    ("/quarantine", PRACTITIONER, {"agency": "police"}, 0),
    ("/quarantine", PRACTITIONER, {"rule": "WX0"}, 0),
    ("/quarantine", PRACTITIONER, {"received_to": "2026-11-19"}, 0),
    ("/signals", PRACTITIONER, {"q": "larchfield", "kind": COMPLAINT}, 1),
    ("/signals", PRACTITIONER, {"q": "C-1"}, 0),
    ("/requests", PRACTITIONER, {"location": CARE_HOME, "type": "coroner"}, 0),
    ("/requests", PRACTITIONER, {"location": CARE_HOME, "type": "information_from_provider"}, 1),
    ("/requests", PRACTITIONER, {"location": CARE_HOME, "agency": "police"}, 0),
    ("/requests/statutory", GOVERNANCE, {"type": "coroner"}, 1),
    ("/requests/statutory", GOVERNANCE, {"type": "police"}, 0),
    ("/requests/refused", TEAM_MANAGER, {"location": CARE_HOME, "sort": "-received_at"}, 1),
    ("/requests/refused", TEAM_MANAGER, {"location": SMALL_HOME}, 0),
    ("/requests/refused", TEAM_MANAGER, {"agency": "police"}, 0),
]
"""By address: who asks, for what, and how many lines there are; a place by its reference."""


async def test_lists_of_the_desk_can_be_narrowed(intake: Intake) -> None:
    await everything(intake)
    for path, who, query, count in FILTERS:
        if place := query.get("location"):
            query = {**query, "location": intake.locations[place]}
        assert len((await get(intake, who, path, **query)).json()) == count, (path, query)


async def test_what_safeguarding_has_acknowledged_is_found_again(intake: Intake) -> None:
    await hand_over(intake, 1)
    [line] = (await get(intake, SAFEGUARDING, "/handovers")).json()
    assert (line["acknowledged_at"], line["location_reference"]) == (None, CARE_HOME)
    async with intake.world.http(SAFEGUARDING) as client:
        path = f"/handovers/{line['concern_id']}/acknowledgement"
        assert (await client.post(path)).status_code == 204
    assert (await get(intake, SAFEGUARDING, "/handovers")).json() == []
    [line] = (await get(intake, SAFEGUARDING, "/handovers", state="acknowledged")).json()
    assert line["acknowledged_at"] is not None


async def test_an_approver_searches_the_texts_of_requests_on_record(intake: Intake) -> None:
    for place in (CARE_HOME, SMALL_HOME):
        told = {"type": "provider_visit", "risk_type": "clinical", "text": "The hoists failed."}
        await post(intake, PRACTITIONER, "/requests", {**told, "location": place})

    async def found(path: str, **query: Any) -> int:
        answer = await get(intake, TEAM_MANAGER, path, **query)
        return len(rows_of(answer) if path.endswith(".csv") else answer.json())

    for path in ("/requests/refused", "/requests.csv"):
        assert await found(path) == 2
        assert await found(path, q="boiler") == 0
        # What is about a very small service is NAMED: a word is found there for a reason only.
        assert await found(path, q="hoist") == 1
        assert await found(path, q="hoist", why="Two calls about hoists") == 2
    assert ("tm", "requests.searched", "list") in await intake.world.audited()


async def test_a_search_in_drafts_finds_ones_own(intake: Intake) -> None:
    form = {"concern": {"description": "The hoists failed."}}
    await post(intake, person(Role.PRACTITIONER, subject="somebody else"), "/drafts", form)
    await draft(intake, 1)
    assert (await get(intake, PRACTITIONER, "/drafts", q="hoist")).json() == []
    await post(intake, PRACTITIONER, "/drafts", form)
    [mine] = (await get(intake, PRACTITIONER, "/drafts", q="hoist")).json()
    assert mine["concern"] == form["concern"]


@pytest.mark.parametrize(
    "path", ["/quarantine?sort=content", "/handovers?state=no", "/drafts?sort=saved_at"]
)
async def test_an_order_or_a_state_that_a_list_does_not_name_is_refused(
    intake: Intake, path: str
) -> None:
    for who in (PRACTITIONER, SAFEGUARDING):
        async with intake.world.http(who) as client:
            assert (await client.get(path)).status_code in {403, 422}
