"""A QIP is confidential: each reader sees what they may know, and others find nothing."""

from __future__ import annotations

from typing import Any

import pytest

from services.meetings.domain.people import Recipient
from services.meetings.domain.readers import Case, Level, Reader, level_of
from shared.contracts.words import (
    AgencyFunction,
    Handling,
    ImplicatedRole,
    Label,
    OfficeHolderRole,
    Role,
)
from tests.meetings.cast import (
    CQC_PROVIDER,
    LIAISON,
    MANAGER,
    NOMINATED,
    QIP_CHAIR,
    RM,
    Desk,
    agency,
    leadership,
    location,
    met,
)
from tests.stage import person

OUTSIDERS = [
    person(Role.PORTAL),
    person(Role.ADMIN),
    person(Role.OPERATIONS),
    person(Role.COMPLAINTS),
    person(Role.AGENCY_LIAISON, agency="police"),
    person(Role.AGENCY_LIAISON),
    person(Role.REGISTERED_MANAGER, provider="1-999999999"),
    person(Role.QIP_CHAIR, partnerships=["lancashire"]),
    person(Role.QIP_CHAIR, partnerships=["wirral"]),
    person(Role.QIP_CHAIR, provider=CQC_PROVIDER),
]


@pytest.fixture
async def qip(desk: Desk) -> dict[str, Any]:
    """A QIP with a meeting."""
    await desk.world.hear(met())
    qip, _ = await desk.with_meeting(note_taker="note-taker")
    return qip


@pytest.mark.requirement("L1.2")
@pytest.mark.parametrize("who", OUTSIDERS)
async def test_a_qip_does_not_exist_for_others(desk: Desk, qip: dict[str, Any], who: Any) -> None:
    answer = await desk.ask(who, "GET", f"/qips/{qip['qip_id']}")
    unknown = await desk.ask(who, "GET", f"/qips/{qip['decision_id']}")
    assert answer.status_code == unknown.status_code == 404
    assert answer.json() == unknown.json()
    if "wirral" not in who.partnerships:
        assert await desk.get(who, "/qips") == []


async def test_the_desk_sees_the_whole_and_the_read_is_audited(
    desk: Desk, qip: dict[str, Any]
) -> None:
    view = await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")
    assert view["benefit_statement"] == "One plan, and people kept safe."
    assert view["meetings"][0]["note_taker"] == "note-taker"
    async with desk.world.works.begin() as work:
        audit = work.tables.audit
        reads = await work.session.execute(audit.select().where(audit.c.did == "qip.read"))
        assert [(row.who, row.subject) for row in reads] == [("qip-chair", qip["qip_id"])]


async def test_a_member_agency_sees_the_case_without_names(desk: Desk, qip: dict[str, Any]) -> None:
    view = await desk.get(LIAISON, f"/qips/{qip['qip_id']}")
    assert view["meetings"][0]["starts_at"] == "2026-12-15T10:00:00Z"
    assert {member["agency_id"] for member in view["members"]} >= {"icb", "cqc"}
    assert not {"chair", "benefit_statement", "attention"} & set(view)
    assert str(RM) not in str(view)


@pytest.mark.parametrize(
    "changed",
    [
        agency("icb", AgencyFunction.HEALTH_COMMISSIONER, suspended=True),
        agency("icb", AgencyFunction.HEALTH_COMMISSIONER, agreement=None),
        agency("icb", AgencyFunction.HEALTH_COMMISSIONER, agreement="0"),
    ],
)
async def test_a_member_without_agreement_or_suspended_finds_nothing(
    desk: Desk, qip: dict[str, Any], changed: Any
) -> None:
    await desk.world.hear(changed)
    assert (await desk.ask(LIAISON, "GET", f"/qips/{qip['qip_id']}")).status_code == 404


async def test_the_provider_finds_nothing_before_it_is_contacted(desk: Desk) -> None:
    await desk.world.hear(met())
    qip = await desk.with_chair()
    assert (await desk.ask(MANAGER, "GET", f"/qips/{qip['qip_id']}")).status_code == 404
    assert await desk.get(MANAGER, "/qips") == []


@pytest.mark.requirement("L4.11")
async def test_the_provider_sees_part_ii_and_no_agency(desk: Desk) -> None:
    await desk.world.hear(met())
    qip = await desk.with_chair(members=["police", "icb"])
    await desk.contact(qip)
    await desk.schedule(qip)
    view = await desk.get(MANAGER, f"/qips/{qip['qip_id']}")
    [meeting] = view["meetings"]
    assert meeting["part_ii_starts_at"] == "2026-12-15T10:30:00Z"
    assert not {"starts_at", "ends_at", "sequence"} & set(meeting)
    assert not {"members", "decision_id", "consideration_id", "chair"} & set(view)
    assert "police" not in str(view)
    assert [line["qip_id"] for line in await desk.get(MANAGER, "/qips")] == [qip["qip_id"]]


@pytest.mark.requirement("L1.2c")
async def test_an_implicated_persons_token_opens_nothing(desk: Desk) -> None:
    await desk.world.hear(leadership())
    qip = await desk.contacted()
    both = person(Role.REGISTERED_MANAGER, Role.NOMINATED_INDIVIDUAL, provider=CQC_PROVIDER)
    for who in (MANAGER, both):
        assert (await desk.ask(who, "GET", f"/qips/{qip['qip_id']}")).status_code == 404
        assert await desk.get(who, "/qips") == []
    assert (await desk.ask(NOMINATED, "GET", f"/qips/{qip['qip_id']}")).status_code == 200


async def test_a_restricted_qip_is_for_its_named_desk_and_members(desk: Desk) -> None:
    await desk.world.hear(leadership())
    qip = await desk.contacted()
    path = f"/qips/{qip['qip_id']}"
    for role in (Role.PRACTITIONER, Role.CONTRACTS_OFFICER, Role.OPERATIONS_LEAD):
        assert (await desk.ask(person(role), "GET", path)).status_code == 404
    assert (await desk.ask(LIAISON, "GET", path)).status_code == 404
    safeguarding = person(Role.AGENCY_LIAISON, agency="council-safeguarding")
    for who in (person(Role.TEAM_MANAGER), person(Role.SAFEGUARDING), safeguarding):
        assert (await desk.ask(who, "GET", path)).status_code == 200


async def test_a_provider_without_a_reference_is_nobodys(desk: Desk) -> None:
    await desk.world.hear(location().model_copy(update={"provider_reference": ""}), met())
    qip = await desk.contacted()
    nobody = person(Role.REGISTERED_MANAGER, provider="")
    assert (await desk.ask(nobody, "GET", f"/qips/{qip['qip_id']}")).status_code == 404


@pytest.mark.requirement("L1.2c")
@pytest.mark.parametrize(("named", "level"), [(True, Level.PROVIDER), (False, None)])
def test_with_a_senior_manager_implicated_only_those_chosen_in_person_read(
    named: bool, level: Level | None
) -> None:
    case = Case(
        handling=Handling(Label.NAMED),
        members=(),
        provider_reference=CQC_PROVIDER,
        contacted=(Recipient(RM, OfficeHolderRole.REGISTERED_MANAGER, named),),
        implicated={ImplicatedRole.SENIOR_MANAGER},
    )
    manager = Reader(frozenset({Role.REGISTERED_MANAGER}), provider=CQC_PROVIDER)
    assert level_of(manager, case) is level
