"""The client of CQC's API, against a local server that behaves as CQC's does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest
from fastapi.responses import Response

from services.intake.cqc_api.client import CqcApi, CqcUnavailable
from services.intake.settings import IntakeSettings
from tests.intake.cqc_server import AGENT, GONE, HOME, KEY, LOCATION, Cqc, serving
from tests.stage import Stage

SINCE = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def cqc() -> Cqc:
    return Cqc({HOME: LOCATION})


@pytest.fixture
def pauses() -> list[float]:
    return []


@pytest.fixture
async def api(cqc: Cqc, pauses: list[float]) -> AsyncIterator[CqcApi]:
    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    async with serving(cqc) as url, CqcApi(url, KEY, AGENT, tries=4, sleep=sleep) as api:
        yield api


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


def test_without_a_key_nothing_is_fetched(stage: Stage) -> None:
    settings = stage.settings("intake")
    assert isinstance(settings, IntakeSettings)
    with pytest.raises(CqcUnavailable, match="PQ_CQC_API_KEY"):
        CqcApi.of(settings)
