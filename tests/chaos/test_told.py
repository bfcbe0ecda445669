"""What the traffic tells takes effect in the services' own tables, and the checker finds it there.

No broker and no process: what intake says is handed to those who hear it.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Iterator
from datetime import date
from random import Random
from types import SimpleNamespace
from typing import cast

import asyncpg

from deploy.local.database import DATABASE
from shared.contracts.envelope import Envelope
from tests.chaos.checker import effects, natural, states
from tests.chaos.checker.reading import rows_of
from tests.chaos.checker.verdict import Verdict
from tests.chaos.kinds import CONCERN, HANDOVER, KINDS, data_of
from tests.chaos.run import _BEHIND
from tests.chaos.traffic import SAYS, Told, Traffic
from tests.intake.conftest import AGENCIES, CARE_HOME, SMALL_HOME, Intake, with_a_register
from tests.stage import Stage, World

DAYS = (date(2026, 11, 1), date(2026, 11, 17))
SAFEGUARDING = "council-safeguarding"
StageFor = Callable[[str], Awaitable[World]]


async def test_the_checker_finds_the_one_effect_of_every_type_in_real_tables(
    stage: Stage, stage_for: StageFor
) -> None:
    intake = await with_a_register(await stage_for("intake"))
    assessment, notifications = await stage_for("assessment"), await stage_for("notifications")
    await stage.empty("meetings")
    told, references = await _publish(intake)
    said = await intake.world.envelopes()
    await _hear(assessment, said)
    await _hear(notifications, [*said, *await assessment.envelopes()])
    verdict = await _judged(stage, told, references)
    assert verdict.sentences == []
    assert set(verdict.states) == {kind.row for kind in KINDS.values()} | {"handed over"}


async def _hear(world: World, said: Iterable[Envelope]) -> None:
    """Let it arrive under the ids it was said with, by which the checker knows it again."""
    await world.take(world.record(one.event, id=one.id) for one in said)
    assert await world.dead_letters() == []


async def _publish(intake: Intake) -> tuple[list[Told], dict[tuple[str, str], str]]:
    """Let all arrive, some of it twice; gives it with our references."""
    told = list(_sound())
    references: dict[tuple[str, str], str] = {}
    for one in told:
        references |= await _send(intake, one)
    harm = next(one for one in told if one.harm)
    reference = references[harm.agency, harm.id]
    body = json.dumps({"location": CARE_HOME, "reference": reference}).encode()
    taken_over = Told(
        SAFEGUARDING, "taken-over", HANDOVER, reference, "accepted", False, False, (), body
    )
    references |= await _send(intake, taken_over)
    return [*told, taken_over], references


def _sound() -> Iterator[Told]:
    """Two messages of every type, each from the first who may tell it; one tells of harm."""
    chance = Random(5)  # noqa: S311 - a test's
    agencies = [agency for agency in SAYS if agency in AGENCIES]
    for number, type_ in enumerate(t for t in KINDS if t != HANDOVER for _ in range(2)):
        place = (CARE_HOME, SMALL_HOME)[number % 2]
        data = data_of(type_, place, f"CH-{number:06d}", DAYS, number, chance)
        agency, harm = next(a for a in agencies if type_ in SAYS[a]), False
        if type_ == CONCERN and number == 0:
            agency, harm = SAFEGUARDING, True
            data["significant_harm"] = True
        body = json.dumps(data).encode()
        reference = f"CH-{number:06d}"
        yield Told(agency, f"m-{number}", type_, reference, "accepted", harm, False, (), body)


async def _send(intake: Intake, one: Told) -> dict[tuple[str, str], str]:
    """Publish it twice: it is taken once, and once told of as a duplicate."""
    records = [intake.message(one.agency, one.type, one.body, id=one.id) for _ in range(2)]
    first, again = await intake.receive(*records)
    assert (first.status, again.status) == ("accepted", "duplicate"), (one.type, first)
    return {(one.agency, one.id): str(first.reference)}


async def _judged(
    stage: Stage, told: list[Told], references: dict[tuple[str, str], str]
) -> Verdict:
    taken = {(one.agency, place): one.id for place, one in enumerate(told)}
    by_message = {(one.agency, one.id): one for one in told}
    traffic = cast("Traffic", SimpleNamespace(told=by_message, taken=taken))
    verdict = Verdict(receipts=2 * len(told))
    server = stage.postgres
    connection = await asyncpg.connect(
        host=server.host,
        port=server.port,
        user=server.superuser,
        password=server.password,
        database=DATABASE,
    )
    try:
        rows = await rows_of(connection)
        await natural.judge_all(verdict, connection)
        behind = [row["service"] for row in await connection.fetch(_BEHIND)]
    finally:
        await connection.close()
    assert {"assessment", "notifications"}.isdisjoint(behind), behind
    states.judge(verdict, references, traffic, rows)
    effects.judge_at_the_door(verdict, rows, references, traffic, [])
    effects.judge_facts(verdict, rows)
    return verdict
