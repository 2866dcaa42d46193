"""What the tests of relay and consumers do again and again."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Any

from civic_chassis.db import Database
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.nats import Connection
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

from tests.chassis.probe import call_at, happened


async def write(database: Database, clock: FrozenClock, *aggregates: object, payload: bytes = b"") -> None:
    """One unit of work with an event for each aggregate."""
    async with database.unit_of_work(call_at(clock.now())) as work:
        for aggregate in aggregates:
            work.stage(happened(aggregate, payload=payload))


async def outbox_size(database: Database) -> int:
    return int(await database.pool.fetchval("SELECT count(*) FROM outbox"))


async def published(connection: Connection) -> list[Any]:
    """Every message of the stream, oldest first."""
    info = await connection.jetstream.stream_info("PROBE")
    if not info.state.messages:
        return []
    config = ConsumerConfig(deliver_policy=DeliverPolicy.ALL, ack_policy=AckPolicy.NONE)
    source = await connection.jetstream.pull_subscribe("civic.probe.>", stream="PROBE", config=config)
    found: list[Any] = []
    while len(found) < info.state.messages:
        found += await source.fetch(min(500, info.state.messages - len(found)), timeout=10)
    await source.unsubscribe()
    return found


async def aggregates(connection: Connection) -> list[str]:
    return [message.headers["civic-aggregate"] for message in await published(connection)]


@asynccontextmanager
async def running(*loops: Awaitable[None]) -> AsyncIterator[None]:
    tasks = [asyncio.ensure_future(loop) for loop in loops]
    try:
        yield
        for task in tasks:
            assert not task.done(), task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
