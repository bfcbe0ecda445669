"""Dead letters: looked at without content, repaired with the original kept, and replayed once."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from shared.contracts.envelope import body_of
from shared.contracts.intake import ReceiptIssued
from shared.platform import dead_letters
from shared.platform.commands_aside import release
from shared.platform.work import Incoming, Work
from tests.platform.test_delivery import failed, first_letter, watch
from tests.platform.test_running_service import message
from tests.stage import NOON, World, kafka_record

TOPIC = "partner.icb.in.v1"


@pytest.fixture
async def world(stage_for: Callable[[str], Awaitable[World]]) -> World:
    return await stage_for("intake")


async def letter_of(world: World) -> Any:
    async with world.works.begin() as work:
        return (await work.session.execute(select(work.tables.dead_letter))).first()


async def broken_and_parked(world: World) -> tuple[UUID, list[str]]:
    """A dead letter with one parked behind; gives its id and the rules that took effect."""
    seen: list[str] = []
    one = failed()

    def handle(event: Any) -> None:
        if event.rule == "Mrs-Example":
            raise ValueError
        seen.append(str(event.rule))

    watch(world, handle)
    for rule in ("Mrs-Example", "second"):
        await world.hear(one.model_copy(update={"rule": rule}), dead=True)
    return await first_letter(world), seen


async def test_what_is_told_of_a_dead_letter_has_sizes_and_names_and_no_content(
    world: World,
) -> None:
    letter, _ = await broken_and_parked(world)
    async with world.works.begin() as work:
        found = await dead_letters.inspected(work, letter, "operations")
    assert found["reason"] == "handler: ValueError"
    assert len(found["parked_behind"]) == 1
    assert found["headers"]["ce_type"] == len("notifications.message.failed.v1")
    assert found["bytes"] > 0
    assert "Example" not in json.dumps(found, default=str)
    assert await world.audited() == [("operations", "dead_letter.inspected", str(letter))]


async def test_a_repaired_letter_takes_effect_with_its_new_body_and_keeps_the_original(
    world: World,
) -> None:
    letter, seen = await broken_and_parked(world)
    body = body_of(failed().model_copy(update={"rule": "mended"})) or b""
    async with world.works.begin() as work:
        await dead_letters.repair(work, letter, body, "operations", "a rule nobody knew")
    await release(world.runtime, letter, "operations", "a test")
    assert seen == ["mended", "second"]
    async with world.works.begin() as work:
        rows = (await work.session.execute(select(work.tables.dead_letter))).all()
    assert {row.state for row in rows} == {"replayed"}
    (original,) = [row.original for row in rows if row.id == letter]
    assert b"Mrs-Example" in original
    assert "dead_letter.repaired" in [did for _, did, _ in await world.audited()]


async def test_a_settled_letter_cannot_be_repaired(world: World) -> None:
    letter, _ = await broken_and_parked(world)
    await release(world.runtime, letter, "operations", "a test", give_up=True)
    with pytest.raises(LookupError):
        async with world.works.begin() as work:
            await dead_letters.repair(work, letter, b"{}", "operations", "a test")


async def test_an_inbound_record_that_is_repaired_and_replayed_has_no_second_receipt(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its receipt (quarantined) stands: the second one has the same id, so nobody hears it."""
    door = world.runtime.consumers[1]
    handle = door._handle
    broken = True

    async def failing(work: Work, batch: Sequence[Incoming[Any]]) -> None:
        if broken:
            raise ValueError
        await handle(work, batch)

    monkeypatch.setattr(door, "_handle", failing)
    body, headers = message(1)
    record = kafka_record(TOPIC, 7, None, body, headers)
    record.timestamp = int(NOON.timestamp() * 1000)
    await door.take([record])
    broken = False
    letter = (await letter_of(world)).id
    async with world.works.begin() as work:
        await dead_letters.repair(work, letter, body + b" ", "operations", "a test")
    await release(world.runtime, letter, "operations", "a test")
    receipts = await world.said(ReceiptIssued)
    assert [receipt.status for receipt in receipts] == ["quarantined", "refused"]
    assert len({envelope.id for envelope in await world.envelopes()}) == 1


async def test_a_letter_at_an_offset_that_was_given_out_again_is_kept_too(world: World) -> None:
    door = world.runtime.consumers[1]
    for body in (b"one", b"another"):
        record = kafka_record(TOPIC, 7, None, body)
        async with world.works.begin() as work:
            await dead_letters.park(work, door.group, record, "0:7", None)
            await dead_letters.park(work, door.group, record, "0:7", None)
    async with world.works.begin() as work:
        assert len(await dead_letters.listed(work, "operations")) == 2
