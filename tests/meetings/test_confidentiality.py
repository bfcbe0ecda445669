"""Papers open only for who has accepted the procedures on confidentiality that are in force."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from shared.contracts.words import Role
from shared.platform.policy import Pack, Policies
from shared.platform.security import Person
from tests.meetings.cast import CHAIR, CQC_PROVIDER, Desk, accepted, met, refused_under
from tests.stage import person

NEWCOMERS = [
    person(Role.QIP_CHAIR, subject="new chair"),
    person(Role.AGENCY_LIAISON, agency="icb", subject="new liaison"),
    person(Role.REGISTERED_MANAGER, provider=CQC_PROVIDER, subject="new manager"),
]


@pytest.fixture
async def qip(desk: Desk) -> dict[str, Any]:
    """A QIP whose provider has been contacted."""
    await desk.world.hear(met())
    return await desk.contacted()


@pytest.mark.requirement("L8a")
@pytest.mark.parametrize("who", NEWCOMERS, ids=lambda who: who.subject)
async def test_a_member_who_has_not_accepted_opens_no_papers_until_they_have(
    desk: Desk, qip: dict[str, Any], who: Person
) -> None:
    path = f"/qips/{qip['qip_id']}"
    answer = await desk.ask(who, "GET", path)
    assert refused_under(answer, "L8a")
    problem = answer.json()
    assert problem["clause"] == "combined@2026-11 L8a"
    assert "/confidentiality" in problem["instead"]
    assert qip["decision_id"] not in answer.text
    await desk.world.hear(accepted(who, "0"), accepted(who, partnership="lancashire"))
    assert refused_under(await desk.ask(who, "GET", path), "L8a")
    await desk.world.hear(accepted(who))
    assert (await desk.get(who, path))["qip_id"] == qip["qip_id"]


@pytest.mark.requirement("L8a")
async def test_the_papers_of_the_intelligence_meeting_open_in_the_same_way(desk: Desk) -> None:
    await desk.world.hear(met())
    who = person(Role.NOTE_TAKER, subject="new note taker")
    path = f"/considerations/{await desk.considered()}"
    assert len(await desk.get(who, "/considerations")) == 1  # the agenda says what is up
    assert refused_under(await desk.ask(who, "GET", path), "L8a")
    await desk.world.hear(accepted(who))
    assert (await desk.get(who, path))["trigger_details"]


@pytest.mark.requirement("L8a")
async def test_a_new_version_in_force_is_asked_for_anew(desk: Desk) -> None:
    await desk.world.hear(met())
    path = f"/considerations/{await desk.considered()}"
    assert (await desk.ask(CHAIR, "GET", path)).status_code == 200
    head = {"partnership": "combined", "version": "new", "effective_from": date(2026, 11, 20)}
    section = {"confidentiality": {"version": {"value": "2", "clause": "L8a"}}}
    policies = Policies([Pack({"pack": head, "intake": section})])
    desk.world.works.policies = desk.world.runtime.policies = policies
    answer = await desk.ask(CHAIR, "GET", path)
    assert refused_under(answer, "L8a")
    assert answer.json()["clause"] == "combined@new L8a"
    await desk.world.hear(accepted(CHAIR, "2"))
    assert (await desk.ask(CHAIR, "GET", path)).status_code == 200


async def test_papers_that_are_not_there_for_somebody_do_not_ask_for_their_acceptance(
    desk: Desk, qip: dict[str, Any]
) -> None:
    outsider = person(Role.AGENCY_LIAISON, agency="police", subject="outsider")
    answer = await desk.ask(outsider, "GET", f"/qips/{qip['qip_id']}")
    unknown = await desk.ask(outsider, "GET", f"/qips/{qip['decision_id']}")
    assert (answer.status_code, answer.json()) == (404, unknown.json())
