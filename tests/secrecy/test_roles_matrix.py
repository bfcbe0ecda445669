"""Every route, every persona, own things and others': the answers are those of docs/roles.md."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator

import pytest
from fastapi.routing import APIRoute
from sqlalchemy import text

from deploy.roles import Others, name_of, roles_of, routes_of
from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role
from shared.platform.app import make_app
from tests.secrecy.objects import OBJECTS, Request, Requests
from tests.secrecy.personas import (
    HOME,
    OUR_AGENCY,
    OUR_PROVIDER,
    Issuer,
    Persona,
    at_home,
    everybody,
)
from tests.secrecy.roles_table import Row, read_table
from tests.stage import World

TABLE = read_table()
DENIED = frozenset({401, 403, 404})
DONE = frozenset({200, 201, 204})
DONE_BEFORE = DONE | {409, 422}
"""Somebody with the role may find that another has done it already; that is no denial."""
DRAFT_WRITER = "portal"
"""Whose draft it is that everybody knocks at."""
OPEN = {"/health/live", "/health/ready", "/docs", "/openapi.json"}
"""The only routes without a token."""


def expected(row: Row, who: Persona) -> frozenset[int]:
    """What the document promises somebody who calls a route for the objects of the matrix."""
    if who.token != "sound":
        return frozenset({401})
    if not who.roles & row.roles:
        return frozenset({403})
    away = who.partnership != HOME
    others_people = who.of_provider and who.provider != OUR_PROVIDER
    done = DONE_BEFORE if not row.route.partition(" ")[2].startswith("GET ") else DONE
    match row.others:
        case Others.PARTNERSHIP:
            return frozenset({404}) if away else done
        case Others.PROVIDER:
            return frozenset({404}) if away or others_people else done
        case Others.OWNER:
            return DONE_BEFORE if who.name == DRAFT_WRITER else frozenset({404})
        case Others.TELLER:
            theirs = Role.AGENCY_LIAISON not in who.roles
            return done if theirs and not away and not others_people else frozenset({404})
        case Others.ASKER | Others.LOAD:
            if away or (others_people and row.others is Others.ASKER):
                return frozenset({422 if row.others is Others.ASKER else 404})
            liaison = Role.AGENCY_LIAISON in who.roles
            return frozenset({404}) if liaison and who.agency != OUR_AGENCY else done
        case Others.DESK:
            outside = who.of_provider or who.roles <= {Role.PORTAL, Role.AGENCY_LIAISON}
            return frozenset({404}) if away or outside else done
        case Others.PLACE:
            return frozenset({422}) if away or others_people else done
        case Others.AGENCY:
            return frozenset({404}) if away or who.agency != OUR_AGENCY else done
        case Others.CASE:
            return done if case_is_there(who) else frozenset({404})
        case Others.PLAN:
            if not case_is_there(who):
                return frozenset({404})
            return DONE if who.of_provider else frozenset({409})
        case _:
            return done


def sees(row: Row, who: Persona) -> bool:
    """Whether a list that somebody is given shows the object."""
    if row.others is Others.CASE_LEFT_OUT:
        return case_is_there(who)
    if row.others is Others.OWNER_LEFT_OUT:
        return who.name == DRAFT_WRITER
    return who.partnership == HOME or row.others is Others.NONE


def case_is_there(who: Persona) -> bool:
    """The document's paragraph on who may know that a case exists."""
    if who.partnership != HOME:
        return False
    if who.of_provider:
        return who.provider == OUR_PROVIDER
    return bool(who.roles & TABLE.desk) or who.agency == OUR_AGENCY


def test_the_document_names_every_route_with_the_roles_of_its_guard() -> None:
    in_code = {name_of(s, route): roles_of(route) for s in SERVICES for route in routes_of(s)}
    assert {name: row.roles for name, row in TABLE.rows.items()} == in_code


@pytest.mark.parametrize("service", SERVICES)
async def test_every_other_route_of_a_service_is_health_or_its_own_document(
    stage_for: Callable[[str], Awaitable[World]], service: str
) -> None:
    world = await stage_for(service)
    app = make_app(world.service, world.runtime.settings)
    guarded = {route.path for route in routes_of(service)}
    served = set(app.openapi()["paths"]) | {
        found.path for found in app.routes if isinstance(found, APIRoute)
    }
    assert served - guarded <= OPEN
    async with world.http() as client:
        for path in sorted(guarded):
            assert (await client.get(path)).status_code in {401, 405}


