"""A POST that is sent again with its key takes effect once, and its answer is nobody else's."""

from __future__ import annotations

import asyncio
import importlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Annotated

import httpx
import pytest
from fastapi import APIRouter, Request
from pydantic import BaseModel
from sqlalchemy import select

from services.assessment.main import SERVICE
from shared.contracts.assessment import AssessmentRequestRefused
from shared.contracts.catalogue import SERVICES
from shared.contracts.words import Role, refused
from shared.platform.app import acting, make_app
from shared.platform.problems import Problem
from shared.platform.security import Person, requires
from tests.stage import Stage, World, person

CANARY = "Mrs-Canary-of-1-Example-Street"
KEY = "0190a5f2-7d7c-7cc2-9f38-0d1b6c1d5a11"
Manager = Annotated[Person, requires(Role.TEAM_MANAGER)]
ANNA, BEN = (person(Role.TEAM_MANAGER, subject=name) for name in ("anna", "ben"))


class Note(BaseModel):
    """What the door of these tests takes."""

    words: str


@dataclass
class Doors:
    """A service with a door that writes one row, and doors that end otherwise."""

    world: World
    begun: asyncio.Event
    gate: asyncio.Event

    async def post(
        self, path: str = "/notes", *, key: str = KEY, who: Person = ANNA, words: str = CANARY
    ) -> httpx.Response:
        async with self.world.http(who) as client:
            return await client.post(path, json={"words": words}, headers={"Idempotency-Key": key})

    async def effects(self) -> int:
        return len(await self.world.audited())

    async def kept(self) -> list[bytes]:
        async with self.world.works.begin() as work:
            table = work.tables.idempotency
            rows = await work.session.execute(select(table))
            return [b"|".join([row.id, row.digest, row.answer]) for row in rows]


@pytest.fixture
async def doors(stage: Stage) -> AsyncIterator[Doors]:
    await stage.empty("assessment")
    router = APIRouter()
    service = replace(SERVICE, routers=[router])
    begun, gate = asyncio.Event(), asyncio.Event()

    @router.post("/notes", status_code=201)
    async def note(form: Note, request: Request, who: Manager) -> dict[str, str]:
        async with acting(request) as work:
            id_ = str(work.new_id())
            work.audit(who.subject, "note.taken", id_, partnership="combined")
        return {"id": id_, "words": form.words}

    @router.post("/slow")
    async def slow(form: Note, request: Request, who: Manager) -> None:
        del form
        async with acting(request) as work:
            work.audit(who.subject, "note.taken", "slow", partnership="combined")
            begun.set()
            await gate.wait()

    @router.post("/refused")
    async def refuse(form: Note, request: Request, who: Manager) -> None:
        del form, who
        async with acting(request):
            raise refused("L0", "No.", "Do something else.")

    @router.post("/unfit")
    async def unfit(form: Note, request: Request, who: Manager) -> int:
        async with acting(request) as work:
            work.audit(who.subject, "note.taken", "unfit", partnership="combined")
        return form.words  # type: ignore[return-value]  # the answer cannot be written

    @router.post("/problem")
    async def problem(form: Note, request: Request, who: Manager) -> None:
        del form
        async with acting(request) as work:
            work.audit(who.subject, "note.taken", "problem", partnership="combined")
        raise Problem(404, "not-found", "Not after all.")

    world = World(service, stage.settings("assessment"))
    yield Doors(world, begun, gate)
    await world.close()


async def test_the_same_key_and_body_take_effect_once_and_get_the_same_answer(doors: Doors) -> None:
    first, again = await doors.post(), await doors.post()
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first.headers["content-type"] == again.headers["content-type"]
    assert "idempotency-replayed" not in first.headers
    assert again.headers["idempotency-replayed"] == "true"
    assert await doors.effects() == 1


async def test_without_a_key_each_request_takes_effect(doors: Doors) -> None:
    async with doors.world.http(ANNA) as client:
        for _ in range(2):
            assert (await client.post("/notes", json={"words": "x"})).status_code == 201
    assert await doors.effects() == 2
    assert await doors.kept() == []


async def test_a_key_that_came_with_another_body_is_refused(doors: Doors) -> None:
    await doors.post()
    other = await doors.post(words="something else")
    assert other.status_code == 422
    assert other.json()["type"].endswith(":idempotency-key-reused")
    assert CANARY not in other.text
    assert await doors.effects() == 1


