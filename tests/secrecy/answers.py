"""Everything that somebody can ask of a service, and everything that the answers could tell."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid5

from fastapi.routing import APIRoute
from sqlalchemy import event

from shared.contracts.words import Role
from shared.platform.security import Person
from tests.meetings import cast
from tests.stage import World, person

ABSENT = UUID("0e6f5a1c-6f5e-4d0e-9d49-1d9a0c7f7f10")
PROVIDER_PEOPLE = {
    "the manager": cast.MANAGER,
    "the nominated individual": cast.NOMINATED,
    "another provider's manager": person(Role.REGISTERED_MANAGER, provider="1-999999999"),
}
OUTSIDERS = {
    **PROVIDER_PEOPLE,
    "the police": person(Role.AGENCY_LIAISON, agency="police"),
    "a hospital": person(Role.AGENCY_LIAISON, agency="hospital"),
    "the portal": person(Role.PORTAL),
    "a member's liaison elsewhere": person(
        Role.AGENCY_LIAISON, agency="icb", partnerships=["lancashire"]
    ),
}


@dataclass(frozen=True)
class Answer:
    """All that somebody can tell of an answer, and what was done for it."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    statements: tuple[str, ...]


@contextmanager
def statements_of(world: World) -> Iterator[list[str]]:
    """The statements that a service sends to its database meanwhile, without their values."""
    sent: list[str] = []

    def note(_: Any, __: Any, statement: str, *___: Any) -> None:
        sent.append(re.sub(r"\$\d+(::\w+)?(, \$\d+(::\w+)?)*", "$", statement))

    engine = world.runtime.database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


async def asked(world: World, who: Person, method: str, path: str, body: Any = None) -> Answer:
    """Ask once and note everything."""
    async with world.http(who) as client:
        with statements_of(world) as sent:
            answer = await client.request(method, path, json=body)
    headers = tuple(sorted((k, v) for k, v in answer.headers.items()))
    return Answer(answer.status_code, headers, answer.content, tuple(sent))


async def everything(world: World, who: Person, ids: list[UUID | str]) -> list[Answer]:
    """Every route of a service with every id that somebody could have got hold of."""
    found = []
    routes = [route for router in world.service.routers for route in router.routes]
    for route in routes:
        if not isinstance(route, APIRoute):
            continue
        names = re.findall(r"{(\w+)}", route.path)
        for id_ in ids if names else ids[:1]:
            path = route.path
            for name in names:
                path = path.replace("{" + name + "}", str(id_))
            [method] = route.methods or {"GET"}
            found.append(await asked(world, who, method, path, _a_body(route)))
    return found


def _a_body(route: APIRoute) -> Any:
    if route.path.endswith("/plan"):
        return {"actions": [cast.an_action()]}
    return {} if route.body_field else None


def absent(count: int) -> list[UUID | str]:
    """Ids of nothing."""
    return [uuid5(ABSENT, str(number)) for number in range(count)]
