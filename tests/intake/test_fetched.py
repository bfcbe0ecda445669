"""What is taken of CQC's API, from a local server that behaves as CQC's does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime

import pytest

from services.intake.cqc_api.client import CqcApi
from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import fetched, register
from services.intake.store import register as store
from shared.contracts.intake import CqcRatingChanged, LocationUpdated, ProviderUpdated
from shared.contracts.words import CqcRating, Role, ServiceCategory
from tests.commands import command
from tests.intake.cqc_server import (
    AGENT,
    GONE,
    HOME,
    KEY,
    LOCATION,
    NEIGHBOUR,
    PROVIDER,
    Cqc,
    serving,
)
from tests.stage import Stage, World, person

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def cqc() -> Cqc:
    return Cqc({HOME: LOCATION}, {"1-100000001": PROVIDER})


@pytest.fixture
async def api(cqc: Cqc) -> AsyncIterator[CqcApi]:
    async with serving(cqc) as url, CqcApi(url, KEY, AGENT) as api:
        yield api


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def fetch(world: World, api: CqcApi, *, dry_run: bool = False) -> dict[str, int]:
    loaded = await fetched.fetch_changes(world.works, api, "combined", SINCE, dry_run=dry_run)
    return loaded.counts


async def test_a_changed_location_is_taken_with_its_provider_and_ratings(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.changes["location"] = [HOME]
    counts = await fetch(world, api)
    assert counts == {
        "locations new": 1,
        "providers new": 1,
        "ratings new": 4,
        "re-registrations new": 1,
    }
    (home,) = await world.said(LocationUpdated)
    assert (home.reference, home.category) == (HOME, ServiceCategory.NURSING_HOME)
    (provider,) = await world.said(ProviderUpdated)
    assert provider.brand == "BRAND Example Meadows"
    ratings = [(e.key_question, e.rating) for e in await world.said(CqcRatingChanged)]
    assert ("overall", CqcRating.INADEQUATE) in ratings
    async with world.works.begin() as work:
        row = await store.location_by_reference(work, "combined", HOME)
    assert row is not None
    assert (row.registered_manager, row.postal_code, row.source) == (
        "Exampleton, Robin",
        "ZZ1 1AA",
        "CQC API",
    )


async def test_fetching_again_changes_nothing(world: World, cqc: Cqc, api: CqcApi) -> None:
    cqc.changes = {"location": [HOME], "provider": ["1-100000001"]}
    await fetch(world, api)
    said = len(await world.said())
    counts = await fetch(world, api)
    assert counts == {
        "locations unchanged": 1,
        "providers unchanged": 1,
        "ratings unchanged": 4,
    }
    assert len(await world.said()) == said


async def test_the_next_run_begins_where_the_last_one_began(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    assert await fetched.last_run(world.works, "combined") is None
    await fetch(world, api, dry_run=True)
    assert await fetched.last_run(world.works, "combined") is None
    began = world.clock.now
    cqc.changes["location"] = [HOME]
    await fetch(world, api)
    world.clock.forward(days=1)
    assert await fetched.last_run(world.works, "combined") == began
    async with world.http(person(Role.TEAM_MANAGER)) as client:
        (taken,) = (await client.get("/register/imports")).json()
    assert (taken["source"], taken["counts"]["locations new"]) == ("CQC API", 1)


async def test_without_a_run_on_record_the_command_asks_from_when_on(
    world: World, stage: Stage
) -> None:
    code, said = await command(stage, "intake", "fetch-register", "--partnership", "combined")
    assert code == 2
    assert "no run is on record yet" in said


async def test_a_dry_run_fetches_counts_what_a_run_would_take_and_changes_nothing(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.changes["location"] = [HOME]
    would = await fetch(world, api, dry_run=True)
    assert await world.said() == []
    assert await fetch(world, api) == would


async def test_the_command_prints_what_would_change_and_each_refused_location(
    world: World, stage: Stage, cqc: Cqc
) -> None:
    cqc.locations[NEIGHBOUR] = {"locationId": NEIGHBOUR}
    cqc.changes["location"] = [HOME, NEIGHBOUR]
    since = ("--since", "2026-11-01T00:00:00", "--dry-run")
    async with serving(cqc) as url:
        settings = {"cqc_api_url": url, "cqc_api_key": KEY, "cqc_api_user_agent": AGENT}
        call = ("fetch-register", "--partnership", "combined", *since)
        code, said = await command(stage, "intake", *call, **settings)
    assert code == 0
    lines = said.splitlines()
    assert f"location {HOME}: new" in lines
    assert f"rating of {HOME}: as a whole, Safe" in lines
    assert f"refused: location {NEIGHBOUR}: the answer is incomplete" in lines
    assert lines[-1] == "this was a dry run: nothing was changed"


async def test_an_api_that_does_not_answer_ends_the_command_with_one_sentence(
    world: World, stage: Stage, cqc: Cqc
) -> None:
    async with serving(cqc) as url:
        settings = {"cqc_api_url": url, "cqc_api_key": "wrong", "cqc_api_user_agent": AGENT}
        call = ("fetch-register", "--partnership", "combined", "--since", "2026-11-01T00:00:00")
        code, said = await command(stage, "intake", *call, **settings)
    assert (code, len(said.splitlines())) == (1, 1)
    assert said.startswith("CQC's API did not give what was asked of it (/changes: status 401).")


async def test_progress_is_told_of_all_that_the_feed_names(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.changes = {"location": [HOME, GONE], "provider": ["1-100000001"]}
    told: list[tuple[int, int]] = []

    def progress(done: int, of: int) -> None:
        told.append((done, of))

    await fetched.fetch_changes(world.works, api, "combined", SINCE, progress=progress)
    assert told == [(1, 3), (3, 3)]


async def test_what_lies_outside_the_area_is_left_and_its_provider_never_asked_for(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.locations[NEIGHBOUR] = {
        **LOCATION,
        "locationId": NEIGHBOUR,
        "localAuthority": "Example Shire",
    }
    cqc.changes["location"] = [NEIGHBOUR]
    assert await fetch(world, api) == {}
    assert not any(path.startswith("/providers") for path in cqc.asked)


async def test_a_known_location_that_answers_404_is_marked_as_vanished_and_stays(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.changes["location"] = [HOME]
    await fetch(world, api)
    del cqc.locations[HOME]
    cqc.changes["location"] = [HOME, GONE]
    assert await fetch(world, api) == {"locations vanished": 1}
    async with world.works.begin() as work:
        row = await store.location_by_reference(work, "combined", HOME)
    assert row is not None
    assert (row.active, row.vanished_on) == (False, date(2026, 11, 20))


async def test_a_location_that_was_deregistered_has_its_end(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.changes["location"] = [HOME]
    await fetch(world, api)
    ended = {"registrationStatus": "Deregistered", "deregistrationDate": "2026-11-12"}
    cqc.locations[HOME] = {**LOCATION, **ended}
    assert (await fetch(world, api))["locations changed"] == 1
    async with world.works.begin() as work:
        row = await store.location_by_reference(work, "combined", HOME)
    assert row is not None
    assert (row.active, row.ended_on) == (False, date(2026, 11, 12))


@pytest.mark.requirement("W1.7")
async def test_a_service_without_cqc_registration_is_never_looked_up(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    async with world.works.begin() as work:
        provider = ProviderFacts("CB-P-01", cqc_registered=False, name="Example Trust")
        day_service = LocationFacts(
            reference="CB-DAY-01",
            provider_reference="CB-P-01",
            name="Example Day Centre",
            category=ServiceCategory.OTHER,
            cqc_registered=False,
            local_authority="Combined Borough",
        )
        source = Source("by hand", date(2026, 11, 1))
        await register.load_places(work, "combined", [(provider, day_service)], (), source)
    cqc.changes = {"location": [HOME], "provider": ["1-100000001"]}
    await fetch(world, api)
    assert not any("CB-" in path for path in cqc.asked)
    async with world.works.begin() as work:
        row = await store.location_by_reference(work, "combined", "CB-DAY-01")
    assert row is not None
    assert row.active


async def test_an_answer_without_what_is_needed_is_counted_and_left(
    world: World, cqc: Cqc, api: CqcApi
) -> None:
    cqc.locations = {HOME: {"locationId": HOME}, NEIGHBOUR: {**LOCATION, "locationId": NEIGHBOUR}}
    cqc.providers = {}
    cqc.changes["location"] = [HOME, NEIGHBOUR]
    assert await fetch(world, api) == {"locations refused": 2}
