"""Trace context across processes: taken from and written into traceparent headers."""

from opentelemetry import context as otel_context
from opentelemetry import trace
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

_propagator = TraceContextTextMapPropagator()
_ROOT = otel_context.Context()


def start_remote_span(
    tracer: trace.Tracer,
    name: str,
    traceparent: str | None,
    *,
    kind: trace.SpanKind = trace.SpanKind.SERVER,
) -> trace.Span:
    """A span that goes on with the trace of another process, or begins one.

    Where the other process decided against recording, its own context is carried on, which costs next to nothing.
    """
    if not traceparent:
        return tracer.start_span(name, context=_ROOT, kind=kind)
    context = _propagator.extract({"traceparent": traceparent}, context=_ROOT)
    parent = trace.get_current_span(context)
    parent_context = parent.get_span_context()
    if parent_context.is_valid and not parent_context.trace_flags.sampled:
        return parent
    return tracer.start_span(name, context=context, kind=kind)


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
