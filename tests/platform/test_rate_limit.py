"""Nobody crowds the others out: too many requests of one sign-in are told when to come again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role
from shared.platform.problems import Problem
from shared.platform.rate_limit import RateLimit, RateLimits
from tests.stage import World, person


@dataclass
class Steady:
    """A clock that stands until a test moves it."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(limit: RateLimit, credential: str, times: int) -> int:
    """How many of so many requests are let through."""
    count = 0
    for _ in range(times):
        try:
            limit.check(credential)
            count += 1
        except Problem:
            pass
    return count


def test_a_burst_passes_and_then_as_many_as_time_allows() -> None:
    clock = Steady()
    limit = RateLimit(5, clock)
    assert taken(limit, "anna", 200) == 50
    clock.now += 1
    assert taken(limit, "anna", 200) == 5
    clock.now += 3600
    assert taken(limit, "anna", 200) == 50


def test_one_sign_in_does_not_use_up_anothers() -> None:
    limit = RateLimit(5, Steady())
    assert taken(limit, "anna", 100) == 50
    assert taken(limit, "ben", 100) == 50


def test_who_waits_as_long_as_told_gets_through() -> None:
    clock = Steady()
    limit = RateLimit(0.4, clock)
    taken(limit, "anna", 100)
    with pytest.raises(Problem) as found:
        limit.check("anna")
    assert found.value.status == 429
    clock.now += int(found.value.headers["Retry-After"])
    limit.check("anna")


def test_what_is_remembered_does_not_grow_with_everybody_who_ever_came() -> None:
    clock = Steady()
    limit = RateLimit(5, clock)
    for number in range(30_000):
        clock.now += 1
        limit.check(f"somebody {number}")
    assert len(limit._next) <= 10_001


@pytest.mark.parametrize("service", SERVICES)
async def test_every_door_answers_too_many_requests_with_the_rule_and_when_to_come_again(
    stage_for: Callable[[str], Awaitable[World]], service: str
) -> None:
    world = await stage_for(service)
    world.runtime.rates = RateLimits(people=0.2, portal=500)
    routes = {"intake": "/concerns", "assessment": "/triggers", "meetings": "/qips"}
    path = routes.get(service, "/messages")
    async with world.http(person(Role.TEAM_MANAGER, subject="anna")) as client:
        answers = [await client.get(path) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 429]
    problem = answers[-1].json()
    assert answers[-1].headers["retry-after"] == "5"
    assert problem["rule"] == "http.rate"
    assert problem["limit"] == "0.2 requests a second, 2 at once"
    async with world.http(person(Role.TEAM_MANAGER, subject="ben")) as client:
        assert (await client.get(path)).status_code == 200


async def test_the_portal_may_ask_for_many_people(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("meetings")
    world.runtime.rates = RateLimits(people=0.1, portal=500)
    async with world.http(person(Role.PORTAL)) as client:
        answers = {(await client.get("/qips")).status_code for _ in range(20)}
    assert answers == {200}
