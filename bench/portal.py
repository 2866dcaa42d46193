"""A portal of its own for the benchmark, with the limits beside it."""

import asyncio
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import psutil
from civic_devstack.ports import free_port
from civic_devstack.settings import StackSettings
from civic_devstack.stack import Stack

from bench.processes import Group

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / ".civic" / "bench"
UNLIMITED = "1000000000"
PEOPLE = ("anna", "bora", "clara")
STAFF = "meyer"


@dataclass(frozen=True, slots=True)
class Portal:
    """Ports, processes and tokens. `uncached` is a gateway like the first, without its cache."""

    stack: Stack
    gateway: int
    uncached: int
    plain: int
    limit: int
    groups: dict[str, Group]
    seconds_to_ready: float

    async def tokens(self) -> list[str]:
        """Fresh access tokens of citizens."""
        return [await self.stack.token(name) for name in PEOPLE]

    def api(self, token: str) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{self.gateway}/api/v1", headers={"Authorization": f"Bearer {token}"}
        )


@asynccontextmanager
async def portal() -> AsyncIterator[Portal]:
    """Starts everything; the data folder stays for the next run, so only the first one loads contributions."""
    settings = StackSettings.isolated(
        DATA,
        trace_sample=0.1,  # what a state runs with
        log_level="warning",
        extra={
            "CIVIC_WRITES_PER_MINUTE_PERSON": UNLIMITED,
            "CIVIC_WRITES_PER_MINUTE_CLIENT": UNLIMITED,
            "CIVIC_READS_PER_MINUTE_CLIENT": UNLIMITED,
            "CIVIC_UPLOADS_PER_DAY_PERSON": UNLIMITED,
        },
    )
    began = time.monotonic()
    started: list[subprocess.Popen[bytes]] = []
    async with Stack(settings) as stack:
        ready = time.monotonic() - began
        try:
            uncached, plain, service, limit = (free_port() for _ in range(4))
            environment = stack.addresses.gateway_environment(uncached) | {"CIVIC_CACHE_BYTES": "0"}
            bare = start("civic_gateway", environment=environment)
            limits = [
                start("bench.limits", "plain", str(plain)),
                start("bench.limits", "service", str(service)),
                start("bench.limits", "http", str(limit), f"127.0.0.1:{service}"),
            ]
            started += [bare, *limits]
            for port in (uncached, plain, service, limit):
                await answers(port)
            parts = ("postgres", "nats", "discussion", "catalog", "notification", "gateway")
            groups = {name: Group(name, (stack.pid(name),)) for name in parts}
            groups["uncached gateway"] = Group("uncached gateway", (bare.pid,))
            for name, process in zip(("plain", "limit service", "limit http"), limits, strict=True):
                groups[name] = Group(name, (process.pid,))
            yield Portal(stack, stack.addresses.settings.port, uncached, plain, limit, groups, ready)
        finally:
            for process in started:
                process.terminate()
            for process in started:
                process.wait()


def start(module: str, *arguments: str, environment: dict[str, str] | None = None) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", module, *arguments], cwd=ROOT, env=os.environ | (environment or {}))


async def answers(port: int) -> None:
    """Waits until somebody listens; the port was free before, so it is ours."""
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        await asyncio.sleep(0.05)
    raise SystemExit(f"nothing listens on port {port}")


def memory(stack: Stack) -> dict[str, int]:
    """Proportional set size of each part of the stack, in octets."""
    found = {}
    for item in stack.progress:
        if item.pid is not None and psutil.pid_exists(item.pid):
            found[item.part.name] = Group(item.part.name, (item.pid,)).memory_octets()
    return found
