"""What went before a registration, as people know it (WS1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import date
from typing import Any

import httpx
import pytest

from services.intake.cqc_files.active_locations import Relationship
from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import register
from shared.contracts.intake import ProviderUpdated
from shared.contracts.words import Role, ServiceCategory
from tests.intake.test_register_by_hand import DAY_SERVICE, ask, provider_of, registered
from tests.stage import World, person

EARLIER = {
    "location": "cb-day-09",
    "reference": "cb-day-01",
    "name": "Lanternhill as it was",
    "since": "2024-04-01",
    "source": "letter 3",
    "as_of": "2026-11-10",
}


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    world = await stage_for("intake")
    await registered(world)
    return world


async def state(world: World, tag: str | None = "*", **changes: Any) -> httpx.Response:
    path = f"/providers/{(await provider_of(world))['provider_id']}/predecessors"
    async with world.http(person(Role.CONTRACTS_OFFICER)) as client:
        headers = {"If-Match": tag} if tag else {}
        return await client.post(path, json={**EARLIER, **changes}, headers=headers)


@pytest.mark.requirement("WS1")
async def test_a_predecessor_is_stated_with_source_and_date_and_announced(world: World) -> None:
    before = {"reference": "CB-DAY-01", "provider_reference": "CB-P-01"}
    await registered(world, **before, provider_name="Example Trust as it was")
    answer = await state(world)
    assert answer.status_code == 201, answer.text
    assert answer.json()["predecessors"] == [
        {
            "reference": "CB-DAY-01",
            "name": "Lanternhill as it was",
            "since": "2024-04-01",
            "source": "letter 3",
            "source_date": "2026-11-10",
        }
    ]
    told = (await world.said(ProviderUpdated))[-1]
    earlier = (await provider_of(world, "CB-P-01"))["provider_id"]
    assert [str(id_) for id_ in told.predecessor_ids] == [earlier]


async def test_what_was_said_of_a_predecessor_before_is_kept(world: World) -> None:
    await state(world)
    late = await state(world, since="2024-05-01", as_of="2026-11-01")
    assert (late.json()["rule"], late.json()["field"]) == ("register.newer", "reference")
    answer = await state(world, since="2024-05-01", source="letter 4", as_of="2026-11-12")
    [predecessor] = answer.json()["predecessors"]
    assert (predecessor["since"], predecessor["source"]) == ("2024-05-01", "letter 4")
    path = f"/providers/{(await provider_of(world))['provider_id']}/history"
    [past] = (await ask(world, "GET", path)).json()["facts"]
    was = {"reference": "CB-DAY-01", "name": "Lanternhill as it was", "since": "2024-04-01"}
    assert (past["name"], past["value"], past["until_source"]) == ("predecessor", was, "letter 4")


async def test_of_two_who_state_a_predecessor_the_second_is_told_what_changed(
    world: World,
) -> None:
    path = f"/providers/{(await provider_of(world))['provider_id']}"
    seen = (await ask(world, "GET", path)).headers["etag"]
    assert (await state(world, tag=None)).status_code == 428
    first = await state(world, tag=seen)
    assert (first.status_code, first.headers["etag"] != seen) == (201, True)
    second = await state(world, tag=seen, reference="CB-DAY-02")
    assert (second.status_code, second.json()["changed"]) == (412, ["predecessors"])


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"location": "CB-DAY-77"}, "register.unknown", "location"),
        ({"reference": "CB-DAY-09"}, "register.circle", "reference"),
        ({"since": "2026-11-21"}, "register.future", "since"),
        ({"as_of": "2026-11-21"}, "register.future", "as_of"),
    ],
)
async def test_what_cannot_have_gone_before_is_refused_with_its_rule(
    world: World, changes: dict[str, Any], rule: str, field: str
) -> None:
    answer = await state(world, **changes)
    assert (answer.json()["rule"], answer.json()["field"]) == (rule, field)


async def test_a_circle_of_several_registrations_is_refused(world: World) -> None:
    other = {"reference": "CB-DAY-01", "name": "Another"}
    assert (await ask(world, "POST", "/locations", {**DAY_SERVICE, **other})).status_code == 201
    assert (await state(world)).status_code == 201
    back = await state(world, location="CB-DAY-01", reference="CB-DAY-09")
    assert back.json()["rule"] == "register.circle"


async def withdraw(world: World, tag: str | None = "*", **changes: Any) -> httpx.Response:
    path = f"/providers/{(await provider_of(world))['provider_id']}/predecessors/withdrawal"
    told = {"source": "letter 5", "as_of": "2026-11-12", "reason": "Two services mixed up"}
    place = {"location": EARLIER["location"], "reference": EARLIER["reference"]}
    async with world.http(person(Role.CONTRACTS_OFFICER, subject="contracts")) as client:
        headers = {"If-Match": tag} if tag else {}
        return await client.post(path, json={**told, **place, **changes}, headers=headers)


@pytest.mark.requirement("WS1")
async def test_what_was_stated_in_error_leaves_the_chain_and_stays_in_the_history(
    world: World,
) -> None:
    before = {"reference": "CB-DAY-01", "provider_reference": "CB-P-01"}
    await registered(world, **before, provider_name="Example Trust as it was")
    seen = (await state(world)).headers["etag"]
    answer = await withdraw(world, tag=seen)
    assert (answer.status_code, answer.json()["predecessors"]) == (200, [])
    assert (await world.said(ProviderUpdated))[-1].predecessor_ids == ()
    provider = (await provider_of(world))["provider_id"]
    [past] = (await ask(world, "GET", f"/providers/{provider}/history")).json()["facts"]
    assert (past["source"], past["until_source"]) == ("letter 3", "letter 5")
    assert past["value"] == {
        "reference": "CB-DAY-01",
        "name": "Lanternhill as it was",
        "since": "2024-04-01",
        "location": "CB-DAY-09",
        "withdrawn_by": "contracts",
        "reason": "Two services mixed up",
    }
    timeline = (await ask(world, "GET", f"/providers/{provider}/timeline")).json()
    assert "registered_anew" not in [fact["what"] for fact in timeline]
    assert ("contracts", "provider.predecessor_withdrawn", provider) in await world.audited()


async def test_what_was_withdrawn_is_stated_again_of_a_later_day_only(world: World) -> None:
    await state(world)
    await withdraw(world)
    assert (await state(world, as_of="2026-11-11")).json()["rule"] == "register.newer"
    assert (await state(world, as_of="2026-11-13")).status_code == 201


@pytest.mark.parametrize(("day", "count"), [(12, 0), (13, 1)])
async def test_a_file_says_again_what_was_withdrawn_where_it_is_of_a_later_day(
    world: World, day: int, count: int
) -> None:
    await state(world)
    await withdraw(world)
    link = Relationship("HSCA Predecessor", "CB-DAY-09", "CB-P-09", "CB-DAY-01", None)
    provider = ProviderFacts("CB-P-09", cqc_registered=False, name="Lanternhill Example Trust")
    home = LocationFacts(
        reference="CB-DAY-09",
        provider_reference="CB-P-09",
        name="Lanternhill Example Day Centre",
        category=ServiceCategory.OTHER,
        cqc_registered=False,
        local_authority="Combined Borough",
    )
    async with world.works.begin() as work:
        source = Source("a file", date(2026, 11, day))
        await register.load_places(work, "combined", [(provider, home)], [link], source)
    path = f"/providers/{(await provider_of(world))['provider_id']}"
    assert len((await ask(world, "GET", path)).json()["predecessors"]) == count


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({"location": "CB-DAY-77"}, "register.unknown", "location"),
        ({"reference": "CB-DAY-02"}, "register.unknown", "reference"),
        ({"as_of": "2026-11-09"}, "register.newer", "reference"),
        ({"reason": "Ring my aunt on 07700 900123."}, "door.personal-data", "reason"),
    ],
)
async def test_a_withdrawal_that_does_not_fit_is_refused_with_its_rule(
    world: World, changes: dict[str, Any], rule: str, field: str
) -> None:
    await state(world)
    answer = await withdraw(world, **changes)
    assert (answer.json()["rule"], answer.json()["field"]) == (rule, field)
    assert (await withdraw(world, tag=None)).status_code == 428


async def test_what_people_say_went_before_stands_on_the_timeline_of_staff_alone(
    world: World,
) -> None:
    await state(world)
    path = f"/providers/{(await provider_of(world))['provider_id']}/timeline"
    [fact] = (await ask(world, "GET", path)).json()
    assert (fact["what"], fact["source"], fact["label"]) == (
        "registered_anew",
        "letter 3",
        "AGENCIES",
    )
    theirs = await ask(world, "GET", path, role=Role.REGISTERED_MANAGER, provider="CB-P-09")
    assert theirs.json() == []
