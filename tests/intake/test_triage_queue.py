"""The triage queue: how old, who has it, what is overdue; and nobody's absence blocks it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from services.intake.domain.triage_queue import age_hours, due_at
from shared.contracts.words import Role
from shared.platform.security import Person
from tests.intake.conftest import SMALL_HOME, Intake, concern
from tests.stage import person

PORTAL = person(Role.PORTAL, subject="portal")
ANNA = person(Role.PRACTITIONER, subject="anna")
BEN = person(Role.PRACTITIONER, subject="ben")
MANAGER = person(Role.TEAM_MANAGER, subject="manager")


async def tell(intake: Intake, reference: str = "a", **fields: Any) -> str:
    async with intake.world.http(PORTAL) as client:
        form = concern(reference=reference, **fields)
        return str((await client.post("/concerns", json=form)).json()["reference"])


async def queue(intake: Intake, who: Person = ANNA, **query: Any) -> list[dict[str, Any]]:
    async with intake.world.http(who) as client:
        answer = await client.get("/triage", params=query)
    assert answer.status_code == 200, answer.text
    lines: list[dict[str, Any]] = answer.json()
    return lines


async def act(
    intake: Intake, who: Person, what: str, concern_id: str, form: dict[str, Any] | None = None
) -> tuple[int, dict[str, Any]]:
    async with intake.world.http(who) as client:
        answer = await client.post(f"/concerns/{concern_id}/{what}", json=form)
    return answer.status_code, answer.json()


async def test_the_queue_shows_age_and_what_is_overdue_by_the_policy(intake: Intake) -> None:
    first = await tell(intake, "a")
    intake.world.clock.forward(hours=20)
    second = await tell(intake, "b")
    intake.world.clock.forward(hours=5)
    lines = await queue(intake)
    assert [line["reference"] for line in lines] == [first, second]
    assert [line["age_hours"] for line in lines] == [25, 5]
    assert [line["overdue"] for line in lines] == [True, False]
    assert {line["due_clause"] for line in lines} == {"combined@2026-11 pack: triage"}
    assert [line["reference"] for line in await queue(intake, overdue=True)] == [first]


def test_what_is_due_is_overdue_only_after_its_time() -> None:
    came = datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert due_at(came, 24) == datetime(2026, 11, 21, 12, tzinfo=UTC)
    assert age_hours(came, datetime(2026, 11, 20, 13, 59, tzinfo=UTC)) == 1
    assert age_hours(came, datetime(2026, 11, 20, 11, tzinfo=UTC)) == 0


async def test_pages_of_the_queue_follow_each_other(intake: Intake) -> None:
    there = []
    for number in range(3):
        intake.world.clock.forward(minutes=1)
        there.append(await tell(intake, f"r-{number}"))
    async with intake.world.http(ANNA) as client:
        answer = await client.get("/triage?limit=2")
        rest = await client.get(answer.links["next"]["url"])
    assert [line["reference"] for line in answer.json() + rest.json()] == there
    assert "link" not in rest.headers


async def test_the_queue_shows_who_has_a_concern_and_two_cannot_have_it(intake: Intake) -> None:
    await tell(intake)
    [line] = await queue(intake)
    status, mine = await act(intake, ANNA, "claim", line["concern_id"])
    assert (status, mine["held_by"]) == (200, "anna")
    assert (await act(intake, ANNA, "claim", line["concern_id"]))[0] == 200
    status, problem = await act(intake, BEN, "claim", line["concern_id"])
    assert (status, problem["rule"]) == (409, "triage.held")
    assert [one["held_by"] for one in await queue(intake, BEN)] == ["anna"]
    assert await queue(intake, BEN, in_hand="mine") == []
    assert await queue(intake, BEN, in_hand="nobody") == []
    assert len(await queue(intake, ANNA, in_hand="mine")) == 1


async def test_what_somebody_absent_has_is_released_by_a_manager_with_a_reason(
    intake: Intake,
) -> None:
    await tell(intake)
    [line] = await queue(intake)
    id_ = line["concern_id"]
    await act(intake, ANNA, "claim", id_)
    assert (await act(intake, BEN, "release", id_, {"reason": "I want it"}))[0] == 409
    assert (await act(intake, MANAGER, "release", id_, {}))[0] == 422
    status, free = await act(intake, MANAGER, "release", id_, {"reason": "Anna is away"})
    assert (status, free["held_by"]) == (200, None)
    assert (await act(intake, BEN, "claim", id_))[0] == 200
    did = [(who, what) for who, what, _ in await intake.world.audited()]
    assert did == [
        ("anna", "concern.claimed"),
        ("manager", "concern.released"),
        ("ben", "concern.claimed"),
    ]


async def test_ones_own_is_given_back_without_a_reason(intake: Intake) -> None:
    await tell(intake)
    [line] = await queue(intake)
    await act(intake, ANNA, "claim", line["concern_id"])
    assert (await act(intake, ANNA, "release", line["concern_id"], {}))[0] == 200
    assert (await queue(intake))[0]["held_by"] is None


async def test_what_is_decided_leaves_the_queue_and_cannot_be_taken_in_hand(
    intake: Intake,
) -> None:
    await tell(intake)
    [line] = await queue(intake)
    limbs = dict.fromkeys(
        ("care_and_support_needs", "abuse_or_neglect", "cannot_protect_themselves"), "no"
    )
    form = {"decision": "care_concern", "reason": "Below the threshold.", **limbs}
    assert (await act(intake, ANNA, "triage", line["concern_id"], form))[0] == 200
    assert await queue(intake) == []
    status, problem = await act(intake, ANNA, "claim", line["concern_id"])
    assert (status, problem["rule"]) == (409, "triage.decided")


@pytest.mark.parametrize(
    "who",
    [person(Role.CONTRACTS_OFFICER), person(Role.TEAM_MANAGER, partnerships=["wirral"])],
    ids=["not a named reader", "another partnership"],
)
async def test_the_queue_shows_what_its_reader_may_know(intake: Intake, who: Person) -> None:
    await tell(intake, location=SMALL_HOME)
    [line] = await queue(intake)
    assert await queue(intake, who) == []
    assert (await act(intake, who, "claim", line["concern_id"]))[0] == 404
    assert (await act(intake, who, "release", line["concern_id"], {}))[0] == 404
