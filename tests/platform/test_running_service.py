"""A service on a real broker and database: nothing lost, nothing twice, and a graceful stop."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import date

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError
from sqlalchemy import delete, select

from services.intake.handlers import agencies
from services.intake.main import SERVICE
from shared.contracts.agencies import Agency
from shared.contracts.words import AgencyFunction, HeldFunction
from shared.platform import restored
from shared.platform.app import Runtime, make_app
from shared.platform.places import RESTORED
from tests.platform.conftest import Cluster
from tests.stage import Stage

Start = Callable[[], Awaitable[Runtime]]


def message(number: int, agency: str = "icb") -> tuple[bytes, list[tuple[str, bytes]]]:
    headers = {
        "ce_specversion": "1.0",
        "ce_id": f"run-{number}",
        "ce_source": f"urn:agency:{agency}",
        "ce_type": "partner.concern.raised.v1",
    }
    body = json.dumps({"location": "1-299999999", "reference": f"R-{number}"}).encode()
    return body, [(name, value.encode()) for name, value in headers.items()]


async def register(runtime: Runtime, agency: str) -> None:
    async with runtime.works.begin() as work:
        held = (HeldFunction(AgencyFunction.HEALTH_COMMISSIONER, date(2022, 7, 1)),)
        await agencies.register_agency(work, Agency(agency, agency, "combined", held, "1"))


async def receipts(cluster: Cluster, agency: str, count: int) -> list[tuple[int, str]]:
    """Offsets and rules of the receipts that intake has said for an agency."""
    end = asyncio.get_running_loop().time() + 20
    found: list[tuple[int, str]] = []
    consumer = AIOKafkaConsumer(
        "intake.v1", auto_offset_reset="earliest", **cluster.options("notifications")
    )
    await consumer.start()
    try:
        while len(found) < count and asyncio.get_running_loop().time() < end:
            for records in (await consumer.getmany(timeout_ms=500)).values():
                for record in records:
                    if dict(record.headers)["ce_type"] == b"intake.receipt.issued.v1":
                        body = json.loads(record.value)
                        if body["agency_id"] == agency:
                            found.append((body["offset"], body["rule"]))
    finally:
        await consumer.stop()
    return found


async def test_each_published_message_gets_one_receipt_in_order_across_a_restart(
    start_intake: Start, cluster: Cluster
) -> None:
    first = await start_intake()
    await register(first, "icb")
    await cluster.publish("icb", *(message(n) for n in range(150)))
    await asyncio.sleep(0.2)
    await first.stop()  # in the middle of its work, perhaps
    await cluster.publish("icb", *(message(n) for n in range(150, 200)))
    await start_intake()
    found = await receipts(cluster, "icb", 200)
    assert [offset for offset, _ in found] == list(range(200))
    assert {rule for _, rule in found} == {"door.field"}


async def test_a_second_process_takes_over_when_the_first_stops(
    start_intake: Start, cluster: Cluster
) -> None:
    first, second = await start_intake(), await start_intake()
    await register(first, "csu")
    await cluster.publish("csu", *(message(n, "csu") for n in range(20)))
    await first.stop()
    await cluster.publish("csu", *(message(n, "csu") for n in range(20, 40)))
    found = await receipts(cluster, "csu", 40)
    assert [offset for offset, _ in found] == list(range(40))
    for _ in range(50):
        if second.relay.holding:
            break
        await asyncio.sleep(0.1)
    assert second.relay.holding


async def test_a_record_with_a_header_that_is_no_text_does_not_stop_the_door(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime = await start_intake()
    await register(runtime, "healthwatch")
    await cluster.publish("healthwatch", (b"{}", [("ce_id", b"\xff")]), message(1, "healthwatch"))
    found = await receipts(cluster, "healthwatch", 2)
    assert [rule for _, rule in found] == ["door.encoding", "door.field"]


async def test_a_stop_publishes_what_waits_before_it_lets_go(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime = await start_intake()
    await register(runtime, "mental-health-trust")
    await runtime.stop()
    records = await cluster.read("assessment", "intake.v1", 10_000, seconds=1)
    assert b"mental-health-trust" in {record.key for record in records}


async def test_readiness_tells_what_is_missing(start_intake: Start) -> None:
    runtime = await start_intake()
    for _ in range(100):
        if await runtime.missing() == []:
            break
        await asyncio.sleep(0.1)
    assert await runtime.missing() == []
    await runtime.broker.stop()
    runtime.consumers[0].places.joined = False
    assert await runtime.missing() == ["consumer"]


async def test_an_offset_beyond_the_end_of_the_log_raises_an_alarm(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime = await start_intake()
    await runtime.stop()
    from sqlalchemy import insert

    async with runtime.works.begin() as work:
        await work.session.execute(
            insert(work.tables.consumed).values(
                consumer_group="intake",
                topic="notifications.v1",
                partition=0,
                next_offset=1_000_000,
            )
        )
    again = await start_intake()
    await again.consumers[0].places.resume({TopicPartition("notifications.v1", 0)})
    assert "notifications.v1/0 ends before our offset" in again.alarms()


async def stopped_after_one_message(start: Start, cluster: Cluster, agency: str) -> Runtime:
    runtime = await start()
    await register(runtime, agency)
    await cluster.publish(agency, message(0, agency))
    await receipts(cluster, agency, 1)
    await runtime.stop()
    return runtime


async def test_a_database_that_went_back_while_the_broker_went_on_raises_an_alarm(
    start_intake: Start, cluster: Cluster
) -> None:
    """The group is told a place after the database holds it: that it knows more means a restore."""
    first = await stopped_after_one_message(start_intake, cluster, "police")
    async with first.works.begin() as work:
        await work.session.execute(delete(work.tables.consumed))
    again = await start_intake()
    assert f"partner.police.in.v1/0 {RESTORED}" in again.alarms()
    for _ in range(100):
        if not await restored.noted(again.consumers, again.works):
            break
        await asyncio.sleep(0.1)
    assert not await restored.noted(again.consumers, again.works)


async def test_after_a_restore_all_that_the_log_holds_counts_as_heard_before(
    start_intake: Start, cluster: Cluster
) -> None:
    """A process that is killed has perhaps taken records of which it had not told the broker."""
    first = await stopped_after_one_message(start_intake, cluster, "council-complaints")
    await cluster.publish("council-complaints", message(1, "council-complaints"))
    async with first.works.begin() as work:
        await work.session.execute(delete(work.tables.consumed))
    await restored.note(first.consumers, first.works, first.settings)
    async with first.works.begin() as work:
        table = work.tables.consumed
        marks = await work.session.execute(
            select(table.c.next_offset).where(table.c.topic == "partner.council-complaints.in.v1")
        )
        assert marks.scalars().all() == [2]


async def test_a_service_that_cannot_begin_says_so_with_the_kind_of_error_and_ends(
    stage: Stage, capsys: pytest.CaptureFixture[str]
) -> None:
    await stage.empty("intake")
    app = make_app(SERVICE, stage.settings("intake"))  # where it knows of no broker
    with pytest.raises(KafkaConnectionError):
        async with app.router.lifespan_context(app):
            raise AssertionError("it has begun")
    await app.state.runtime.database.close()
    said = capsys.readouterr()
    assert "service.not_started" in said.out + said.err
    assert "KafkaConnectionError" in said.out + said.err
