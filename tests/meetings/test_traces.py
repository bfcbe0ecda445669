"""What people do starts a trace of its own, linked to what caused it."""

from __future__ import annotations

from typing import Any

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from shared.contracts.event import Event
from shared.contracts.meetings import (
    ChairAppointed,
    MeetingScheduled,
    PlanOverdue,
    PlanSubmitted,
    ProviderContacted,
    QipConsidered,
    QipOpened,
)
from shared.platform import telemetry
from tests.meetings.cast import MANAGER, Desk, an_action, met

CAUSE = "0af7651916cd43dd8448eb211c80319c"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans of a test go."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    return exporter


async def _trace_of(desk: Desk, cls: type[Event]) -> str:
    [found] = [e for e in await desk.world.envelopes() if isinstance(e.event, cls)]
    assert found.traceparent is not None
    return found.traceparent.split("-")[1]


def _linked(spans: InMemorySpanExporter, name: str) -> tuple[str, set[str]]:
    """The trace of the span of that name, and the traces that it is linked to."""
    [span] = [s for s in spans.get_finished_spans() if s.name == name]
    context: Any = span.context
    return f"{context.trace_id:032x}", {f"{x.context.trace_id:032x}" for x in span.links}


async def test_each_act_is_linked_to_what_caused_it(
    desk: Desk, spans: InMemorySpanExporter
) -> None:
    cause = f"00-{CAUSE}-b7ad6b7169203331-01"
    await desk.world.take([desk.world.record(met(), traceparent=cause)])
    assert await _trace_of(desk, QipConsidered) == CAUSE
    _, meeting = await desk.with_meeting()
    decided, links = _linked(spans, "decide consideration")
    assert links == {CAUSE}
    assert decided != CAUSE
    assert await _trace_of(desk, QipOpened) == decided
    for name, cls in (
        ("appoint chair", ChairAppointed),
        ("contact provider", ProviderContacted),
        ("schedule meeting", MeetingScheduled),
    ):
        trace, links = _linked(spans, name)
        assert links == {decided}
        assert await _trace_of(desk, cls) == trace
    await desk.submit(meeting, an_action(), who=MANAGER)
    trace, links = _linked(spans, "submit plan")
    assert links == {await _trace_of(desk, MeetingScheduled)}
    assert await _trace_of(desk, PlanSubmitted) == trace


async def test_an_overdue_plan_is_linked_to_the_act_that_set_its_clock(
    desk: Desk, spans: InMemorySpanExporter
) -> None:
    await desk.world.hear(met())
    await desk.with_meeting()
    desk.world.clock.forward(days=20)
    await desk.world.tick()
    trace, links = _linked(spans, "clock plan_due")
    assert await _trace_of(desk, PlanOverdue) == trace
    assert len(links) == 1
