"""Spans as JSON lines in a local file, one file per process, for reading a request's tree without any other tool."""

from collections.abc import Sequence
from pathlib import Path

import orjson
from opentelemetry import trace
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

_MAX_BYTES = 32 * 1024 * 1024


class FileSpanExporter(SpanExporter):
    """Appends one object per span: trace_id, span_id, parent_id (null at the root), links (trace_id and span_id of
    others that it works for), service, name, kind, start and end (nanoseconds since 1970), status and attributes.

    A file that grew large moves to `<name>.1`, where it replaces an older one.
    """

    def __init__(self, path: Path, *, service: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._service = service

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        lines = b"".join(orjson.dumps(self._line(span), default=str) + b"\n" for span in spans)
        try:
            if self._path.exists() and self._path.stat().st_size > _MAX_BYTES:
                self._path.replace(self._path.with_name(self._path.name + ".1"))
            with self._path.open("ab") as file:
                file.write(lines)
        except OSError:
            # A full disk must not stop the work that is traced.
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def _line(self, span: ReadableSpan) -> dict[str, object]:
        context = span.get_span_context()
        return {
            "trace_id": trace.format_trace_id(context.trace_id) if context else None,
            "span_id": trace.format_span_id(context.span_id) if context else None,
            "parent_id": trace.format_span_id(span.parent.span_id) if span.parent else None,
            "links": [
                {
                    "trace_id": trace.format_trace_id(link.context.trace_id),
                    "span_id": trace.format_span_id(link.context.span_id),
                }
                for link in span.links
            ],
            "service": self._service,
            "name": span.name,
            "kind": span.kind.name.lower(),
            "start": span.start_time,
            "end": span.end_time,
            "status": span.status.status_code.name.lower(),
            "attributes": dict(span.attributes or {}),
        }

    def shutdown(self) -> None:
        """Nothing is held open."""

    def force_flush(self, timeout_millis: int = 30000) -> bool:
        return True
