"""Those who run a case find out by which reference a person is named."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import uuid4

import pytest

from services.intake.handlers import agencies
from services.intake.handlers.agencies import Contact
from services.intake.tables import ContactRow
from shared.contracts.words import Role
from tests.stage import World, person


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    world = await stage_for("intake")
    async with world.works.begin() as work:
        for partnership, agency, name in (
            ("combined", "icb", "Zelda Quince"),
            ("combined", "icb", "Abel Ashgrove"),
            ("combined", "csu", "Nobody Here"),
            ("wirral", "icb", "Of Elsewhere"),
        ):
            address = f"{name.split()[0].lower()}@{agency}.example"
            await agencies.register_contact(
                work, partnership, Contact(None, agency, None, name, address)
            )
    return world


async def of_a_provider(world: World) -> None:
    """Somebody whose office is at no location and no agency."""
    nobodys = ContactRow(
        person_ref=uuid4(),
        partnership="combined",
        provider_id=uuid4(),
        role="nominated_individual",
        name="Of All Places",
        email="n@b.example",
    )
    async with world.works.begin() as work:
        work.session.add(nobodys)


async def names(world: World, query: str) -> list[str]:
    async with world.http(person(Role.INTELLIGENCE_CHAIR)) as client:
        answer = await client.get(f"/contacts{query}")
    assert answer.status_code == 200
    assert all("email" not in line and line["person_ref"] for line in answer.json())
    return [line["name"] for line in answer.json()]


async def test_the_people_of_an_agency_are_found_within_the_partnership(world: World) -> None:
    assert await names(world, "?agency=icb") == ["Abel Ashgrove", "Zelda Quince"]


async def test_without_a_place_nobody_is_listed(world: World) -> None:
    await of_a_provider(world)
    assert await names(world, "") == []


async def test_who_runs_no_case_is_not_told_who_works_where(world: World) -> None:
    async with world.http(person(Role.PRACTITIONER)) as client:
        assert (await client.get("/contacts?agency=icb")).status_code == 403
