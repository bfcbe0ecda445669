"""Who may know what lies in quarantine: it is held as a concern would be that says the same."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from services.intake.domain import held_content
from shared.contracts.words import Role
from tests.intake.conftest import SMALL_HOME, Intake, concern
from tests.intake.test_readers import CONCERN, CONTRACTS, PRACTITIONER, SAFEGUARDING, WHY
from tests.stage import person

TELLING = "Mrs Hartley, NHS 943 476 5919, was given her dose late."
TORN = b'{"implicated_role": "senior_manager", "description": "Mrs Hart'
WHOLE = {"description": TELLING}
RESTRICTED: dict[str, tuple[str, dict[str, Any] | bytes]] = {
    "the police told it": ("police", WHOLE),
    "a leader is implicated": ("csu", {**WHOLE, "implicated_role": "senior_manager"}),
    "somebody is implicated in no word of ours": ("csu", {**WHOLE, "implicated_role": "boss"}),
    "a leader is implicated where the JSON broke off": ("csu", TORN),
    "the service is very small": ("csu", {**WHOLE, "location": SMALL_HOME}),
}
REASON = {"reason": "The pharmacy has to know whose dose it was."}


async def held(intake: Intake, agency: str, told: dict[str, Any] | bytes) -> str:
    """A message that lies in quarantine; gives its id."""
    data = told if isinstance(told, bytes) else concern(**told)
    await intake.receive(intake.message(agency, CONCERN, data))
    [item] = await items(intake, SAFEGUARDING)
    return item


async def items(intake: Intake, who: Any) -> list[str]:
    async with intake.world.http(who) as client:
        return [line["item_id"] for line in (await client.get("/quarantine")).json()]


async def all_acts(intake: Intake, who: Any, item: str) -> list[httpx.Response]:
    async with intake.world.http(who) as client:
        return [
            await client.get(f"/quarantine/{item}", headers=WHY),
            await client.post(f"/quarantine/{item}/release", json=REASON),
            await client.post(f"/quarantine/{item}/redaction", json={}),
            await client.post(f"/quarantine/{item}/rejection", json=REASON),
        ]


@pytest.mark.requirement("L1.2c", "L1.2j", "L4.11", "W1.8")
@pytest.mark.parametrize("case", RESTRICTED)
async def test_a_held_message_is_there_for_its_holders_and_for_nobody_else(
    intake: Intake, case: str
) -> None:
    item = await held(intake, *RESTRICTED[case])
    assert await items(intake, CONTRACTS) == []
    missing = await all_acts(intake, CONTRACTS, "01a21bf1-afd3-70de-b37b-eeb8576f7739")
    for hidden, absent in zip(await all_acts(intake, CONTRACTS, item), missing, strict=True):
        assert (hidden.status_code, hidden.content) == (404, absent.content)
    assert await items(intake, PRACTITIONER) == [item]
    async with intake.world.http(PRACTITIONER) as client:
        unexplained = await client.get(f"/quarantine/{item}")
        assert (unexplained.status_code, unexplained.json()["rule"]) == (422, "read.reason")
        assert (await client.get(f"/quarantine/{item}", headers=WHY)).status_code == 200
        rejected = await client.post(f"/quarantine/{item}/rejection", json=REASON)
        assert rejected.status_code == 204


async def test_what_restricts_nothing_is_there_for_all_who_triage(intake: Intake) -> None:
    item = await held(intake, "csu", WHOLE)
    assert await items(intake, CONTRACTS) == [item]
    async with intake.world.http(CONTRACTS) as client:
        assert (await client.get(f"/quarantine/{item}")).status_code == 200


@pytest.mark.requirement("L1.2i")
async def test_a_held_emergency_that_was_handed_over_is_safeguardings(intake: Intake) -> None:
    item = await held(intake, "csu", {"immediate_danger": True, "occurred_on": 0})
    assert await items(intake, PRACTITIONER) == await items(intake, CONTRACTS) == []
    async with intake.world.http(SAFEGUARDING) as client:
        assert (await client.get(f"/quarantine/{item}", headers=WHY)).status_code == 200


async def test_what_was_released_is_as_restricted_as_it_was_held(intake: Intake) -> None:
    item = await held(intake, "police", WHOLE)
    async with intake.world.http(PRACTITIONER) as client:
        released = await client.post(f"/quarantine/{item}/release", json=REASON)
        assert released.status_code == 200
        assert len((await client.get("/concerns")).json()) == 1
    async with intake.world.http(person(Role.CONTRACTS_OFFICER)) as client:
        assert (await client.get("/concerns")).json() == []
        settled = await client.get("/quarantine", params={"state": "released"})
        assert settled.json() == []


def test_a_message_is_read_in_its_envelope_too() -> None:
    inner = b'{"data": {"immediate_danger": "Yes ", "location": "1-2", "implicated_role": "x"}}'
    assert held_content.danger_in(inner)
    assert held_content.location(inner) == "1-2"
    assert held_content.implicates(inner)


@pytest.mark.parametrize("content", [b"[1]", b"7", b"null", b'"text"', b"{}", b"\xff\xfe", b""])
def test_what_says_nothing_restricts_nothing(content: bytes) -> None:
    assert held_content.danger_in(content) is None
    assert held_content.location(content) is None
    assert not held_content.implicates(content)
