"""A gateway on a real port, in front of scripted services, a real NATS server and signed tokens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio
import uvicorn
from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.grpc.server import Server
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.testing.issuer import AUDIENCE, Issuer
from civic_chassis.testing.nats import NatsServer
from civic_chassis.trust import trusted
from civic_gateway.main import Gateway, create_gateway
from civic_gateway.settings import Settings

from tests.gateway import scripted


@dataclass(frozen=True, slots=True)
class Running:
    """A gateway that runs: `http` speaks to it, `script` answers for the services."""

    gateway: Gateway
    http: httpx.AsyncClient
    script: scripted.Script
    host: str
    port: int
    token: Callable[..., str]


Run = Callable[..., Awaitable[Running]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def services(issuer: Issuer) -> AsyncIterator[tuple[scripted.Script, str]]:
    """The script and the gRPC target of the scripted services."""
    script = scripted.Script()
    async with httpx.AsyncClient(verify=trusted()) as http:
        clock = SystemClock()
        verifier = TokenVerifier(issuer=issuer.url, audience=AUDIENCE, http=http, clock=clock, jwks_url=issuer.jwks_url)
        server = Server(script.servicers(), verifier=verifier, clock=clock, listen="127.0.0.1:0")
        await server.start()
        yield script, f"127.0.0.1:{server.port}"
        await server.stop(grace=1)


@pytest_asyncio.fixture(loop_scope="session")
async def run(services: tuple[scripted.Script, str], issuer: Issuer, nats_server: NatsServer) -> AsyncIterator[Run]:
    """`await run(max_body_bytes=2000)`: a gateway with settings of its own."""
    script, target = services
    script.reset()

    def token(name: str = "anna", *roles: str, **claims: Any) -> str:
        groups = [f"/tenants/{role}" for role in roles]
        return issuer.issue(name, clock=SystemClock(), groups=groups, **claims)

    async with AsyncExitStack() as stack:

        async def start(**changes: Any) -> Running:
            values = {
                "state": "hessen",
                "public_url": "http://localhost:8080",
                "tenant_target": target,
                "discussion_target": target,
                "notification_target": target,
                "catalog_target": target,
                "nats_url": nats_server.url,
                "files_url": "memory:///",
                "oidc_issuer": issuer.url,
                "oidc_client_secret": "secret",
                "session_secret": "a secret that is long enough for a test",
            } | changes
            gateway = create_gateway(Settings(**values))
            server = uvicorn.Server(
                uvicorn.Config(
                    gateway.asgi,
                    host="127.0.0.1",
                    port=0,
                    log_config=None,
                    lifespan="on",
                    http="httptools",
                    server_header=False,
                    proxy_headers=False,
                )
            )
            serving = asyncio.create_task(_serve(server))

            async def stop() -> None:
                server.should_exit = True
                await serving

            stack.push_async_callback(stop)
            await scripted.eventually(lambda: server.started)
            port = server.servers[0].sockets[0].getsockname()[1]
            http = await stack.enter_async_context(
                httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", timeout=20, verify=trusted())
            )
            if values["nats_url"] == nats_server.url:
                await scripted.eventually(lambda: gateway.cache.connected)
            return Running(gateway, http, script, "127.0.0.1", port, token)

        yield start


async def _serve(server: uvicorn.Server) -> None:
    # Without the signal handlers of `serve`, which belong to the test runner.
    await server._serve()


@pytest_asyncio.fixture(loop_scope="session")
async def gateway(run: Run) -> Running:
    """A gateway with the usual settings."""
    return await run()
