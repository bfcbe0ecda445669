"""The register by hand: services without CQC registration, and facts that people know."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from shared.contracts.intake import LocationUpdated, ProviderUpdated
from shared.contracts.words import Role, ServiceCategory
from tests.stage import World, person

DAY_SERVICE: dict[str, Any] = {
    "partnership": "combined",
    "reference": "cb-day-09",
    "name": "Lanternhill Example Day Centre",
    "local_authority": "Combined Borough",
    "commissioned": True,
    "commissioned_by": "Combined Borough Council",
    "registered_manager": "Ada Example",
    "provider_reference": "CB-P-09",
    "provider_name": "Lanternhill Example Trust",
    "proprietor": "Example Family Ltd",
    "source": "contract 17",
    "as_of": "2026-11-01",
}


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def ask(
    world: World,
    method: str,
    path: str,
    body: Any = None,
    role: Role = Role.CONTRACTS_OFFICER,
    **who: Any,
) -> httpx.Response:
    async with world.http(person(role, **who)) as client:
        headers = {}
        if method == "PATCH":
            headers["If-Match"] = (await client.get(path)).headers["etag"]
        return await client.request(method, path, json=body, headers=headers)


async def registered(world: World, **changes: Any) -> dict[str, Any]:
    answer = await ask(world, "POST", "/locations", {**DAY_SERVICE, **changes})
    assert answer.status_code == 201, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def provider_of(world: World, reference: str = "CB-P-09") -> dict[str, Any]:
    lines = (await ask(world, "GET", "/providers")).json()
    (line,) = [one for one in lines if one["reference"] == reference]
    view: dict[str, Any] = (await ask(world, "GET", f"/providers/{line['provider_id']}")).json()
    return view


@pytest.mark.requirement("W1.7")
async def test_a_day_service_without_a_cqc_id_is_registered_and_announced(world: World) -> None:
    view = await registered(world)
    assert (view["reference"], view["cqc_registered"]) == ("CB-DAY-09", False)
    (location,) = await world.said(LocationUpdated)
    assert (location.reference, location.category) == ("CB-DAY-09", ServiceCategory.OTHER)
    (provider,) = await world.said(ProviderUpdated)
    assert provider.cqc_provider_id is None


@pytest.mark.requirement("WS1")
async def test_commissioner_and_registration_come_with_source_and_date(world: World) -> None:
    view = await registered(world, cqc_registered=True, reference="1-200000009")
    facts = {fact["name"]: fact for fact in view["facts"]}
    for name, value in (
        ("commissioned_by", "Combined Borough Council"),
        ("commissioned", True),
        ("cqc_registered", True),
    ):
        assert (facts[name]["value"], facts[name]["source"], facts[name]["source_date"]) == (
            value,
            "contract 17",
            "2026-11-01",
        )
    provider = await provider_of(world)
    assert (provider["commissioned"], provider["proprietor"]) == (True, "Example Family Ltd")
    assert provider["partnership"] == "combined"


@pytest.mark.requirement("WS1")
async def test_that_a_provider_is_commissioned_has_the_source_of_the_newest_fact_that_says_so(
    world: World,
) -> None:
    view = await registered(world)
    await registered(world, reference="CB-DAY-10", source="contract 18", as_of="2026-11-05")
    assert commissioning(await provider_of(world)) == (True, "contract 18", "2026-11-05")
    change = {"commissioned": False, "source": "notice", "as_of": "2026-11-12"}
    await ask(world, "PATCH", f"/locations/{view['location_id']}", change)
    assert commissioning(await provider_of(world)) == (True, "contract 18", "2026-11-05")


def commissioning(provider: dict[str, Any]) -> tuple[bool, str, str]:
    [fact] = [one for one in provider["facts"] if one["name"] == "commissioned"]
    return fact["value"], fact["source"], fact["source_date"]


@pytest.mark.requirement("WS1")
async def test_who_runs_a_service_and_where_it_lies_are_stated_with_source_and_date(
    world: World,
) -> None:
    view = await registered(world, postal_code="zz1 1aa")
    assert view["postal_code"] == "ZZ1 1AA"
    await registered(
        world, reference="CB-DAY-10", provider_reference="CB-P-10", provider_name="New Trust"
    )
    change = {
        "local_authority": "Example Shire",
        "postal_code": "zz2 2bb",
        "provider_reference": "cb-p-10",
        "source": "a visit",
        "as_of": "2026-11-18",
    }
    path = f"/locations/{view['location_id']}"
    now = (await ask(world, "PATCH", path, change)).json()
    facts = {one["name"]: (one["value"], one["source"]) for one in now["facts"]}
    assert facts["local_authority"] == ("Example Shire", "a visit")
    assert facts["postal_code"] == ("ZZ2 2BB", "a visit")
    assert facts["provider_reference"] == ("CB-P-10", "a visit")
    past = (await ask(world, "GET", f"{path}/history")).json()["facts"]
    assert [one["name"] for one in past] == ["local_authority", "postal_code", "provider_id"]
    assert (await world.said(LocationUpdated))[-1].provider_reference == "CB-P-10"
    assert (await provider_of(world, "CB-P-10"))["locations"] == ["CB-DAY-09", "CB-DAY-10"]


@pytest.mark.parametrize("blank", ["name", "local_authority", "provider_reference"])
async def test_what_is_always_known_of_a_service_cannot_be_stated_as_blank(
    world: World, blank: str
) -> None:
    view = await registered(world)
    change = {blank: None, "source": "a visit", "as_of": "2026-11-18"}
    answer = await ask(world, "PATCH", f"/locations/{view['location_id']}", change)
    assert answer.status_code == 422


async def test_a_service_is_run_only_by_who_is_in_the_register(world: World) -> None:
    view = await registered(world)
    change = {"provider_reference": "CB-P-77", "source": "a visit", "as_of": "2026-11-18"}
    answer = await ask(world, "PATCH", f"/locations/{view['location_id']}", change)
    assert (answer.json()["rule"], answer.json()["field"]) == (
        "register.unknown",
        "provider_reference",
    )


async def test_managers_are_kept_from_to(world: World) -> None:
    view = await registered(world)
    path = f"/locations/{view['location_id']}"
    change = {"registered_manager": "Ben Example", "source": "e-mail", "as_of": "2026-11-10"}
    now = (await ask(world, "PATCH", path, change)).json()
    assert now["registered_manager"] == "Ben Example"
    gone = {"registered_manager": None, "source": "e-mail", "as_of": "2026-11-18"}
    assert (await ask(world, "PATCH", path, gone)).json()["registered_manager"] is None
    past = (await ask(world, "GET", f"{path}/history")).json()["facts"]
    assert [(one["value"], one["source_date"], one["until"]) for one in past] == [
        ("Ben Example", "2026-11-10", "2026-11-18"),
        ("Ada Example", "2026-11-01", "2026-11-10"),
    ]


async def test_nominated_individuals_and_proprietors_are_kept_from_to(world: World) -> None:
    await registered(world, nominated_individual="Cy Example")
    path = f"/providers/{(await provider_of(world))['provider_id']}"
    change = {
        "nominated_individual": "Di Example",
        "proprietor": "Another Example Ltd",
        "source": "letter",
        "as_of": "2026-11-12",
    }
    answer = await ask(world, "PATCH", path, change)
    assert answer.json()["nominated_individual"] == "Di Example"
    past = (await ask(world, "GET", f"{path}/history")).json()["facts"]
    assert [(one["name"], one["value"], one["until"]) for one in past] == [
        ("nominated_individual", "Cy Example", "2026-11-12"),
        ("proprietor", "Example Family Ltd", "2026-11-12"),
    ]


async def test_a_service_that_ends_is_no_longer_active_and_stays(world: World) -> None:
    view = await registered(world)
    change = {"ended_on": "2026-11-15", "source": "contract 17", "as_of": "2026-11-15"}
    now = (await ask(world, "PATCH", f"/locations/{view['location_id']}", change)).json()
    assert (now["active"], now["ended_on"]) == (False, "2026-11-15")
    assert [event.active for event in await world.said(LocationUpdated)] == [True, False]


@pytest.mark.parametrize(
    ("changes", "rule", "field"),
    [
        ({}, "register.known", "reference"),
        ({"reference": "CB-DAY-10", "as_of": "2026-11-21"}, "register.future", "as_of"),
        (
            {"reference": "CB-DAY-10", "local_authority": "Example Shire"},
            "register.area",
            "local_authority",
        ),
    ],
)
async def test_what_cannot_be_registered_is_refused_with_its_rule(
    world: World, changes: dict[str, Any], rule: str, field: str
) -> None:
    await registered(world)
    answer = await ask(world, "POST", "/locations", {**DAY_SERVICE, **changes})
    assert (answer.json()["rule"], answer.json()["field"]) == (rule, field)


async def test_a_fact_from_a_later_day_is_not_overwritten(world: World) -> None:
    view = await registered(world)
    change = {"beds": 9, "source": "an old list", "as_of": "2026-10-01"}
    answer = await ask(world, "PATCH", f"/locations/{view['location_id']}", change)
    assert (answer.json()["rule"], answer.json()["field"]) == ("register.newer", "beds")


async def test_another_partnership_finds_nothing(world: World) -> None:
    view = await registered(world)
    provider = await provider_of(world)
    paths = (
        f"/locations/{view['location_id']}",
        f"/locations/{view['location_id']}/history",
        f"/locations/{view['location_id']}/ratings",
        f"/providers/{provider['provider_id']}",
        f"/providers/{provider['provider_id']}/history",
    )
    for path in paths:
        answer = await ask(world, "GET", path, partnerships=["wirral"])
        assert answer.status_code == 404, path
    for path in ("/providers", "/ratings/position", "/register/imports"):
        answer = await ask(world, "GET", path, partnerships=["wirral"])
        assert answer.json() == [], path
    answer = await ask(world, "POST", "/locations", DAY_SERVICE, partnerships=["wirral"])
    assert answer.status_code == 404


async def test_what_people_change_is_audited(world: World) -> None:
    view = await registered(world)
    change = {"beds": 9, "source": "a visit", "as_of": "2026-11-19"}
    await ask(world, "PATCH", f"/locations/{view['location_id']}", change)
    async with world.works.begin() as work:
        rows = (await work.session.execute(work.tables.audit.select())).mappings().all()
    assert [row["did"] for row in rows] == ["location.registered", "location.stated"]


@pytest.mark.parametrize("kind", ["locations", "providers"])
async def test_of_two_who_change_one_thing_the_second_is_told_what_changed(
    world: World, kind: str
) -> None:
    view = await registered(world)
    id_ = view["location_id"] if kind == "locations" else (await provider_of(world))["provider_id"]
    path, facts = f"/{kind}/{id_}", {"source": "a visit", "as_of": "2026-11-19"}
    change = {"beds": 9, **facts} if kind == "locations" else {"proprietor": "New Ltd", **facts}
    async with world.http(person(Role.CONTRACTS_OFFICER)) as client:
        seen = (await client.get(path)).headers["etag"]
        assert (await client.patch(path, json=change)).status_code == 428
        first = await client.patch(path, json=change, headers={"If-Match": seen})
        assert first.status_code == 200, first.text
        second = await client.patch(path, json=change, headers={"If-Match": seen})
        assert second.status_code == 412
        changed = second.json()["changed"]
        assert ("beds" if kind == "locations" else "proprietor") in changed
        assert "name" not in changed
        assert second.headers["etag"] == first.headers["etag"]
