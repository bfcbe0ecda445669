"""Nothing confidential in spans and logs."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Link

from shared.platform import exporters, telemetry

CANARY = "Mrs Canary of 1 Example Street"


class Kept(SpanExporter):
    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch) -> Iterator[Kept]:
    exporter = Kept()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporters.AllowListExporter(exporter)))
    monkeypatch.setattr(telemetry, "_tracer", provider.get_tracer("test"))
    yield exporter


def test_an_attribute_that_is_not_on_the_list_does_not_leave(kept: Kept) -> None:
    with telemetry.span("work", attributes={"event.type": "x.v1", "name": CANARY}):
        pass
    assert dict(kept.spans[0].attributes or {}) == {"event.type": "x.v1"}


def test_an_exception_leaves_its_type_and_not_its_text(kept: Kept) -> None:
    with pytest.raises(ValueError, match=CANARY), telemetry.span("work"):
        raise ValueError(CANARY)
    assert CANARY not in kept.spans[0].to_json()
    assert dict(kept.spans[0].attributes or {}) == {"error.type": "ValueError"}


def test_a_message_goes_on_in_its_own_trace_and_an_act_links_to_its_cause(kept: Kept) -> None:
    with telemetry.span("door"):
        carried = telemetry.current_traceparent()
    with telemetry.span("process", parent=carried):
        pass
    with telemetry.span("decide", links=[carried, None, "nonsense"]):
        pass
    door, process, decide = kept.spans
    assert process.context and door.context and decide.context
    assert process.context.trace_id == door.context.trace_id
    assert decide.context.trace_id != door.context.trace_id
    assert [link.context.trace_id for link in decide.links] == [door.context.trace_id]


def test_a_log_line_tells_an_exception_by_type_and_place_only() -> None:
    output = io.StringIO()
    with redirect_stderr(output):
        telemetry.configure_logs("test", "INFO")
        try:
            raise ValueError(CANARY)
        except ValueError as error:
            telemetry.log.error("thing.failed", exc_info=error)
            logging.getLogger("a.library").error("could not take %s", CANARY, exc_info=True)
            logging.getLogger("a.library").error(f"took {CANARY}")
    lines = [json.loads(line) for line in output.getvalue().splitlines()]
    assert CANARY not in output.getvalue()
    assert lines[0]["error"].startswith("ValueError at test_a_log_line")
    assert lines[1]["error"] == "ValueError"
    assert lines[2]["place"].startswith("test_telemetry:")  # where its author can look it up


def test_what_a_library_writes_into_a_span_does_not_leave(kept: Kept) -> None:
    """A library's span may hold the text of an exception in four places; none of them leaves."""
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporters.AllowListExporter(kept)))
    tracer = provider.get_tracer("a library")
    with tracer.start_as_current_span("before") as before:
        link = Link(before.get_span_context(), {"name": CANARY})
    with pytest.raises(ValueError, match=CANARY), tracer.start_as_current_span("x", links=[link]):
        trace.get_current_span().set_attribute("exception.message", CANARY)
        raise ValueError(CANARY)
    written = "".join(span.to_json() for span in kept.spans)
    assert CANARY not in written
    assert kept.spans[-1].links[0].context.span_id == before.get_span_context().span_id
