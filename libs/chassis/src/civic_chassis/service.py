"""A service as a process: its roles, its parts, its start and its end."""

import argparse
import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

import grpc
import httpx

from civic_chassis import garbage, gauges
from civic_chassis.auth.tokens import TokenVerifier
from civic_chassis.db import housekeeping
from civic_chassis.db.engine import Database
from civic_chassis.db.migrations import Schema
from civic_chassis.db.relay import Relay
from civic_chassis.db.timers import Handler as TimerHandler
from civic_chassis.db.timers import Timers
from civic_chassis.files import Files
from civic_chassis.grpc.server import Server, Servicer
from civic_chassis.health import Health, health_server
from civic_chassis.kernel.clock import Clock, SystemClock
from civic_chassis.nats.connection import Connection
from civic_chassis.nats.consumer import Consumer, Subscription
from civic_chassis.nats.nudges import Nudges
from civic_chassis.nats.outbox import OutboxPublisher
from civic_chassis.nats.streams import Stream
from civic_chassis.settings import ServiceSettings
from civic_chassis.telemetry import set_up
from civic_chassis.trust import trusted

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.5
_LONGEST_PAUSE = 30.0
_CANCEL_SECONDS = 0.5


class Role(StrEnum):
    """What a process of a service does; one process may have several."""

    API = "api"
    CONSUMER = "consumer"
    RELAY = "relay"
    TIMERS = "timers"


