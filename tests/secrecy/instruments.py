"""What those see who operate the system: spans, metrics and log lines of a test, in memory."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

from shared.platform import telemetry
from shared.platform.exporters import AllowListExporter, MetricFile, SpanFile
from tests.secrecy.canaries import Book, found_in_text


class Kept(SpanExporter):
    """Keeps spans as they come, whole: names, attributes, events, links, resource."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS

    def text(self) -> str:
        return "\n".join(span.to_json() for span in self.spans)


_metrics = InMemoryMetricReader()
_provided = False


def _provide_metrics() -> None:
    """OpenTelemetry takes a provider once in a process; instruments made before come to life."""
    global _provided
    if not _provided:
        metrics.set_meter_provider(MeterProvider([_metrics], resource=Resource.create({})))
        _provided = True


@dataclass
class Instruments:
    """Everything that an operator could read of what happened in a test."""

    directory: Path
    log: io.StringIO = field(default_factory=io.StringIO)
    before: Kept = field(default_factory=Kept)
    """Spans as the code makes them, before the allow-list."""
    after: Kept = field(default_factory=Kept)
    """Spans as they leave."""

    def texts(self) -> dict[str, str]:
        """Each channel's whole text, by its name."""
        data = _metrics.get_metrics_data()
        metric_file = self.directory / "metrics.json"
        if data is not None:
            MetricFile(metric_file).export(data)
        return {
            "log": self.log.getvalue(),
            "spans before the allow-list": self.before.text(),
            "spans as they leave": self.after.text(),
            "span file": (self.directory / "spans.jsonl").read_text("utf-8"),
            "metrics": metric_file.read_text("utf-8") if metric_file.exists() else "",
        }

    def lines(self) -> list[dict[str, object]]:
        """The log, line by line."""
        return [json.loads(line) for line in self.log.getvalue().splitlines()]


@contextmanager
def installed(directory: Path) -> Iterator[Instruments]:
    """Let everything that this process tells of itself be kept, down to the finest log line."""
    _provide_metrics()
    found = Instruments(directory)
    provider = TracerProvider(resource=Resource.create({"service.name": "secrecy"}))
    file = SpanFile(directory / "spans.jsonl")
    for exporter in (found.before, AllowListExporter(found.after), AllowListExporter(file)):
        provider.add_span_processor(SimpleSpanProcessor(exporter))
    tracer, telemetry._tracer = telemetry._tracer, provider.get_tracer("secrecy")
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    try:
        with redirect_stderr(found.log):
            telemetry.configure_logs("secrecy", "DEBUG")
        telemetry.log.info("instruments.installed")
        yield found
    finally:
        telemetry._tracer = tracer
        provider.shutdown()
        root.handlers[:], root.level = handlers, level
        structlog.reset_defaults()
        structlog.configure(processors=telemetry._PROCESSORS)
        structlog.contextvars.unbind_contextvars("service")


def assert_operators_see_none(book: Book, instruments: Instruments) -> None:
    """Log, spans and metrics name ids of ours at the most; and they have seen something."""
    texts = instruments.texts()
    for channel, text in texts.items():
        assert text, f"nothing came by {channel}: its silence proves nothing"
        assert [str(m) for m in book.content if m.in_text(text)] == [], channel


def assert_nothing_was_kept(instruments: Instruments) -> None:
    """Log, spans and metrics hold nothing of what was sent."""
    assert found_in_text(instruments.texts()) == []
