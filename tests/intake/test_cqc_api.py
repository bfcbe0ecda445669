"""CQC's API: a client against a local server that behaves as CQC's does, and what is taken."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse, Response

from deploy.local.ports import free_port
from services.intake.cqc_api.client import KEY_HEADER, CqcApi, CqcUnavailable
from services.intake.domain.register import LocationFacts, ProviderFacts, Source
from services.intake.handlers import fetched, register
from services.intake.settings import IntakeSettings
from services.intake.store import register as store
from shared.contracts.intake import CqcRatingChanged, LocationUpdated, ProviderUpdated
from shared.contracts.words import CqcRating, ServiceCategory
from tests.stage import World

SINCE = datetime(2026, 11, 1, tzinfo=UTC)
KEY, AGENT = "a-key", "a-test/1"
HOME, NEIGHBOUR, GONE = "1-200000001", "1-200000002", "1-200000003"
LOCATION: dict[str, Any] = {
    "locationId": HOME,
    "providerId": "1-100000001",
    "name": "Larchfield Example Care Home",
    "inspectionDirectorate": "Adult social care",
    "localAuthority": "Combined Borough",
    "postalCode": "zz1 1aa",
    "numberOfBeds": 40,
    "registrationStatus": "Registered",
    "gacServiceTypes": [{"name": "Nursing", "description": "Care home service with nursing"}],
    "regulatedActivities": [
        {
            "name": "Accommodation",
            "contacts": [
                {
                    "personFamilyName": "Exampleton",
                    "personGivenName": "Robin",
                    "personRoles": ["Registered Manager"],
                }
            ],
        }
    ],
    "relationships": [
        {
            "relatedLocationId": "1-500000001",
            "relatedLocationName": "Larchfield as it was",
            "type": "HSCA Predecessor",
        }
    ],
    "currentRatings": {
        "overall": {
            "rating": "Inadequate",
            "reportDate": "2026-11-10",
            "keyQuestionRatings": [
                {"name": "Safe", "rating": "Inadequate", "reportDate": "2026-11-10"},
                {"name": "Well-led", "rating": "Requires improvement"},
            ],
        },
        "serviceRatings": [],
    },
    "historicRatings": [
        {"reportDate": "2023-05-16", "overall": {"rating": "Good", "keyQuestionRatings": []}}
    ],
}
PROVIDER = {
    "providerId": "1-100000001",
    "name": "Larchfield Example Care Ltd",
    "brandId": "BD900",
    "brandName": "BRAND Example Meadows",
    "regulatedActivities": [
        {"nominatedIndividual": {"personFamilyName": "Testerby", "personGivenName": "Jo"}}
    ],
}


@dataclass
class Cqc:
    """What the local server holds, and what it was asked."""

    locations: dict[str, dict[str, Any]] = field(default_factory=dict)
    providers: dict[str, dict[str, Any]] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=lambda: {"location": [], "provider": []})
    per_page: int = 2
    busy: list[Response] = field(default_factory=list)
    """Answers to be given first, before any other."""
    asked: list[str] = field(default_factory=list)

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.middleware("http")
        async def at_the_gate(request: Request, go_on: Any) -> Response:
            self.asked.append(request.url.path.removeprefix("/public/v1"))
            if request.headers.get("user-agent") != AGENT:
                return Response(status_code=403)
            if request.headers.get(KEY_HEADER) != KEY:
                return Response(status_code=401)
            if self.busy:
                return self.busy.pop(0)
            answer: Response = await go_on(request)
            return answer

        @app.get("/public/v1/locations")
        def locations(page: int, perPage: int) -> Any:  # noqa: N803 - CQC's own name
            ids = sorted(self.locations)
            return self._page([{"locationId": id_} for id_ in ids], "locations", page)

        @app.get("/public/v1/changes/{kind}")
        def changes(kind: str, page: int, startTimestamp: str, endTimestamp: str) -> Any:  # noqa: N803
            assert startTimestamp.endswith("Z")
            assert startTimestamp < endTimestamp
            return self._page(self.changes[kind], "changes", page)

        @app.get("/public/v1/{kind}/{id_}")
        def one(kind: str, id_: str) -> Any:
            held = {"locations": self.locations, "providers": self.providers}[kind]
            if id_ not in held:  # so it is with an id in lower case, too
                return JSONResponse({"message": "No entity found"}, 404)
            return held[id_]

        return app

    def _page(self, rows: list[Any], name: str, page: int) -> dict[str, Any]:
        first = (page - 1) * self.per_page
        pages = -(-len(rows) // self.per_page)
        shown = rows[first : first + self.per_page]
        return {name: shown, "page": page, "totalPages": pages, "total": len(rows)}


@asynccontextmanager
async def serving(cqc: Cqc) -> AsyncIterator[str]:
    port = free_port()
    config = uvicorn.Config(cqc.app(), host="127.0.0.1", port=port, log_config=None)
    server = uvicorn.Server(config)
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    yield f"http://127.0.0.1:{port}/public/v1"
    server.should_exit = True
    await task


@pytest.fixture
def cqc() -> Cqc:
    return Cqc({HOME: LOCATION}, {"1-100000001": PROVIDER})


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
async def api(cqc: Cqc, pauses: list[float]) -> AsyncIterator[CqcApi]:
    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with serving(cqc) as url, CqcApi(url, KEY, AGENT, tries=4, sleep=sleep) as api:
        yield api


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


# --- the client


async def test_key_and_user_agent_are_sent_or_nothing_is_answered(cqc: Cqc) -> None:
    async with serving(cqc) as url:
        for key, agent, status in ((KEY, "another", "403"), ("another", AGENT, "401")):
            async with CqcApi(url, key, agent) as api:
                with pytest.raises(CqcUnavailable, match=status):
                    await api.location(HOME)
        async with CqcApi(url, KEY, AGENT) as api:
            assert (await api.location(HOME) or {})["name"] == LOCATION["name"]


async def test_every_page_is_read(cqc: Cqc, api: CqcApi) -> None:
    ids = [f"1-20000000{n}" for n in range(5)]
    cqc.locations = dict.fromkeys(ids, LOCATION)
    assert [id_ async for id_ in api.location_ids()] == ids


async def test_an_id_in_the_feed_is_asked_for_in_upper_case_and_each_once(
    cqc: Cqc, api: CqcApi
) -> None:
    cqc.changes["location"] = ["rzz01", "RZZ01", HOME]
    cqc.locations["RZZ01"] = {**LOCATION, "locationId": "RZZ01"}
    found = [id_ async for id_ in api.changes("location", SINCE, datetime(2026, 11, 2, tzinfo=UTC))]
    assert found == ["RZZ01", HOME]
    assert await api.location("rzz01") is not None


async def test_an_id_that_has_gone_is_none_and_no_error(api: CqcApi, pauses: list[float]) -> None:
    assert await api.location(GONE) is None
    assert pauses == []


async def test_too_many_requests_are_waited_for_as_long_as_cqc_asks(
    cqc: Cqc, api: CqcApi, pauses: list[float]
) -> None:
    cqc.busy = [
        Response(status_code=429, headers={"Retry-After": "7"}),
        Response(status_code=429),
        Response(status_code=503, headers={"Retry-After": "Wed, 21 Oct 2015 07:28:00 GMT"}),
    ]
    assert await api.location(HOME) is not None
    assert pauses == [7.0, 2.0, 4.0]


async def test_patience_ends(cqc: Cqc, api: CqcApi, pauses: list[float]) -> None:
    cqc.busy = [Response(status_code=429) for _ in range(4)]
    with pytest.raises(CqcUnavailable, match="429 after 4 tries"):
        await api.location(HOME)
    assert pauses == [1.0, 2.0, 4.0, 8.0]


async def test_an_endless_wait_is_cut_short(cqc: Cqc, api: CqcApi, pauses: list[float]) -> None:
    cqc.busy = [Response(status_code=429, headers={"Retry-After": "999999"})]
    await api.location(HOME)
    assert pauses == [120.0]


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'"zzyzx"'])
async def test_what_is_no_object_is_refused_without_repeating_it(
    cqc: Cqc, api: CqcApi, body: bytes
) -> None:
    cqc.busy = [Response(body, 200)]
    with pytest.raises(CqcUnavailable) as refused:
        await api.location(HOME)
    assert "zzyzx" not in str(refused.value)
    assert HOME not in str(refused.value)


async def test_a_server_that_is_not_there_is_tried_again(pauses: list[float]) -> None:
    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with CqcApi("http://127.0.0.1:1", KEY, AGENT, tries=2, sleep=sleep) as api:
        with pytest.raises(CqcUnavailable, match="no answer after 2 tries"):
            await api.location(HOME)
    assert pauses == [1.0, 2.0]


def test_without_a_key_nothing_is_fetched(world: World) -> None:
    settings = world.runtime.settings
    assert isinstance(settings, IntakeSettings)
    with pytest.raises(CqcUnavailable, match="PQ_CQC_API_KEY"):
        CqcApi.of(settings)


# --- what is taken


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


async def test_a_dry_run_fetches_and_changes_nothing(world: World, cqc: Cqc, api: CqcApi) -> None:
    cqc.changes["location"] = [HOME]
    assert (await fetch(world, api, dry_run=True))["locations new"] == 1
    assert await world.said() == []


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
