"""Trace context across processes: taken from and written into traceparent headers."""

import re
from collections.abc import Sequence

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_ROOT = otel_context.Context()
# W3C Trace Context, version 00, with the flag "sampled" (the last bit) off.
_UNRECORDED = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f][02468ace]")


def start_remote_span(
    tracer: trace.Tracer,
    name: str,
    traceparent: str | None,
    *,
    kind: trace.SpanKind = trace.SpanKind.SERVER,
    links: Sequence[trace.Link] = (),
) -> trace.Span:
    """A span that goes on with the trace of another process, or begins one.

    Where the other process decided against recording, its own context is carried on, which costs next to nothing.
    """
    if not traceparent:
        return tracer.start_span(name, context=_ROOT, kind=kind, links=links)
    if (found := _unrecorded(traceparent)) is not None:
        return found
    return tracer.start_span(name, context=_context_of(traceparent), kind=kind, links=links)


def start_span_of_many(
    tracer: trace.Tracer,
    name: str,
    traceparents: Sequence[str | None],
    *,
    kind: trace.SpanKind = trace.SpanKind.SERVER,
) -> trace.Span:
    """A span of work for several traces: it goes on with the first recorded one and links to the others."""
    recorded = list(dict.fromkeys(each for each in traceparents if each is not None and is_recorded(each)))
    first = recorded[0] if recorded else traceparents[0]
    links = [trace.Link(trace.get_current_span(_context_of(each)).get_span_context()) for each in recorded[1:]]
    return start_remote_span(tracer, name, first, kind=kind, links=links)


def _context_of(traceparent: str) -> otel_context.Context:
    return _propagator.extract({"traceparent": traceparent}, context=_ROOT)


def _unrecorded(traceparent: str) -> trace.Span | None:
    """The other process's span, where its trace is well-formed and not recorded: most calls, so read by hand."""
    found = _UNRECORDED.fullmatch(traceparent)
    if found is None:
        return None
    context = trace.SpanContext(int(found[1], 16), int(found[2], 16), is_remote=True)
    return trace.NonRecordingSpan(context) if context.is_valid else None


def current_traceparent() -> str | None:
    """The traceparent that the current span hands on; None outside of any."""
    return traceparent_of(trace.get_current_span())


def traceparent_of(span: trace.Span) -> str | None:
    """The traceparent of a span, current or not; None where there is no trace."""
    context = span.get_span_context()
    if not context.is_valid:
        return None
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


def is_recorded(traceparent: str | None) -> bool:
    """Whether the trace is recorded, as the process where it began decided."""
    return traceparent is not None and bool(int(traceparent[-2:], 16) & 1)
