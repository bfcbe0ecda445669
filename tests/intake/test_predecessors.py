"""What went before a registration, as people know it (WS1)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.contracts.intake import ProviderUpdated
from shared.contracts.words import Role
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
