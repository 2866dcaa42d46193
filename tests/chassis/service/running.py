"""The small service as a process, and how a test calls it."""

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import grpc
from civic_chassis.grpc import client
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.testing.issuer import Issuer
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import ServiceDatabase
from civic_chassis.testing.processes import Child, free_port
from grpc_health.v1 import health_pb2, health_pb2_grpc

from tests.chassis.probe.contract import SERVICE, Probe, message

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "tests.chassis.service.noted"]


class Running:
    """The service as a process, and calls to it as anna in lindental."""

    def __init__(self, folder: Path, environment: Mapping[str, str], issuer: Issuer, *roles: str) -> None:
        self.port = free_port()
        self.log = folder / f"{self.port}.log"
        listen = {"CIVIC_LISTEN": f"127.0.0.1:{self.port}"}
        command = [*COMMAND, "serve", *(("--roles", ",".join(roles)) if roles else ())]
        self.child = Child(command, log=self.log, env={**environment, **listen})
        self.token = issuer.issue("anna", clock=SystemClock())
        self.channel = client.channel(f"127.0.0.1:{self.port}")

    def start(self) -> None:
        self.child.start(lambda: self.log.exists() and '"started"' in self.log.read_text(), seconds=60)

    async def call(self, method: str, text: str = "", *, timeout: float = 20.0) -> str:  # noqa: ASYNC109
        request = message(f"{method}Request")
        stub = self.channel.unary_unary(
            f"/{SERVICE}/{method}", request_serializer=request.SerializeToString, response_deserializer=Probe.FromString
        )
        answer = await client.call(stub, request(text=text), tenant="lindental", token=self.token, timeout=timeout)
        return str(answer.text)

    async def notes(self) -> list[str]:
        return (await self.call("GetProbe")).splitlines()

    async def serving(self, name: str = "") -> bool:
        stub = health_pb2_grpc.HealthStub(self.channel)
        try:
            answer = await stub.Check(health_pb2.HealthCheckRequest(service=name), timeout=5)
        except grpc.aio.AioRpcError:
            return False
        return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


def environment_of(database: ServiceDatabase, nats: NatsServer, issuer: Issuer) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("CIVIC_", "OTEL_"))},
        "PYTHONPATH": str(ROOT),
        "CIVIC_STATE": "hessen",
        "CIVIC_DATABASE_URL": database.app_url,
        "CIVIC_OWNER_DATABASE_URL": database.owner_url,
        "CIVIC_NATS_URL": nats.url,
        "CIVIC_OIDC_ISSUER": issuer.url,
        "CIVIC_DRAIN_SECONDS": "5",
    }
