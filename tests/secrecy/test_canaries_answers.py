"""Markers in addresses, headers and forms: no error answer repeats one, whoever asks."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI, HTTPException, Request
from sqlalchemy import text

from deploy.roles import name_of, routes_of
from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role
from shared.platform.rate_limit import RateLimits
from tests.secrecy.canaries import door_word, found_in_text
from tests.secrecy.instruments import Instruments, assert_nothing_was_kept
from tests.secrecy.objects import OBJECTS
from tests.secrecy.personas import OUR_AGENCY
from tests.stage import World, person


def hostile(method: str, path: str) -> Iterator[dict[str, Any]]:
    """Requests of a route that do not fit, a marker in each part in turn."""
    marked = path
    while "{" in marked:
        marked = marked[: marked.index("{")] + door_word() + marked[marked.index("}") + 1 :]
    json_type = {"content-type": "application/json"}
    yield {"method": method, "url": marked}
    yield {"method": method, "url": marked + "/"}
    yield {"method": method, "url": path, "content": door_word() * 100_000}
    yield {"method": method, "url": f"{marked}/{door_word()}?{door_word()}={door_word()}"}
    yield {"method": method, "url": f"{marked}%00{door_word()}"}
    yield {"method": door_word().upper(), "url": marked}
    for name in ("limit", "after", "before", "since", "state", "location", "event_id"):
        yield {"method": method, "url": f"{path}?{name}={door_word()}"}
    for content in (
        door_word(),
        f'{{"{door_word()}": ',
        json.dumps(door_word()),
        json.dumps({door_word(): door_word()}),
        json.dumps({name: door_word() for name in _FORM_FIELDS}),
        json.dumps({name: {door_word(): [door_word()]} for name in _FORM_FIELDS}),
        json.dumps({name: [door_word()] for name in _FORM_FIELDS}),
        json.dumps({"actions": [{"action": door_word(), "timescale": door_word()}]}),
    ):
        yield {"method": method, "url": path, "content": content, "headers": json_type}
    yield {
        "method": method,
        "url": path,
        "content": door_word(),
        "headers": {
            "content-type": f"application/{door_word()}",
            "host": door_word(),
            "accept": door_word(),
            "cookie": f"{door_word()}={door_word()}",
            "traceparent": door_word(),
            "if-match": f'"{door_word()}"',
            "idempotency-key": door_word(),
            "tracestate": f"{door_word()}={door_word()}",
            f"x-{door_word()}": door_word(),
        },
    }


_FORM_FIELDS = (
    *("location", "reference", "occurred_on", "category", "description", "action_taken"),
    *("measures", "implicated_role", "reported_by", "decision", "care_and_support_needs"),
    *("suspended", "why", "reason", "liaison_reference", "decided_on", "members", "handling"),
    *("person_ref", "function", "agency_id", "contacted_on", "channel", "pre_meeting"),
    *("recipients", "starts_at", "ends_at", "mode", "provider_participates", "actions"),
)


@pytest.mark.parametrize("service", SERVICES)
async def test_no_error_answer_repeats_what_was_sent(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments, service: str
) -> None:
    world = await stage_for(service)
    await OBJECTS[service](world)
    errors, kinds = 0, set[str]()
    for route in routes_of(service):
        method = name_of(service, route).split(" ")[1]
        bearer = {"authorization": f"Bearer {door_word()}"}
        for who in (person(*Role, agency=OUR_AGENCY), person(), None):
            for number, request in enumerate(hostile(method, route.path)):
                headers = request.pop("headers", {})
                if who is None and number % 2:
                    headers = {**bearer, **headers}
                async with world.http(who) as client:
                    answer = await client.request(**request, headers=headers)
                assert answer.status_code != 500, f"{route.path}: the fault would be ours"
                if answer.status_code >= 300:
                    errors += 1
                    kinds.add(str(answer.json()["type"]).rpartition(":")[2])
                    page = f"{answer.status_code} {answer.headers} {answer.text}"
                    assert found_in_text({page: page}) == []
    assert kinds >= {"too-large", "not-found", "method-not-allowed", "invalid-request"}
    assert kinds >= {"role-needed", "unauthenticated", "identity-unavailable"}
    assert errors > 40 * len(list(routes_of(service)))
    assert_nothing_was_kept(instruments)


async def test_a_fault_of_ours_tells_nothing_of_its_values(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world = await stage_for("intake")
    app: FastAPI = world._app

    async def fail(request: Request, mark: str) -> None:
        raise RuntimeError(f"no {mark}")

    async def fail_in_the_database(request: Request, mark: str) -> None:
        async with world.works.begin() as work:
            await work.session.execute(text("SELECT CAST(:mark AS text)::uuid"), {"mark": mark})

    async def away(request: Request, mark: str) -> None:
        raise ConnectionError(f"no {mark}")

    async def unfit(request: Request, mark: str) -> None:
        raise HTTPException(415, detail=mark)

    faults = {fail: 500, fail_in_the_database: 500, away: 503, unfit: 415}
    async with world.http() as client:
        for fault, status in faults.items():
            app.add_api_route(f"/{fault.__name__}", fault)
            answer = await client.get(f"/{fault.__name__}", params={"mark": door_word()})
            assert answer.status_code == status
            assert found_in_text({"page": f"{answer.headers} {answer.text}"}) == []
    assert [line["event"] for line in instruments.lines()].count("http.failed") == 2
    assert_nothing_was_kept(instruments)


async def test_a_refusal_names_rule_and_field_and_not_what_was_sent(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments
) -> None:
    world = await stage_for("intake")
    sound = (await OBJECTS["intake"](world))["intake POST /concerns"].body or {}
    for field, rule in (("location", "door.unknown-location"), ("category", "door.category")):
        form = {**sound, "description": door_word(), field: door_word()}
        async with world.http(person(Role.PRACTITIONER)) as client:
            answer = await client.post("/concerns", json=form)
        assert (answer.status_code, answer.json()["rule"]) == (422, rule)
        assert found_in_text({"page": f"{answer.headers} {answer.text}"}) == []
    for envelope in await world.envelopes():
        said = envelope.event.model_dump_json()
        assert found_in_text({said: said}) == []
    assert_nothing_was_kept(instruments)


WRITES = {
    "intake": "intake POST /concerns",
    "assessment": "assessment POST /locations/{location_id}/wider-concern",
    "meetings": "meetings POST /qips/{qip_id}/provider-contact",
    "notifications": "notifications GET /messages",
}
"""A route of each service to come to too often; notifications is only read."""


@pytest.mark.parametrize("service", SERVICES)
async def test_who_comes_too_often_is_told_when_to_come_again_without_what_was_sent(
    stage_for: Callable[[str], Awaitable[World]], instruments: Instruments, service: str
) -> None:
    world = await stage_for(service)
    request = (await OBJECTS[service](world))[WRITES[service]]
    world.runtime.rates = RateLimits(people=0.1, portal=0.1)
    body = {name: door_word() for name in request.body or {}}
    headers = {"idempotency-key": str(uuid4()), "x-request-id": door_word()}
    method, path = WRITES[service].split(" ")[1], f"{request.path}?limit={door_word()}"
    async with world.http(person(*Role, subject=door_word(), agency=OUR_AGENCY)) as client:
        answers = [
            await client.request(method, path, json=body or None, headers=headers) for _ in range(3)
        ]
    assert answers[-1].status_code == 429
    assert answers[-1].json()["rule"] == "http.rate"
    pages = {str(n): f"{one.headers} {one.text}" for n, one in enumerate(answers)}
    assert found_in_text(pages) == []
    assert_nothing_was_kept(instruments)


@pytest.mark.parametrize(("tag", "status"), [(None, 428), ("a marker", 412)])
async def test_who_has_to_read_again_first_is_told_so_without_what_was_sent(
    stage_for: Callable[[str], Awaitable[World]],
    instruments: Instruments,
    tag: str | None,
    status: int,
) -> None:
    world = await stage_for("intake")
    request = (await OBJECTS["intake"](world))["intake PATCH /locations/{location_id}"]
    headers = {"if-match": f'"{door_word()}"'} if tag else {}
    form = {**(request.body or {}), "name": door_word()}
    async with world.http(person(*Role)) as client:
        answer = await client.patch(request.path, json=form, headers=headers)
    assert answer.status_code == status, answer.text
    assert found_in_text({"page": f"{answer.headers} {answer.text}"}) == []
    assert_nothing_was_kept(instruments)