async def test_a_key_that_came_at_another_door_is_refused(doors: Doors) -> None:
    await doors.post()
    assert (await doors.post("/notes?again=1")).status_code == 422
    assert (await doors.post("/refused")).status_code == 422


async def test_a_key_is_its_callers_own(doors: Doors) -> None:
    first, other = await doors.post(), await doors.post(who=BEN)
    assert (other.status_code, await doors.effects()) == (201, 2)
    assert first.json()["id"] != other.json()["id"]


async def test_whoever_has_other_rights_by_now_is_not_shown_the_earlier_answer(
    doors: Doors,
) -> None:
    await doors.post()
    moved = person(Role.TEAM_MANAGER, subject="anna", partnerships=["wirral"])
    answer = await doors.post(who=moved)
    assert answer.status_code == 422
    assert CANARY not in answer.text


async def test_while_the_first_is_under_way_the_second_is_told_to_wait(doors: Doors) -> None:
    first = asyncio.create_task(doors.post("/slow"))
    await asyncio.wait_for(doors.begun.wait(), 10)
    second = await doors.post("/slow")
    assert second.status_code == 409
    assert second.json()["type"].endswith(":idempotency-in-flight")
    assert second.headers["retry-after"] == "1"
    assert CANARY not in second.text
    doors.gate.set()
    assert (await first).status_code == 200
    assert (await doors.post("/slow")).headers["idempotency-replayed"] == "true"
    assert await doors.effects() == 1


async def test_of_many_at_once_one_takes_effect(doors: Doors) -> None:
    answers = await asyncio.gather(*(doors.post() for _ in range(8)))
    done = [one for one in answers if one.status_code == 201]
    waits = [one for one in answers if one.status_code == 409]
    assert len(done) + len(waits) == len(answers)
    assert len({one.content for one in done}) == 1
    assert await doors.effects() == 1
    assert all(one.headers["retry-after"] for one in waits)


async def test_a_refusal_is_said_and_counted_once(doors: Doors) -> None:
    answers = [await doors.post("/refused") for _ in range(2)]
    assert [one.status_code for one in answers] == [409, 409]
    assert answers[0].content == answers[1].content
    assert len(await doors.world.said(AssessmentRequestRefused)) == 1


@pytest.mark.parametrize("path", ["/unfit", "/problem"])
async def test_what_does_not_succeed_takes_no_effect_and_can_be_tried_again(
    doors: Doors, path: str
) -> None:
    assert (await doors.post(path)).is_error
    assert await doors.effects() == 0
    assert await doors.kept() == []
    assert (await doors.post()).status_code == 201


async def test_what_is_kept_cannot_be_read_without_the_key(doors: Doors) -> None:
    await doors.post()
    [row] = await doors.kept()
    for hidden in (CANARY, KEY, "anna", "application/json"):
        assert hidden.encode() not in row


async def test_an_answer_is_forgotten_after_its_time(doors: Doors) -> None:
    first = await doors.post()
    doors.world.clock.forward(hours=25)
    later = await doors.post()
    assert later.json()["id"] != first.json()["id"]
    assert len(await doors.kept()) == 1
    assert (await doors.post()).json() == later.json()


@pytest.mark.parametrize("key", ["short", CANARY + " with blanks in it", "x" * 200])
async def test_a_key_that_can_be_guessed_or_is_odd_is_named_and_not_repeated(
    doors: Doors, key: str
) -> None:
    answer = await doors.post(key=key)
    assert answer.status_code == 422
    assert answer.json()["fields"][0]["field"] == "header.Idempotency-Key"
    assert key not in answer.text
    assert await doors.effects() == 0


@pytest.mark.parametrize("service", SERVICES)
def test_every_post_of_every_service_takes_a_key(stage: Stage, service: str) -> None:
    module = importlib.import_module(f"services.{service}.main")
    document = make_app(module.SERVICE, stage.settings(service)).openapi()
    posts = [paths["post"] for paths in document["paths"].values() if "post" in paths]
    named = [[p["name"] for p in post["parameters"]] for post in posts]
    assert all(names.count("Idempotency-Key") == 1 for names in named)
