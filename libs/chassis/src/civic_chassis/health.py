"""Health over gRPC: alive while the process runs, ready while the parts that it needs answer."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

# A check returns when its part answers, and raises when it does not.
Check = Callable[[], Awaitable[None]]

# Names that a probe may ask for beside "", which stands for readiness as gRPC clients expect it.
LIVENESS = "liveness"
READINESS = "readiness"

_INTERVAL_SECONDS = 2.0
_AWAY_SECONDS = 0.25
_CHECK_SECONDS = 2.0
_log = logging.getLogger(__name__)


class Health:
    """The health service and what it reports. `servicer` is to be added to a server.

    The process is ready while all parts in `needed` answer. Others are told by their own name alone: a process that
    can go on without a part must not be taken out of service with it.
    """

    def __init__(self, checks: Mapping[str, Check], *, needed: Collection[str]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._checks = checks
        self._needed = frozenset(needed)
        self._away: frozenset[str] | None = None

    async def begin(self) -> None:
        """Reports alive and not ready, before the server starts: gRPC's own service would say ready."""
        await self.servicer.set(LIVENESS, health_pb2.HealthCheckResponse.SERVING)
        await self._report(frozenset(self._checks))

    async def watch(self) -> None:
        """Checks all parts every two seconds, and more often while one is away, until cancelled."""
        while True:
            away = await self.refresh()
            await asyncio.sleep(_AWAY_SECONDS if away else _INTERVAL_SECONDS)

    async def refresh(self) -> frozenset[str]:
        """Checks all parts once. Returns the names of those that are away."""
        names = list(self._checks)
        answers = await asyncio.gather(*(_answers(self._checks[name]) for name in names))
        away = frozenset(name for name, answer in zip(names, answers, strict=True) if not answer)
        if away != self._away:
            if away:
                _log.warning("parts are away", extra={"away": sorted(away)})
            elif self._away:
                _log.info("all parts are back")
            await self._report(away)
            self._away = away
        return away

    async def not_ready(self) -> None:
        """Reports NOT_SERVING from now on, before a drain."""
        await self.servicer.enter_graceful_shutdown()

    async def _report(self, away: frozenset[str]) -> None:
        ready = away.isdisjoint(self._needed)
        states = {"": ready, READINESS: ready} | {name: name not in away for name in self._checks}
        for name, serving in states.items():
            answer = health_pb2.HealthCheckResponse
            await self.servicer.set(name, answer.SERVING if serving else answer.NOT_SERVING)


def health_server(health: Health, listen: str) -> grpc.aio.Server:
    """A server for probes alone, for processes without an API."""
    server = grpc.aio.server()
    health_pb2_grpc.add_HealthServicer_to_server(health.servicer, server)
    server.add_insecure_port(listen)
    return server


async def _answers(check: Check) -> bool:
    try:
        async with asyncio.timeout(_CHECK_SECONDS):
            await check()
    except Exception:  # noqa: BLE001 - whatever a part raises, it does not answer
        return False
    return True
