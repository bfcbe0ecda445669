"""Where spans and metrics go; of a span only the allowed attributes, never its texts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import orjson
from opentelemetry.sdk.metrics.export import MetricExporter, MetricExportResult, MetricsData
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.trace import Link, Status, StatusCode

ALLOWED_ATTRIBUTES = frozenset(
    {
        "agency.id",
        "agency.ids",
        "batch.size",
        "clock.rule",
        "delivery.state",
        "error.type",
        "event.id",
        "event.type",
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "mail.kind",
        "messaging.destination.name",
        "messaging.operation.name",
        "refusal.rule",
    }
)
"""The only attributes that a span may carry. Ids of ours, enumerations and counts; never a name."""


class AllowListExporter(SpanExporter):
    """Passes spans on with the allowed attributes only, and without events (they hold texts)."""

    def __init__(self, inner: SpanExporter) -> None:
        self._inner = inner

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self._inner.export([cleaned(span) for span in spans])

    def shutdown(self) -> None:
        self._inner.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self._inner.force_flush(timeout_millis)


def cleaned(span: ReadableSpan) -> ReadableSpan:
    """The span without what the allow-list does not name."""
    kept = {k: v for k, v in (span.attributes or {}).items() if k in ALLOWED_ATTRIBUTES}
    return ReadableSpan(
        name=span.name,
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=kept,
        events=(),
        links=[Link(link.context) for link in span.links],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


class SpanFile(SpanExporter):
    """Writes spans to a local file, one JSON object a line."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._file = path.open("ab")

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            self._file.write(orjson.dumps(_as_line(span)) + b"\n")
        self._file.flush()
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self._file.close()


def _as_line(span: ReadableSpan) -> dict[str, Any]:
    context = span.get_span_context()
    return {
        "trace": f"{context.trace_id:032x}" if context else "",
        "span": f"{context.span_id:016x}" if context else "",
        "parent": f"{span.parent.span_id:016x}" if span.parent else None,
        "links": [[f"{x.context.trace_id:032x}", f"{x.context.span_id:016x}"] for x in span.links],
        "service": span.resource.attributes.get("service.name"),
        "name": span.name,
        "start": span.start_time,
        "end": span.end_time,
        "error": span.status.status_code is StatusCode.ERROR,
        "attributes": dict(span.attributes or {}),
    }


class MetricFile(MetricExporter):
    """Writes the newest metrics to a local file, whole."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path

    def export(
        self, metrics_data: MetricsData, timeout_millis: float = 10_000, **kwargs: Any
    ) -> MetricExportResult:
        self._path.write_text(metrics_data.to_json(), encoding="utf-8")
        return MetricExportResult.SUCCESS

    def shutdown(self, timeout_millis: float = 30_000, **kwargs: Any) -> None:
        return

    def force_flush(self, timeout_millis: float = 10_000) -> bool:
        return True
