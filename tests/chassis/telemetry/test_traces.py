"""Spans in local files, sampling, and contexts across processes."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from civic_chassis.telemetry import setup
from civic_chassis.telemetry.files import FileSpanExporter
from civic_chassis.telemetry.propagation import current_traceparent, start_remote_span
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider

TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
RECORDED = f"00-{TRACE_ID}-b7ad6b7169203331-01"
NOT_RECORDED = f"00-{TRACE_ID}-b7ad6b7169203331-00"


@dataclass(frozen=True)
class Settings:
    traces: str
    trace_sample: float = 1.0
    log_level: str = "info"
    log_exception_texts: bool = False
    otlp_endpoint: str | None = None


def provider(settings: Settings) -> TracerProvider:
    return setup._tracers("probe", settings, Resource.create({}))


def test_spans_become_lines_of_one_file_per_process(tmp_path: Path) -> None:
    folder = tmp_path / "Spuren & mehr"
    tracers = provider(Settings(folder.as_uri()))
    tracer = tracers.get_tracer("test")
    with tracer.start_as_current_span("outer") as outer, tracer.start_as_current_span("inner", attributes={"n": 1}):
        pass
    tracers.shutdown()
    path = folder / f"probe-{os.getpid()}.jsonl"
    inner_line, outer_line = map(json.loads, path.read_text().splitlines())
    context = outer.get_span_context()
    assert outer_line["trace_id"] == inner_line["trace_id"] == trace.format_trace_id(context.trace_id)
    assert inner_line["parent_id"] == outer_line["span_id"] == trace.format_span_id(context.span_id)
    assert outer_line["parent_id"] is None
    assert outer_line["start"] <= inner_line["start"] <= inner_line["end"] <= outer_line["end"]
    del inner_line["trace_id"], inner_line["span_id"], inner_line["parent_id"], inner_line["start"], inner_line["end"]
    assert inner_line == {
        "links": [],
        "service": "probe",
        "name": "inner",
        "kind": "internal",
        "status": "unset",
        "attributes": {"n": 1},
    }


def test_a_large_file_moves_aside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("civic_chassis.telemetry.files._MAX_BYTES", 10)
    exporter = FileSpanExporter(tmp_path / "probe.jsonl", service="probe")
    tracer = TracerProvider().get_tracer("test")
    for name in ("a", "b", "c"):
        span = tracer.start_span(name)
        span.end()
        exporter.export([span])  # type: ignore[list-item]
    names = {path.name: json.loads(path.read_text())["name"] for path in tmp_path.iterdir()}
    assert names == {"probe.jsonl": "c", "probe.jsonl.1": "b"}


def test_the_first_process_decides_about_recording(tmp_path: Path) -> None:
    tracer = provider(Settings(tmp_path.as_uri(), trace_sample=0.0)).get_tracer("test")
    assert start_remote_span(tracer, "x", RECORDED).is_recording()
    tracer = provider(Settings(tmp_path.as_uri(), trace_sample=1.0)).get_tracer("test")
    assert not start_remote_span(tracer, "x", NOT_RECORDED).is_recording()
    assert start_remote_span(tracer, "x", None).is_recording()
    assert start_remote_span(tracer, "x", "damaged").is_recording()


@pytest.mark.parametrize("traceparent", [RECORDED, NOT_RECORDED])
def test_the_trace_goes_on(traceparent: str) -> None:
    tracer = TracerProvider().get_tracer("test")
    span = start_remote_span(tracer, "x", traceparent)
    assert trace.format_trace_id(span.get_span_context().trace_id) == TRACE_ID
    with trace.use_span(span):
        handed_on = current_traceparent()
    assert handed_on is not None and handed_on.startswith(f"00-{TRACE_ID}-")
    assert handed_on[-2:] == traceparent[-2:]
    assert current_traceparent() is None


def test_ids_are_made_where_traces_are_off() -> None:
    span = provider(Settings("off")).get_tracer("test").start_span("x")
    assert span.get_span_context().is_valid and not span.is_recording()
