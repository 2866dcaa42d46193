"""Sets up traces, metrics and logs of a process from its settings."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

from opentelemetry import metrics, trace
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ParentBasedTraceIdRatio

from civic_chassis.telemetry import logs
from civic_chassis.telemetry.files import FileSpanExporter

_FILE_DELAY_MS = 500


class TelemetrySettings(Protocol):
    """`traces`: off, otlp, or file:///folder. `otlp_endpoint`: where metrics and, for otlp, spans go."""

    @property
    def log_level(self) -> str: ...
    @property
    def log_exception_texts(self) -> bool: ...
    @property
    def traces(self) -> str: ...
    @property
    def trace_sample(self) -> float: ...
    @property
    def otlp_endpoint(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Telemetry:
    """What has to be flushed at the end of the process."""

    tracers: TracerProvider
    meters: MeterProvider | None

    def shut_down(self) -> None:
        """Sends what is still held back. Blocks for some seconds where the receiver is away."""
        self.tracers.shutdown()
        if self.meters is not None:
            self.meters.shutdown()


def set_up(service: str, settings: TelemetrySettings) -> Telemetry:
    """Sets the process's logs and the global tracer and meter providers; to be called once, before the first span.

    Trace ids are made even where traces are off, since errors and logs carry them.
    """
    logs.set_up(service, level=settings.log_level, exception_texts=settings.log_exception_texts)
    resource = Resource.create({"service.name": service, "service.instance.id": f"{service}-{os.getpid()}"})
    tracers = _tracers(service, settings, resource)
    trace.set_tracer_provider(tracers)
    meters = _meters(settings, resource)
    if meters is not None:
        metrics.set_meter_provider(meters)
    return Telemetry(tracers, meters)


def _tracers(service: str, settings: TelemetrySettings, resource: Resource) -> TracerProvider:
    # The process handles SIGTERM itself and shuts down in order.
    if settings.traces == "off":
        return TracerProvider(sampler=ALWAYS_OFF, resource=resource, shutdown_on_exit=False)
    provider = TracerProvider(
        sampler=ParentBasedTraceIdRatio(settings.trace_sample), resource=resource, shutdown_on_exit=False
    )
    if settings.traces == "otlp":
        # Brings requests and its stack along, which a process without it need not load.
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

        endpoint = f"{settings.otlp_endpoint.rstrip('/')}/v1/traces" if settings.otlp_endpoint else None
        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=endpoint)))
    else:
        folder = Path(unquote(urlsplit(settings.traces).path))
        exporter = FileSpanExporter(folder / f"{service}-{os.getpid()}.jsonl", service=service)
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_FILE_DELAY_MS))
    return provider


def _meters(settings: TelemetrySettings, resource: Resource) -> MeterProvider | None:
    if not settings.otlp_endpoint:
        return None
    from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter

    exporter = OTLPMetricExporter(endpoint=f"{settings.otlp_endpoint.rstrip('/')}/v1/metrics")
    return MeterProvider([PeriodicExportingMetricReader(exporter)], resource=resource, shutdown_on_exit=False)
