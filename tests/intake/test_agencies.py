"""Agencies: functions from-to, agreements by version, succession, suspension (L1.1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from services.intake.domain.agencies import (
    Followed,
    merge_functions,
    not_in_a_circle,
    pass_functions,
    speakers_for,
    spoken_for,
)
from services.intake.handlers import agencies
from shared.contracts.agencies import Agency
from shared.contracts.intake import AgencyUpdated
from shared.contracts.words import AgencyFunction, HeldFunction, Refused, Role
from tests.stage import World, person

HEALTH = AgencyFunction.HEALTH_COMMISSIONER
CONTRACTS = AgencyFunction.NHS_CONTRACT_MANAGEMENT
BEGAN = date(2013, 4, 1)
TODAY = date(2026, 11, 20)


def agency(id_: str, *functions: HeldFunction, agreement: str | None = "1") -> Agency:
    return Agency(id_, id_.upper(), "combined", functions, agreement)


def held(function: AgencyFunction, since: date = BEGAN, to: date | None = None) -> HeldFunction:
    return HeldFunction(function, since, to)


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    world = await stage_for("intake")
    await registered(
        world,
        agency("ccg", held(HEALTH)),
        agency("csu", held(CONTRACTS), held(HEALTH)),
        agency("icb", agreement=None),
        agency("lcft", held(AgencyFunction.MENTAL_HEALTH_TRUST)),
        agency("lscft", agreement=None),
    )
    return world


async def registered(world: World, *several: Agency) -> list[bool]:
    async with world.works.begin() as work:
        return [await agencies.register_agency(work, one) for one in several]


async def ask(
    world: World, method: str, path: str, body: Any = None, role: Role = Role.SENIOR_MANAGER
) -> httpx.Response:
    async with world.http(person(role)) as client:
        headers = {}
        if path.endswith("/agreement-end"):
            headers["If-Match"] = await tag_of(client, path)
        return await client.request(method, path, json=body, headers=headers)


async def tag_of(client: httpx.AsyncClient, path: str) -> str:
    """The tag of the agency that a path is about."""
    tag: str = (await client.get("/".join(path.split("/")[:3]))).headers["etag"]
    return tag


async def succeed(world: World, predecessor: str, successor: str, on: str, **more: Any) -> Any:
    body = {"successor": successor, "on": on, "why": "by order of Parliament", **more}
    return await ask(world, "POST", f"/agencies/{predecessor}/succession", body)


async def now(world: World, agency_id: str) -> AgencyUpdated:
    told: AgencyUpdated = [e for e in await world.said(AgencyUpdated) if e.agency_id == agency_id][
        -1
    ]
    return told


def spans(told: AgencyUpdated) -> list[tuple[str, date, date | None]]:
    return [(one.function, one.held_from, one.held_to) for one in told.functions]


# --- the rules


def test_a_succession_passes_what_was_held_the_day_before_and_keeps_the_days() -> None:
    ended = held(CONTRACTS, to=date(2015, 1, 1))
    passed = pass_functions([held(HEALTH), ended], [], (), date(2022, 7, 1))
    assert passed.predecessor == (held(HEALTH, to=date(2022, 6, 30)), ended)
    assert passed.successor == (held(HEALTH, date(2022, 7, 1)),)


def test_what_the_predecessor_does_not_hold_cannot_pass() -> None:
    for functions, on in (((CONTRACTS,), date(2022, 7, 1)), ((), BEGAN)):
        with pytest.raises(Refused):
            pass_functions([held(HEALTH)], [], functions, on)


def test_a_successor_that_holds_it_already_keeps_its_own_days() -> None:
    own = held(HEALTH, date(2020, 1, 1))
    assert pass_functions([held(HEALTH)], [own], (), TODAY).successor == (own,)


def test_an_agency_follows_nobody_who_follows_it() -> None:
    known = {("a", "b"), ("b", "c")}
    not_in_a_circle("c", "d", known)
    for predecessor, successor in (("c", "a"), ("a", "a")):
        with pytest.raises(Refused):
            not_in_a_circle(predecessor, successor, known)


@pytest.mark.requirement("L4.7")
def test_who_follows_an_ended_agency_alone_speaks_for_it_however_many_stand_between() -> None:
    acts = [Followed("a", "b", ended=True), Followed("b", "c", ended=True)]
    assert speakers_for("a", acts) == ("a", "b", "c")
    assert spoken_for("c", acts) == ("c", "b", "a")
    assert speakers_for("c", acts) == ("c",)
    assert spoken_for("a", acts) == ("a",)


@pytest.mark.parametrize(
    "acts",
    [
        [Followed("a", "b", ended=False)],
        [Followed("a", "b", ended=True), Followed("a", "c", ended=True)],
    ],
)
def test_nobody_speaks_for_an_agency_that_goes_on_or_that_several_follow(
    acts: list[Followed],
) -> None:
    assert speakers_for("a", acts) == ("a",)
    assert spoken_for("b", acts) == ("b",)


def test_agencies_that_are_said_to_follow_each_other_are_named_once() -> None:
    acts = [Followed("a", "b", ended=True), Followed("b", "a", ended=True)]
    assert speakers_for("a", acts) == ("a", "b")
    assert spoken_for("a", acts) == ("a", "b")


def test_a_function_that_the_file_leaves_out_ends_and_its_days_stay() -> None:
    future = held(CONTRACTS, date(2027, 1, 1))
    merged = merge_functions([held(HEALTH), future], [], TODAY)
    assert merged == (held(HEALTH, to=date(2026, 11, 19)),)


# --- from a file


async def test_the_same_file_again_registers_nothing(world: World) -> None:
    said = len(await world.said())
    assert await registered(world, agency("ccg", held(HEALTH))) == [False]
    assert len(await world.said()) == said


async def test_the_file_undoes_no_succession_and_no_agreement_of_people(world: World) -> None:
    await succeed(world, "ccg", "icb", "2026-11-20")
    await ask(
        world, "POST", "/agencies/icb/agreements", {"version": "2", "signed_on": "2026-11-20"}
    )
    before = await now(world, "ccg"), await now(world, "icb")
    again = await registered(world, agency("ccg", held(HEALTH)), agency("icb", agreement=None))
    assert again == [False, False]
    assert (await now(world, "ccg"), await now(world, "icb")) == before


# --- acts


@pytest.mark.requirement("L1.1")
async def test_an_agreement_is_kept_by_version_and_ends_on_a_day(world: World) -> None:
    path = "/agencies/icb/agreements"
    for version, day in (("1", "2026-05-01"), ("2", "2026-11-20")):
        answer = await ask(world, "POST", path, {"version": version, "signed_on": day})
        assert answer.status_code == 201, answer.text
    assert (await now(world, "icb")).agreement_version == "2"
    assert answer.json()["agreements"] == [
        {"version": "1", "signed_on": "2026-05-01", "ended_on": "2026-11-20"},
        {"version": "2", "signed_on": "2026-11-20", "ended_on": None},
    ]
    end = await ask(world, "PUT", "/agencies/icb/agreement-end", {"why": "it withdrew"})
    assert end.status_code == 204
    assert (await now(world, "icb")).agreement_version is None
    shown = (await ask(world, "GET", "/agencies/icb")).json()
    assert [one["ended_on"] for one in shown["agreements"]] == ["2026-11-20"] * 2


async def test_nobody_has_signed_tomorrow(world: World) -> None:
    body = {"version": "2", "signed_on": "2026-11-21"}
    answer = await ask(world, "POST", "/agencies/icb/agreements", body)
    assert answer.json()["rule"] == "agreement.future"


@pytest.mark.parametrize(
    ("predecessor", "successor", "on"),
    [("ccg", "icb", date(2022, 7, 1)), ("lcft", "lscft", date(2019, 10, 1))],
)
async def test_a_successor_takes_over_on_the_day_and_history_stays(
    world: World, predecessor: str, successor: str, on: date
) -> None:
    before = spans(await now(world, predecessor))
    answer = await succeed(world, predecessor, successor, on.isoformat())
    assert answer.status_code == 201, answer.text
    assert answer.json()["succeeds"] == [predecessor]
    left, gained = await now(world, predecessor), await now(world, successor)
    last = date.fromordinal(on.toordinal() - 1)
    assert spans(left) == [(before[0][0], BEGAN, last)]
    assert spans(gained) == [(before[0][0], on, None)]
    assert gained.succeeds == (predecessor,)
    assert gained.agreement_version is None


async def test_a_closing_unit_may_leave_its_functions_to_several(world: World) -> None:
    await succeed(world, "csu", "icb", "2026-12-01", functions=["health_commissioner"])
    await succeed(world, "csu", "lscft", "2027-04-01", functions=["nhs_contract_management"])
    assert spans(await now(world, "csu")) == [
        ("health_commissioner", BEGAN, date(2026, 11, 30)),
        ("nhs_contract_management", BEGAN, date(2027, 3, 31)),
    ]
    assert spans(await now(world, "icb")) == [("health_commissioner", date(2026, 12, 1), None)]


async def test_several_that_merge_are_all_followed_by_one(world: World) -> None:
    await succeed(world, "ccg", "icb", "2026-04-01")
    await succeed(world, "csu", "icb", "2026-04-01", agreement_passes=True)
    told = await now(world, "icb")
    assert told.succeeds == ("ccg", "csu")
    assert told.agreement_version == "1"


async def test_a_succession_is_audited_with_its_reason(world: World) -> None:
    await succeed(world, "ccg", "icb", "2022-07-01")
    async with world.works.begin() as work:
        rows = (await work.session.execute(work.tables.audit.select())).mappings().all()
    assert [(row["did"], row["subject"], row["why"]) for row in rows] == [
        ("agency.succeeded", "ccg", "by order of Parliament")
    ]


async def test_a_succession_that_cannot_be_is_refused_and_is_no_fault_of_ours(world: World) -> None:
    assert (await succeed(world, "ccg", "icb", "0001-01-01")).status_code == 422
    assert (await succeed(world, "ccg", "i\x00b", "2022-07-01")).status_code == 422


async def test_an_agency_of_another_partnership_is_nobodys_successor(world: World) -> None:
    elsewhere = Agency("elsewhere", "Elsewhere", "wirral", (), "1")
    await registered(world, elsewhere)
    for predecessor, successor in (("ccg", "elsewhere"), ("elsewhere", "icb"), ("ccg", "nobody")):
        assert (await succeed(world, predecessor, successor, "2026-12-01")).status_code == 404


async def test_a_suspended_agency_is_cut_off_at_once(world: World) -> None:
    body = {"suspended": True, "why": "a leak"}
    assert (await ask(world, "PUT", "/agencies/ccg/suspension", body)).status_code == 204
    assert (await now(world, "ccg")).suspended
    assert spans(await now(world, "ccg")) == [("health_commissioner", BEGAN, None)]


async def test_an_agreement_is_ended_only_of_an_agency_as_it_was_read(world: World) -> None:
    path, why = "/agencies/ccg/agreement-end", {"why": "it withdrew"}
    async with world.http(person(Role.SENIOR_MANAGER)) as client:
        read = {"If-Match": await tag_of(client, path)}
        assert (await client.put(path, json=why)).status_code == 428
        signed = {"version": "2", "signed_on": "2026-11-20"}
        assert (await client.post("/agencies/ccg/agreements", json=signed)).status_code == 201
        late = await client.put(path, json=why, headers=read)
    assert (late.status_code, late.json()["changed"]) == (412, ["agreement_version", "agreements"])
    assert (await now(world, "ccg")).agreement_version == "2"


async def test_a_suspension_needs_no_tag_and_heeds_the_one_that_it_has(world: World) -> None:
    path, body = "/agencies/ccg/suspension", {"suspended": True, "why": "a leak"}
    async with world.http(person(Role.SENIOR_MANAGER)) as client:
        read = {"If-Match": await tag_of(client, path)}
        assert (await client.put(path, json=body)).status_code == 204
        again = {"suspended": False, "why": "it was none"}
        late = await client.put(path, json=again, headers=read)
        assert (late.status_code, late.json()["changed"]) == (412, ["suspended"])
        read = {"If-Match": await tag_of(client, path)}
        assert (await client.put(path, json=again, headers=read)).status_code == 204
    assert not (await now(world, "ccg")).suspended
