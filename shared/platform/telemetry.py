"""Traces, metrics and logs. Nothing confidential: attributes pass an allow-list, texts do not pass.

A message carries its own trace from door to door. An act that a person does days later starts a
new trace with a link to its cause, and so does a batch with links to its messages.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
from opentelemetry import metrics, trace
from opentelemetry.context import Context, attach, detach
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExporter, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
)

from shared.contracts.envelope import TRACEPARENT
from shared.platform.exporters import AllowListExporter, MetricFile, SpanFile
from shared.platform.settings import Settings

_tracer = trace.get_tracer("provider-quality")
meter = metrics.get_meter("provider-quality")
log = structlog.get_logger()
_refusals = meter.create_counter("refusals", description="Requests and messages refused")


def configure(service: str, settings: Settings) -> None:
    """Set up traces, metrics and logs of this process, once."""
    resource = Resource.create({"service.name": service})
    tracing = TracerProvider(resource=resource)
    for exporter in _span_exporters(settings):
        tracing.add_span_processor(
            BatchSpanProcessor(AllowListExporter(exporter), schedule_delay_millis=500)
        )
    trace.set_tracer_provider(tracing)
    readers = [
        PeriodicExportingMetricReader(exporter, export_interval_millis=10_000)
        for exporter in _metric_exporters(settings)
    ]
    metrics.set_meter_provider(MeterProvider(resource=resource, metric_readers=readers))
    configure_logs(service, settings.log_level)


def shut_down() -> None:
    """Flush what is not yet exported."""
    for provider in (trace.get_tracer_provider(), metrics.get_meter_provider()):
        stop = getattr(provider, "shutdown", None)
        if stop is not None:
            stop()


def _span_exporters(settings: Settings) -> Iterator[SpanExporter]:
    if settings.otlp_endpoint:
        yield OTLPSpanExporter(endpoint=f"{settings.otlp_endpoint}/v1/traces")
    elif settings.trace_file:
        yield SpanFile(settings.trace_file)


def _metric_exporters(settings: Settings) -> Iterator[MetricExporter]:
    if settings.otlp_endpoint:
        yield OTLPMetricExporter(endpoint=f"{settings.otlp_endpoint}/v1/metrics")
    elif settings.metrics_file:
        yield MetricFile(settings.metrics_file)


def configure_logs(service: str, level: str) -> None:
    """Structured lines on standard error; exceptions by type and place only, never with values."""
    structlog.configure(
        processors=_PROCESSORS,
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, level)),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
    structlog.contextvars.bind_contextvars(service=service)
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LibraryLines(service))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)


class _LibraryLines(logging.Formatter):
    """Library logs: the unformatted message and the exception's type; arguments may hold values."""

    def __init__(self, service: str) -> None:
        super().__init__()
        self._service = service

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "service": self._service,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(),
            "logger": record.name,
            "event": record.msg if isinstance(record.msg, str) and record.args else record.name,
            "place": f"{record.module}:{record.lineno}",
            "error": record.exc_info[0].__name__
            if record.exc_info and record.exc_info[0]
            else None,
        }
        return json.dumps(line)


def _with_trace(_: Any, __: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    context = trace.get_current_span().get_span_context()
    if context.is_valid:
        line["trace_id"] = f"{context.trace_id:032x}"
        line["span_id"] = f"{context.span_id:016x}"
    return structlog.contextvars.merge_contextvars(_, __, line)


def _without_values(_: Any, __: str, line: structlog.types.EventDict) -> structlog.types.EventDict:
    error = line.pop("exc_info", None)
    if isinstance(error, BaseException):
        line["error"] = describe(error)
    return line


_PROCESSORS: tuple[structlog.types.Processor, ...] = (
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    _with_trace,
    _without_values,
    structlog.processors.JSONRenderer(),
)
# From the first import on: the library's default would print exceptions with their values.
structlog.configure(processors=_PROCESSORS)


def describe(error: BaseException) -> str:
    """An exception by type and the place in the code, without its text (which may hold values)."""
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    where = f" at {place.tb_frame.f_code.co_qualname}:{place.tb_lineno}" if place else ""
    return f"{type(error).__name__}{where}"


@contextmanager
def span(
    name: str,
    *,
    parent: str | None = None,
    links: Sequence[str | None] = (),
    kind: SpanKind = SpanKind.INTERNAL,
    attributes: Mapping[str, str | int] | None = None,
    own_trace: bool = False,
) -> Iterator[Span]:
    """A span; `parent` and `links` are W3C traceparents. Exceptions leave their type, no text.

    `own_trace`: without a parent it begins a trace of its own, whatever span is open.
    """
    context = Context() if own_trace else None
    within = _span_context(parent)
    if within is not None:
        context = trace.set_span_in_context(NonRecordingSpan(within), context)
    current = _tracer.start_span(
        name,
        context,
        kind=kind,
        links=[Link(link) for link in map(_span_context, links) if link],
        attributes=attributes,
        record_exception=False,
        set_status_on_exception=False,
    )
    token = attach(trace.set_span_in_context(current))
    try:
        yield current
    except Exception as error:
        current.set_attribute("error.type", type(error).__name__)
        current.set_status(Status(StatusCode.ERROR))
        raise
    finally:
        detach(token)
        current.end()


def current_traceparent() -> str | None:
    """The W3C traceparent of the span that is open now."""
    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def count_refusal(rule: str) -> None:
    """Count a refusal at a door, by rule, and note the rule in the span that is open."""
    _refusals.add(1, {"refusal.rule": rule})
    trace.get_current_span().set_attribute("refusal.rule", rule)


def note_audiences(agency_ids: Sequence[str]) -> None:
    """Note in the span that is open to which agencies' feeds a fact goes."""
    trace.get_current_span().set_attribute("agency.ids", tuple(agency_ids))


def _span_context(traceparent: str | None) -> SpanContext | None:
    """The context that a W3C traceparent names; None where it names none."""
    if not traceparent or not TRACEPARENT.fullmatch(traceparent):
        return None
    _, trace_id, span_id, flags = traceparent.split("-")
    context = SpanContext(
        int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=TraceFlags(int(flags, 16))
    )
    return context if context.is_valid else None
