"""A timer that one process sets and another one runs, without a poll between them."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import timedelta
from functools import partial

import pytest
from civic_chassis import service
from civic_chassis.db.timers import Timers
from civic_chassis.kernel.clock import SystemClock
from civic_chassis.service import Parts, Process, Role
from civic_chassis.settings import ServiceSettings
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import ServiceDatabase
from civic_chassis.testing.waiting import eventually

from tests.chassis.probe import TEXTS, call_at
from tests.chassis.service.noted import SERVICE

Start = Callable[[Role], Awaitable[Parts]]


@pytest.fixture
async def start(probe_database: ServiceDatabase, nats_server: NatsServer) -> AsyncIterator[Start]:
    """`await start(Role.API)`: a process with that role alone, on a pool and a connection of its own."""
    settings = ServiceSettings(
        state="hessen",
        database_url=probe_database.app_url,
        nats_url=nats_server.url,
        oidc_issuer="http://localhost/realms/hessen",
        listen="127.0.0.1:0",
    )
    async with AsyncExitStack() as stack:

        async def make(role: Role) -> Parts:
            parts = await stack.enter_async_context(service.open_parts(SERVICE, settings, SystemClock()))
            await parts.nats.ready()
            process = Process(SERVICE, parts, roles=frozenset({role}))
            await process.start()
            stack.push_async_callback(process.stop)
            return parts

        yield make


async def test_a_timer_set_by_another_process_is_noticed(start: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    # Without the nudge it would be an hour.
    monkeypatch.setattr(service, "Timers", partial(Timers, poll_seconds=3600))
    worker = await start(Role.TIMERS)
    api = await start(Role.API)

    async def set_and_look(key: str) -> bool:
        call = call_at(api.clock.now())
        async with api.database.unit_of_work(call) as work:
            work.set_timer("remind", key, call.received_at - timedelta(seconds=1))
        return f"reminded {key}" in await notes(worker)

    # The first ones may be set before the worker listens.
    await eventually(partial(set_and_look, "first"))
    async with api.database.unit_of_work(call_at(api.clock.now())) as work:
        work.set_timer("remind", "second", api.clock.now() + timedelta(seconds=0.2))

    async def reminded() -> bool:
        return "reminded second" in await notes(worker)

    await eventually(reminded)


async def notes(parts: Parts) -> list[str]:
    async with parts.database.read(call_at(parts.clock.now())) as work:
        return [row["text"] for row in await work.rows(TEXTS)]