@pytest.mark.parametrize("service", SERVICES)
async def test_each_route_answers_each_persona_as_the_document_says(
    stage_for: Callable[[str], Awaitable[World]], service: str
) -> None:
    world = await stage_for(service)
    requests = await OBJECTS[service](world)
    rows = {name: row for name, row in TABLE.rows.items() if name.startswith(f"{service} ")}
    assert set(requests) == set(rows)
    knocking = Knocking(world, hidden_marks(rows, requests))
    cases = [(row, requests[name], who) for name, row in rows.items() for who in everybody()]
    denied = [case for case in cases if expected(case[0], case[2]) <= DENIED]
    before = await contents(world)
    for case in denied:
        await knocking.knock(*case)
    assert await contents(world) == before, "somebody who was denied has changed something"
    # In the order of the requests, in which what others read comes before what changes it.
    for row, request in ((rows[name], request) for name, request in requests.items()):
        allowed = [who for who in everybody() if not expected(row, who) <= DENIED]
        for who in allowed:
            await knocking.knock(row, request, who)
    assert "\n".join(knocking.surprises) == ""
    assert knocking.done == set(rows), "nobody could do it: a denial there proves nothing"


def hidden_marks(rows: dict[str, Row], requests: Requests) -> dict[str, frozenset[str]]:
    """By persona: the marks of objects of others, which none of its answers may hold.

    Who is at home here reads of one object where another is read, so there are none for them.
    """
    marks = {request.mark for request in requests.values() if request.mark}
    at_home_here = {at_home(role).name for role in Role}
    return {
        who.name: frozenset(marks - set(_shown(rows, requests, who)))
        for who in everybody()
        if who.name not in at_home_here
    }


def _shown(rows: dict[str, Row], requests: Requests, who: Persona) -> Iterator[str]:
    for name, row in rows.items():
        if not expected(row, who) <= DENIED and sees(row, who):
            yield requests[name].mark


class Knocking:
    """Calls routes with tokens, and keeps what is not as the document says."""

    def __init__(self, world: World, hidden: dict[str, frozenset[str]]) -> None:
        self._world = world
        self._hidden = hidden
        self._issuer = Issuer(world)
        self.surprises: list[str] = []
        self.done: set[str] = set()
        """The routes that somebody has got through."""

    async def knock(self, row: Row, request: Request, who: Persona) -> None:
        method = row.route.split(" ")[1]
        async with self._world.http() as client:
            answer = await client.request(
                method,
                request.path,
                json=request.body,
                content=request.content,
                # Whatever state it is in: the matrix asks who may, not what has changed.
                headers={**self._issuer.header_for(who), "If-Match": "*"},
            )
        wanted = expected(row, who)
        if answer.status_code not in wanted:
            self.surprises.append(
                f"{row.route} for {who.name}: {answer.status_code}, not {sorted(wanted)}"
            )
        others = [
            m for m in self._hidden.get(who.name, ()) if m in answer.text and m not in request.path
        ]
        if others:
            self.surprises.append(f"{row.route} for {who.name} holds of others: {others}")
        if answer.status_code in DONE:
            self.done.add(row.route)
            if request.mark and (request.mark in answer.text) != sees(row, who):
                shown = "shows" if request.mark in answer.text else "does not show"
                self.surprises.append(f"{row.route} for {who.name} {shown} the object")
        elif request.mark and request.mark in answer.text:
            self.surprises.append(f"{row.route} for {who.name}: the denial names the object")


async def contents(world: World) -> dict[str, str]:
    """A digest of every table of a service."""
    async with world.works.begin() as work:
        tables = await work.session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"),
            {"schema": world.service.name},
        )
        digests = {}
        for table in sorted(tables):
            name = f'{world.service.name}."{table}"'
            query = (
                f"SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {name} t"
            )
            digests[table] = str(await work.session.scalar(text(query)))
        return digests


async def test_what_is_not_there_and_what_is_anothers_are_answered_alike(
    stage_for: Callable[[str], Awaitable[World]],
) -> None:
    world = await stage_for("meetings")
    requests = await OBJECTS["meetings"](world)
    issuer = Issuer(world)
    outsider = issuer.header_for(at_home(Role.PORTAL))
    nothing = "/qips/00000000-0000-7000-8000-000000000000"
    async with world.http() as client:
        anothers = await client.get(requests["meetings GET /qips/{qip_id}"].path, headers=outsider)
        missing = await client.get(nothing, headers=outsider)
    assert (anothers.status_code, anothers.content) == (404, missing.content)
    assert dict(anothers.headers) == dict(missing.headers)
