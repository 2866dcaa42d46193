"""What a process tells a collector, over OTLP."""

import asyncio
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from civic_chassis.testing.issuer import Issuer
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import ServiceDatabase
from civic_chassis.testing.waiting import eventually
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.chassis.service.running import COMMAND, ROOT, Running, environment_of

NAMES = {
    "rpc.server.call.duration",
    "civic.database.pool.in_use",
    "civic.outbox.waiting",
    "civic.outbox.age",
    "civic.consumer.lag",
}


class Collector:
    """Receives OTLP over HTTP."""

    def __init__(self) -> None:
        self.metrics: dict[str, list[dict[str, str]]] = {}
        self.spans: list[str] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def take(self, path: str, body: bytes) -> None:
        if path == "/v1/traces":
            for resource in ExportTraceServiceRequest.FromString(body).resource_spans:
                self.spans.extend(span.name for scope in resource.scope_spans for span in scope.spans)
            return
        for measured in ExportMetricsServiceRequest.FromString(body).resource_metrics:
            for scope in measured.scope_metrics:
                for metric in scope.metrics:
                    points = metric.histogram.data_points or metric.gauge.data_points or metric.sum.data_points
                    self.metrics[metric.name] = [
                        {pair.key: pair.value.string_value for pair in point.attributes} for point in points
                    ]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                collector.take(self.path, body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: object) -> None:
                """Tests have their own output."""

        return Handler


@pytest.fixture
def collector() -> Iterator[Collector]:
    made = Collector()
    yield made
    made.close()


async def test_calls_queues_and_the_pool_are_reported(
    collector: Collector,
    probe_database: ServiceDatabase,
    nats_server: NatsServer,
    issuer: Issuer,
    tmp_path: Path,
) -> None:
    environment = {
        **environment_of(probe_database, nats_server, issuer),
        "CIVIC_TRACES": "otlp",
        "CIVIC_TRACE_SAMPLE": "1",
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url,
        "OTEL_METRIC_EXPORT_INTERVAL": "300",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
    }
    declare = await asyncio.create_subprocess_exec(*COMMAND, "streams", env=environment, cwd=ROOT)
    assert await declare.wait() == 0
    process = Running(tmp_path, environment, issuer)
    process.start()
    await eventually(process.serving)
    await process.call("CreateProbe", "measured")

    async def complete() -> bool:
        return len(NAMES - collector.metrics.keys()) == 0

    try:
        await eventually(complete)
    finally:
        process.child.stop()
        await process.channel.close()
    assert collector.metrics["rpc.server.call.duration"] == [
        {
            "rpc.system.name": "grpc",
            "rpc.method": "civic.probe.v1.ProbeService/CreateProbe",
            "rpc.response.status_code": "OK",
        }
    ]
    assert collector.metrics["civic.consumer.lag"] == [{"consumer": "probe-hear"}]
    assert "civic.probe.v1.ProbeService/CreateProbe" in collector.spans
