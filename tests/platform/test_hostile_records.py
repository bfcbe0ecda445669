"""What no client of ours would send, on a real broker: it closes no door and leaves no trace."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import httpx
import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.record.util import calc_crc32c
from fastapi import FastAPI
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.contracts.catalogue import principal_of_agency
from shared.platform import http, records, telemetry
from shared.platform.app import Runtime
from tests.platform.conftest import Cluster
from tests.platform.test_running_service import message, receipts, register

Start = Callable[[], Awaitable[Runtime]]


async def publish_with_a_header_name_that_is_no_text(cluster: Cluster, agency: str) -> None:
    """Three records in a batch; the second one's header is named by bytes that are not UTF-8."""
    topic = f"partner.{agency}.in.v1"
    async with AIOKafkaProducer(**cluster.options(principal_of_agency(agency))) as producer:
        await producer.partitions_for(topic)
        batch = producer.create_batch()
        for headers in ([], [("QQ", b"x")], []):
            batch.append(key=None, value=b"{}", timestamp=None, headers=headers)
        batch.close()
        raw = bytearray(batch._build())
        at = raw.index(b"QQ")
        raw[at : at + 2] = b"\xff\xfe"
        raw[17:21] = calc_crc32c(bytes(raw[21:])).to_bytes(4, "big")
        batch._buffer = raw
        await (await producer.send_batch(batch, topic, partition=0))


async def test_a_header_name_that_is_no_text_stops_nobodys_messages(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime = await start_intake()
    for agency in ("police", "council-quality"):
        await register(runtime, agency)
    await publish_with_a_header_name_that_is_no_text(cluster, "police")
    await cluster.publish("police", message(1, "police"))
    await cluster.publish("council-quality", message(2, "council-quality"))
    assert await receipts(cluster, "council-quality", 1) == [(0, "door.field")]
    assert await receipts(cluster, "police", 4) == [
        (0, "door.not-a-cloudevent"),
        (1, "door.encoding"),
        (2, "door.not-a-cloudevent"),
        (3, "door.field"),
    ]


async def test_the_largest_traceparent_that_fits_stops_nobodys_messages(
    start_intake: Start, cluster: Cluster
) -> None:
    runtime = await start_intake()
    await register(runtime, "cqc")
    body, headers = message(1, "cqc")
    huge = b"x" * (2**20 - 600)
    await cluster.publish("cqc", (body, [*headers, ("traceparent", huge)]), message(2, "cqc"))
    assert [rule for _, rule in await receipts(cluster, "cqc", 2)] == ["door.field"] * 2


def test_the_tolerant_reader_is_the_one_that_consumers_use() -> None:
    from aiokafka.consumer import fetcher

    records.install()
    assert fetcher.MemoryRecords is records.TolerantRecords


async def test_a_word_in_place_of_the_http_method_stays_out_of_spans(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    transport = httpx.ASGITransport(http.Door(FastAPI()))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        await client.request("MRSCANARY", "/")
    (span,) = spans.get_finished_spans()
    assert span.attributes is not None
    assert span.attributes["http.request.method"] == "_OTHER"
    assert "CANARY" not in span.to_json()