ALL_ROLES = frozenset(Role)
Loop = tuple[str, Callable[[], Awaitable[None]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What a service builds on. `files` is None where no object store is set."""

    settings: ServiceSettings
    clock: Clock
    database: Database
    nats: Connection
    files: Files | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command of a service's own. `arguments` declares what it takes."""

    name: str
    help: str
    run: Callable[[Parts, argparse.Namespace], Awaitable[None]]
    arguments: Callable[[argparse.ArgumentParser], object] = lambda _: None


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What a service is made of. Its name is also that of its database and its outbox.

    `database_settings` are PostgreSQL's, for the connections of its pool.
    """

    name: str
    schema: Schema
    servicers: Callable[[Parts], Sequence[Servicer]]
    subscriptions: Callable[[Parts], Sequence[Subscription]] = lambda _: ()
    timers: Callable[[Parts], Mapping[str, TimerHandler]] = lambda _: {}
    # Work that goes on by itself, in processes with the role timers; each loop waits for what is away.
    loops: Callable[[Parts], Sequence[Loop]] = lambda _: ()
    streams: Sequence[Stream] = ()
    commands: Sequence[Command] = ()
    settings: type[ServiceSettings] = ServiceSettings
    database_settings: Mapping[str, str] = field(default_factory=dict)


@asynccontextmanager
async def open_parts(service: Service, settings: ServiceSettings, clock: Clock | None = None) -> AsyncIterator[Parts]:
    """The parts, closed at the end. Neither database nor NATS has to be there yet."""
    clock = clock or SystemClock()
    database = await Database.connect(
        settings.database_url,
        clock=clock,
        pool_size=settings.database_pool_size,
        name=service.name,
        settings=service.database_settings,
    )
    nats = Connection.open(settings.nats_url, name=service.name)
    try:
        files = Files.open(settings.files_url) if settings.files_url else None
        yield Parts(settings=settings, clock=clock, database=database, nats=nats, files=files)
    finally:
        await nats.close()
        try:
            async with asyncio.timeout(5.0):
                await database.close()
        except TimeoutError:
            database.pool.terminate()


class Process:
    """A running service in this event loop. `port` is the one that the API listens on."""

    def __init__(self, service: Service, parts: Parts, *, roles: frozenset[Role] = ALL_ROLES) -> None:
        self._service = service
        self._parts = parts
        self._roles = roles
        self._tasks: list[asyncio.Task[None]] = []
        self._nudges: set[asyncio.Task[None]] = set()
        self._http = httpx.AsyncClient(timeout=5.0, verify=trusted())
        # An API goes on while NATS is away: what it writes waits in the outbox.
        needed = {"database"} if Role.API in roles else {"database", "nats"}
        self._health = Health({"database": parts.database.ping, "nats": self._check_nats}, needed=needed)
        self._server: Server | None = None
        self._health_server: grpc.aio.Server | None = None

    @property
    def port(self) -> int:
        return self._server.port if self._server is not None else 0

    async def start(self) -> None:
        """Raises AccessError for a contract that leaves access open, RuntimeError for an address in use."""
        settings = self._parts.settings
        await self._health.begin()
        if Role.API in self._roles:
            self._server = self._make_server()
            await self._server.start()
        if settings.health_listen is not None:
            self._health_server = health_server(self._health, settings.health_listen)
            await self._health_server.start()
        for name, loop in self._loops():
            self._tasks.append(asyncio.create_task(_keep_running(name, loop), name=name))
        _log.info("started", extra={"roles": sorted(self._roles), "port": self.port})

    async def stop(self) -> None:
        """Takes no more work and lets what runs end."""
        await self._health.not_ready()
        if self._server is not None:
            await self._server.stop(grace=self._parts.settings.drain_seconds)
        await end(self._tasks)
        if self._health_server is not None:
            await self._health_server.stop(0)
        await self._http.aclose()
        _log.info("stopped")

    def _make_server(self) -> Server:
        settings = self._parts.settings
        verifier = TokenVerifier(
            issuer=settings.oidc_issuer,
            audience=settings.oidc_audience,
            internal_url=settings.oidc_internal_url,
            http=self._http,
            clock=self._parts.clock,
        )
        return Server(
            self._service.servicers(self._parts),
            verifier=verifier,
            clock=self._parts.clock,
            listen=settings.listen,
            health=self._health.servicer,
            max_seconds=settings.call_timeout_seconds,
            max_concurrent=settings.max_concurrent_calls,
        )

    def _loops(self) -> list[Loop]:
        parts = self._parts
        subscriptions = self._service.subscriptions(parts) if Role.CONSUMER in self._roles else ()
        reports_outbox = Role.RELAY in self._roles
        loops: list[Loop] = [("health", self._health.watch), *self._relay_loops(), *self._timer_loops()]
        for subscription in subscriptions:
            consumer = Consumer(parts.database, parts.nats, subscription)
            loops.append((f"consumer {subscription.durable}", consumer.run))
        if parts.settings.otlp_endpoint:
            report = partial(gauges.report, parts.database, parts.nats, subscriptions, outbox=reports_outbox)
            loops.append(("gauges", report))
        return loops

    def _relay_loops(self) -> list[Loop]:
        parts = self._parts
        nudges = Nudges(parts.nats, self._service.name, "relay")
        nudge = partial(self._nudge, nudges)
        if Role.RELAY not in self._roles:
            parts.database.outbox_written.append(nudge)
            return []
        relay = Relay(parts.database, OutboxPublisher(parts.nats).publish, nudge=nudge)
        return [("relay", relay.run), ("relay nudges", partial(nudges.listen, relay.wake))]

    def _timer_loops(self) -> list[Loop]:
        parts = self._parts
        nudges = Nudges(parts.nats, self._service.name, "timers")
        if Role.TIMERS not in self._roles:
            parts.database.timers_changed.append(partial(self._nudge, nudges))
            return []
        loops: list[Loop] = [("housekeeping", partial(housekeeping.run, parts.database))]
        if handlers := self._service.timers(parts):
            timers = Timers(parts.database, handlers)
            loops += [("timers", timers.run), ("timer nudges", partial(nudges.listen, timers.wake))]
        return [*loops, *self._service.loops(parts)]

    def _nudge(self, nudges: Nudges) -> None:
        if not self._parts.nats.is_connected:
            return
        task = asyncio.ensure_future(nudges.send())
        self._nudges.add(task)
        task.add_done_callback(self._nudges.discard)

    async def _check_nats(self) -> None:
        if not self._parts.nats.is_connected:
            raise ConnectionError("nats is away")


async def run(service: Service, settings: ServiceSettings, *, roles: frozenset[Role] = ALL_ROLES) -> None:
    """Runs the service until SIGTERM or SIGINT, then drains."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    telemetry = set_up(service.name, settings)
    try:
        async with open_parts(service, settings) as parts:
            process = Process(service, parts, roles=roles)
            await process.start()
            garbage.settle()
            await stopping.wait()
            await process.stop()
    finally:
        await asyncio.to_thread(telemetry.shut_down)


async def end(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancels the tasks and waits for their end, whatever that is."""
    running = set(tasks)
    while running:
        # More than once: a library may swallow a cancellation that meets the answer it waits for.
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_CANCEL_SECONDS)


async def _keep_running(name: str, step: Callable[[], Awaitable[None]]) -> None:
    """Starts a loop again, ever later, where a fault of ours ends it: the other roles go on."""
    pause = _FIRST_PAUSE
    while True:
        try:
            await step()
            return
        except Exception as error:  # noqa: BLE001 - the loop of loops
            _log.error("%s ended", name, exc_info=error)
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
