"""The chain over the ledger shows what was changed, removed or put in between."""

from __future__ import annotations

import asyncio
import hashlib
import json
from datetime import datetime, timedelta, timezone
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.seals import FIRST, Seal, digest_of, holds
from services.notifications.senders import seal_once, start_sealer
from services.notifications.store import ledger
from services.notifications.tables import LedgerRow
from shared.contracts.words import Role
from tests.notifications.conftest import Scene, concern
from tests.stage import person

ROWS = st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=4)


@given(rows=ROWS, changed=ROWS)
def test_a_seal_holds_for_its_own_rows_only(
    rows: list[list[str]], changed: list[list[str]]
) -> None:
    seal = Seal(1, digest_of(FIRST, rows), FIRST)
    assert holds(seal, FIRST, rows)
    assert holds(seal, FIRST, changed) is (changed == rows)


def test_a_seal_holds_only_behind_the_one_that_it_follows() -> None:
    seal = Seal(2, digest_of("a" * 64, [["1"]]), "a" * 64)
    assert not holds(seal, FIRST, [["1"]])


def test_a_seal_made_before_still_holds() -> None:
    row = ['"é" \\ \n\t \x01\x7f \u2028 / 😀', ""]
    before = "091d19662a9122c0712fe33249a4b69a88dfc93983f95c84d8ad5f87209e5eb8"
    assert digest_of(FIRST, [row]) == before


async def test_rows_are_sealed_as_they_have_always_been(scene: Scene) -> None:
    kind, type_, under = "disclosure", "intake.concern.received.v1", 'combined@2026-11 L5 "é" \\ \n'
    row = LedgerRow(
        id=UUID(int=1),
        at=datetime(2026, 11, 18, 10, 0, tzinfo=timezone(timedelta(hours=1))),
        partnership="combined",
        kind=kind,
        audience="agency:icb",
        audiences=1,
        event_id=UUID(int=2),
        event_type=type_,
        label="AGENCIES",
        digest="a" * 64,
        under=under,
    )
    async with scene.world.works.begin() as work:
        ledger.add(work, [row.model_dump(exclude={"seq"})])
    await seal_once(scene.world.works)
    [kept] = await scene.ledger()
    said = ["combined", kind, "agency:icb", "1", str(UUID(int=2)), type_, "AGENCIES", "a" * 64]
    text = [str(kept.seq), str(UUID(int=1)), "2026-11-18T09:00:00.000000Z", *said, under]
    as_json = json.dumps(text, ensure_ascii=False)
    async with scene.world.works.begin() as work:
        seal = await ledger.last_seal(work)
    assert seal is not None
    assert seal.digest == hashlib.sha256((FIRST + as_json).encode()).hexdigest()


async def _sealed_twice(scene: Scene) -> None:
    for name in ("first", "second"):
        await scene.hear(concern(name))
        assert await seal_once(scene.world.works) > 0
    assert await seal_once(scene.world.works) == 0


async def _check(scene: Scene) -> dict[str, int | None]:
    governance = person(Role.INFORMATION_GOVERNANCE)
    async with scene.world.http(governance) as client:
        found: dict[str, int | None] = (await client.get("/ledger/check")).json()
    return found


async def test_the_ledger_is_sealed_in_batches_that_can_be_checked(scene: Scene) -> None:
    await _sealed_twice(scene)
    rows = await scene.ledger()
    async with scene.world.http(person(Role.INFORMATION_GOVERNANCE)) as client:
        lines = (await client.get("/ledger")).json()
    assert [line["seal"] for line in lines] == sorted(line["seal"] for line in lines)
    assert {line["seal"] for line in lines} == {1, 2}
    assert await _check(scene) == {"checked_to": 2, "rows": len(rows), "broken_at": None}


async def test_a_row_changed_afterwards_is_found(scene: Scene) -> None:
    await _sealed_twice(scene)
    last = (await scene.ledger())[-1]
    async with scene.world.works.begin() as work:
        row = await work.session.get(LedgerRow, last.seq)
        assert row is not None
        row.audience = "agency:somebody-else"
    assert (await _check(scene))["broken_at"] == 2


async def test_a_row_removed_afterwards_is_found(scene: Scene) -> None:
    await _sealed_twice(scene)
    first = (await scene.ledger())[0]
    async with scene.world.works.begin() as work:
        await work.session.delete(await work.session.get(LedgerRow, first.seq))
    assert (await _check(scene))["broken_at"] == 1


async def test_the_ledger_is_sealed_beside_the_service(scene: Scene) -> None:
    runtime = scene.world.runtime
    settings = runtime.settings
    runtime.settings = settings.model_copy(update={"seal_seconds": 0.01})
    await scene.hear(concern())
    task = start_sealer(runtime)
    for _ in range(500):
        await asyncio.sleep(0.01)
        if (await _check(scene))["rows"] == len(await scene.ledger()):
            break
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    runtime.settings = settings
    assert (await _check(scene))["broken_at"] is None


async def test_two_sealers_make_one_chain(scene: Scene) -> None:
    await scene.hear(*(concern(name) for name in "abcd"))
    counts = await asyncio.gather(*(seal_once(scene.world.works) for _ in range(4)))
    assert sum(counts) == len(await scene.ledger())
    assert await _check(scene) == {"checked_to": 1, "rows": sum(counts), "broken_at": None}
