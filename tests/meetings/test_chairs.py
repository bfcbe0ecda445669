"""The chair is agreed at the intelligence meeting."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import uuid4

import pytest

from shared.contracts.meetings import ChairAppointed
from shared.contracts.words import (
    AgencyFunction,
    ImplicatedRole,
    OfficeHolderRole,
    Role,
    ServiceCategory,
)
from tests.meetings.cast import (
    COUNCIL_CHAIR,
    ICB_CHAIR,
    LCC,
    NI,
    QIP_CHAIR,
    RM,
    TRUST,
    TRUST_CHAIR,
    Desk,
    agency,
    at_agency,
    leadership,
    location,
    met,
    office,
    refused_under,
)
from tests.stage import person

FROM_ICB = {
    "person_ref": str(ICB_CHAIR),
    "function": "health_commissioner",
    "agency_id": "icb",
}
FROM_TRUST = {
    "person_ref": str(TRUST_CHAIR),
    "function": "mental_health_trust",
    "agency_id": TRUST,
}


@pytest.fixture
async def qip(desk: Desk) -> dict[str, Any]:
    """A QIP that has no chair yet."""
    await desk.world.hear(met())
    return await desk.open_qip()


@pytest.fixture
async def mental_health(desk: Desk) -> dict[str, Any]:
    """A QIP of an adult mental health provider."""
    await desk.world.hear(location(ServiceCategory.ADULT_MENTAL_HEALTH), met())
    return await desk.open_qip()


@pytest.mark.requirement("L3a")
async def test_a_chair_without_the_meetings_decision_is_refused(
    desk: Desk, qip: dict[str, Any]
) -> None:
    for decision in (None, str(uuid4())):
        answer = await desk.appoint(qip, decision_id=decision)
        assert refused_under(answer, "L3a", "decision_id")
    assert await desk.world.said(ChairAppointed) == []


@pytest.mark.requirement("L3a")
async def test_a_chair_by_the_meetings_decision_is_appointed(
    desk: Desk, qip: dict[str, Any]
) -> None:
    assert (await desk.appoint(qip)).status_code == 201
    [said] = await desk.world.said(ChairAppointed)
    assert (str(said.decision_id), said.chair_ref) == (qip["decision_id"], COUNCIL_CHAIR)
    assert said.handling.holders == (f"person:{COUNCIL_CHAIR}",)


@pytest.mark.requirement("L3b")
@pytest.mark.parametrize(
    ("function", "agency_id"),
    [("police", "police"), ("regulator", "cqc"), ("mental_health_trust", TRUST)],
)
async def test_a_chair_of_another_function_is_refused(
    desk: Desk, qip: dict[str, Any], function: str, agency_id: str
) -> None:
    answer = await desk.appoint(qip, function=function, agency_id=agency_id)
    assert refused_under(answer, "L3b", "function")
    assert answer.json()["clause"] == "combined@2026-11 L3b"


@pytest.mark.requirement("L3b")
async def test_a_chair_may_be_from_the_health_commissioner(desk: Desk, qip: dict[str, Any]) -> None:
    assert (await desk.appoint(qip, **FROM_ICB)).status_code == 201


async def test_a_function_that_the_agency_does_not_hold_today_is_refused(
    desk: Desk, qip: dict[str, Any]
) -> None:
    answer = await desk.appoint(qip, function="council_contracts")
    assert refused_under(answer, "L3b", "agency_id")
    await desk.world.hear(agency(LCC, AgencyFunction.COUNCIL_QUALITY, held_to=date(2026, 11, 19)))
    assert refused_under(await desk.appoint(qip), "L3b", "agency_id")


async def test_a_chair_is_a_known_person_of_that_agency(desk: Desk, qip: dict[str, Any]) -> None:
    for ref in (uuid4(), ICB_CHAIR, RM):
        answer = await desk.appoint(qip, person_ref=str(ref))
        assert refused_under(answer, "L3b", "person_ref")


@pytest.mark.requirement("L3c")
async def test_a_chair_without_rationale_is_refused(desk: Desk, qip: dict[str, Any]) -> None:
    assert refused_under(await desk.appoint(qip, rationale=" "), "L3c", "rationale")


@pytest.mark.requirement("L3d")
@pytest.mark.parametrize(
    "form",
    [
        {},
        {"function": "council_safeguarding", "agency_id": "council-safeguarding"},
        {"function": "council_social_work"},
        FROM_ICB,
    ],
)
async def test_a_mental_health_provider_is_not_chaired_by_others(
    desk: Desk, mental_health: dict[str, Any], form: dict[str, Any]
) -> None:
    assert refused_under(await desk.appoint(mental_health, **form), "L3d", "function")


@pytest.mark.requirement("L3d")
async def test_a_mental_health_provider_is_chaired_from_the_trust(
    desk: Desk, mental_health: dict[str, Any]
) -> None:
    assert (await desk.appoint(mental_health, **FROM_TRUST)).status_code == 201
    [said] = await desk.world.said(ChairAppointed)
    assert said.chair_function is AgencyFunction.MENTAL_HEALTH_TRUST


@pytest.mark.requirement("L3d")
async def test_lcft_resolves_to_its_successor(desk: Desk, mental_health: dict[str, Any]) -> None:
    trust = AgencyFunction.MENTAL_HEALTH_TRUST
    await desk.world.hear(
        agency("lcft", trust, held_from=date(2010, 1, 1), held_to=date(2019, 9, 30)),
        agency("lscft", trust, held_from=date(2019, 10, 1), successor_of="lcft"),
        at_agency(TRUST_CHAIR, "lcft"),
    )
    answer = await desk.appoint(mental_health, **{**FROM_TRUST, "agency_id": "lcft"})
    assert answer.status_code == 201
    assert answer.json()["agency_id"] == "lscft"


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_person_cannot_chair(desk: Desk) -> None:
    await desk.world.hear(
        leadership(ImplicatedRole.NOMINATED_INDIVIDUAL),
        office(NI, OfficeHolderRole.NOMINATED_INDIVIDUAL, email="same@larchfield.example"),
        at_agency(COUNCIL_CHAIR, LCC).model_copy(update={"email": "Same@larchfield.example"}),
    )
    answer = await desk.appoint(await desk.open_qip())
    assert refused_under(answer, "L1.2c", "person_ref")


async def test_the_same_chair_again_changes_nothing(desk: Desk, qip: dict[str, Any]) -> None:
    first = await desk.appoint(qip)
    assert (await desk.appoint(qip)).json() == first.json()
    assert len(await desk.world.said(ChairAppointed)) == 1


async def test_another_chair_takes_the_place_of_the_first(desk: Desk, qip: dict[str, Any]) -> None:
    await desk.appoint(qip)
    await desk.appoint(qip, **FROM_ICB)
    view = await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")
    assert view["chair"]["person_ref"] == str(ICB_CHAIR)


async def test_a_chair_in_another_partnership_is_not_there(desk: Desk, qip: dict[str, Any]) -> None:
    elsewhere = person(Role.INTELLIGENCE_CHAIR, partnerships=["lancashire"])
    form = {"person_ref": str(COUNCIL_CHAIR), "function": "council_quality", "agency_id": LCC}
    answer = await desk.ask(elsewhere, "POST", f"/qips/{qip['qip_id']}/chair", **form)
    assert answer.status_code == 404
