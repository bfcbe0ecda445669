"""Agencies sit in a QIP by the functions that they hold, and successors take over."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from shared.contracts.meetings import MemberJoined, MemberLeft
from shared.contracts.words import AgencyFunction
from tests.meetings.cast import QIP_CHAIR, Desk, agency, leadership, met, refused_under

ICB_FUNCTION = AgencyFunction.HEALTH_COMMISSIONER


@pytest.mark.parametrize(
    ("function", "agency_id"),
    [
        pytest.param("council_quality", "council-quality", marks=pytest.mark.requirement("L4.4")),
        pytest.param(
            "council_safeguarding", "council-safeguarding", marks=pytest.mark.requirement("L4.5")
        ),
        pytest.param("health_commissioner", "icb", marks=pytest.mark.requirement("L4.6")),
        pytest.param("nhs_contract_management", "csu", marks=pytest.mark.requirement("L4.7")),
        pytest.param(
            "council_contracts", "council-contracts", marks=pytest.mark.requirement("L4.8")
        ),
        pytest.param("regulator", "cqc", marks=pytest.mark.requirement("L4.9")),
    ],
)
async def test_the_pack_seats_this_function_by_default(
    desk: Desk, function: str, agency_id: str
) -> None:
    await desk.world.hear(met())
    await desk.open_qip()
    seats = {said.agency_id: said.function for said in await desk.world.said(MemberJoined)}
    assert seats[agency_id] == function
    assert len(seats) == 6


@pytest.mark.parametrize(
    ("function", "agency_id"),
    [
        pytest.param("nhs_provider", "hospital", marks=pytest.mark.requirement("L4.10")),
        pytest.param("police", "police", marks=pytest.mark.requirement("L4.11")),
        ("mental_health_trust", "mental-health-trust"),
    ],
)
async def test_the_meeting_can_add_this_function(desk: Desk, function: str, agency_id: str) -> None:
    await desk.world.hear(met())
    answer = await desk.open_qip(members=["council-quality", agency_id])
    assert answer["members"] == ["council-quality", agency_id]
    seats = {said.agency_id: said.function for said in await desk.world.said(MemberJoined)}
    assert seats[agency_id] == function


async def test_an_agency_that_takes_no_part_today_cannot_be_named(desk: Desk) -> None:
    await desk.world.hear(
        met(),
        agency("gone", AgencyFunction.POLICE, held_to=date(2026, 11, 19)),
        agency("barred", AgencyFunction.POLICE, suspended=True),
    )
    about = await desk.considered()
    for name in ("gone", "barred", "unknown"):
        answer = await desk.decide(about, members=["police", name])
        assert refused_under(answer, "L4", "members.1")


async def test_a_suspended_agency_gets_no_seat_by_default(desk: Desk) -> None:
    await desk.world.hear(met(), agency("csu", AgencyFunction.POLICE, suspended=True))
    assert "csu" not in (await desk.open_qip())["members"]


@pytest.mark.requirement("L4.6")
async def test_a_predecessor_that_is_named_resolves_to_its_successor(desk: Desk) -> None:
    await desk.world.hear(
        met(),
        agency("ccg", ICB_FUNCTION, held_to=date(2022, 6, 30)),
        agency("icb", ICB_FUNCTION, held_from=date(2022, 7, 1), successor_of="ccg"),
    )
    assert (await desk.open_qip(members=["ccg"]))["members"] == ["icb"]


@pytest.mark.requirement("L4.7")
async def test_a_successor_takes_the_seat_and_history_stays(desk: Desk) -> None:
    await desk.world.hear(met())
    qip = await desk.open_qip()
    contract = AgencyFunction.NHS_CONTRACT_MANAGEMENT
    desk.world.clock.forward(days=10)
    await desk.world.hear(
        agency("csu", contract, held_to=date(2026, 11, 29)),
        agency("new-csu", contract, held_from=date(2026, 11, 30), successor_of="csu"),
    )
    [left] = await desk.world.said(MemberLeft)
    joined = (await desk.world.said(MemberJoined))[-1]
    assert (left.agency_id, joined.agency_id, joined.function) == ("csu", "new-csu", contract)
    await desk.world.hear(agency("police", AgencyFunction.POLICE))
    assert len(await desk.world.said(MemberLeft)) == 1
    view = await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")
    seats = {member["agency_id"]: member["left_at"] for member in view["members"]}
    assert seats["csu"] is not None
    assert seats["new-csu"] is None


async def test_one_that_follows_several_takes_the_seats_of_all(desk: Desk) -> None:
    await desk.world.hear(met())
    qip = await desk.open_qip()
    contract = AgencyFunction.NHS_CONTRACT_MANAGEMENT
    desk.world.clock.forward(days=10)
    begin = date(2026, 11, 30)
    await desk.world.hear(
        agency("icb", ICB_FUNCTION, held_to=date(2026, 11, 29)),
        agency("csu", contract, held_to=date(2026, 11, 29)),
        agency("both", ICB_FUNCTION, contract, held_from=begin, succeeds=("csu", "icb")),
    )
    left = {event.agency_id for event in await desk.world.said(MemberLeft)}
    assert left == {"csu", "icb"}
    view = await desk.get(QIP_CHAIR, f"/qips/{qip['qip_id']}")
    sitting = {m["agency_id"] for m in view["members"] if m["left_at"] is None}
    assert "both" in sitting
    assert sitting.isdisjoint(left)


async def test_a_successor_waits_for_the_day_on_which_its_function_begins(desk: Desk) -> None:
    await desk.world.hear(met())
    await desk.open_qip()
    function = AgencyFunction.NHS_CONTRACT_MANAGEMENT
    await desk.world.hear(
        agency("new-csu", function, held_from=date(2027, 4, 1), successor_of="csu")
    )
    # The last instant of 31 March in London is in British Summer Time already.
    desk.world.clock.now = datetime(2027, 3, 31, 22, 59, tzinfo=UTC)
    assert await desk.world.tick() == 0
    desk.world.clock.now = datetime(2027, 3, 31, 23, 0, tzinfo=UTC)
    assert await desk.world.tick() == 1
    [left] = await desk.world.said(MemberLeft)
    assert left.agency_id == "csu"


async def test_a_successor_in_a_restricted_case_may_know_of_it(desk: Desk) -> None:
    await desk.world.hear(leadership())
    await desk.open_qip(members=["icb"])
    await desk.world.hear(agency("new-icb", ICB_FUNCTION, successor_of="icb"))
    joined = (await desk.world.said(MemberJoined))[-1]
    assert joined.agency_id == "new-icb"
    assert "agency:new-icb" in joined.handling.holders
