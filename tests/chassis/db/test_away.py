"""A database that is away: what callers are told, and that it needs no restart afterwards."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from civic_chassis.db import Database
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id
from civic_chassis.testing.postgres import Postgres

from tests.chassis.probe import ADD, SCHEMA, TEXTS, call_at


@pytest.fixture
async def server() -> AsyncIterator[Postgres]:
    """A server that the test may stop."""
    made = Postgres(durable=True)
    made.start()
    yield made
    made.remove()


@pytest.fixture
async def database(server: Postgres, clock: FrozenClock) -> AsyncIterator[Database]:
    made = await Database.connect((await server.database(SCHEMA, "own")).app_url, clock=clock)
    yield made
    made.pool.terminate()


async def add(database: Database, clock: FrozenClock, text: str) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": text})


async def texts(database: Database, clock: FrozenClock) -> list[str]:
    async with database.read(call_at(clock.now())) as work:
        return [row["text"] for row in await work.rows(TEXTS)]


async def test_it_says_unavailable_and_recovers(server: Postgres, database: Database, clock: FrozenClock) -> None:
    await asyncio.gather(*(add(database, clock, "before") for _ in range(20)))
    server.stop()
    for step in (add(database, clock, "lost"), texts(database, clock), database.ping()):
        with pytest.raises(DomainError) as refused:
            await step
        assert (refused.value.kind, refused.value.reason) == (Kind.UNAVAILABLE, "UNAVAILABLE")
    server.start()
    await asyncio.gather(*(add(database, clock, "after") for _ in range(20)))
    assert sorted(await texts(database, clock)) == ["after"] * 20 + ["before"] * 20
    await database.ping()


async def test_a_stop_during_a_transaction(server: Postgres, database: Database, clock: FrozenClock) -> None:
    with pytest.raises(DomainError) as refused:
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": "lost"})
            server.stop()
            await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": "lost"})
    assert refused.value.kind is Kind.UNAVAILABLE
    server.start()
    assert await texts(database, clock) == []


async def test_a_connection_that_breaks_before_the_commit(
    server: Postgres, database: Database, clock: FrozenClock
) -> None:
    superuser = await server.superuser()
    with pytest.raises(DomainError) as refused:
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": "lost"})
            await superuser.execute("SELECT pg_terminate_backend($1, 5000)", work.connection.get_server_pid())
    assert refused.value.kind is Kind.UNAVAILABLE
    await superuser.close()
    assert await texts(database, clock) == []


async def test_connections_that_died_while_idle_are_replaced(
    server: Postgres, database: Database, clock: FrozenClock
) -> None:
    await asyncio.gather(*(add(database, clock, "before") for _ in range(20)))
    superuser = await server.superuser()
    await superuser.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'probe_app'")
    await superuser.close()
    await asyncio.gather(*(add(database, clock, "after") for _ in range(20)))
    assert sorted(await texts(database, clock)) == ["after"] * 20 + ["before"] * 20


async def test_it_may_come_up_later(server: Postgres, clock: FrozenClock) -> None:
    where = await server.database(SCHEMA, "later")
    server.stop()
    database = await Database.connect(where.app_url, clock=clock)
    with pytest.raises(DomainError) as refused:
        await add(database, clock, "lost")
    assert refused.value.kind is Kind.UNAVAILABLE
    server.start()
    await add(database, clock, "after")
    assert await texts(database, clock) == ["after"]
    await database.close()


async def test_a_statement_that_takes_too_long(database: Database, clock: FrozenClock) -> None:
    from civic_chassis.db import Statement

    with pytest.raises(DomainError) as refused:
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.connection.execute("SET LOCAL statement_timeout = '50ms'")
            await work.value(Statement("SELECT pg_sleep(30)::text", ()))
    assert (refused.value.kind, refused.value.reason) == (Kind.DEADLINE, "DEADLINE_EXCEEDED")


async def test_a_cancelled_call_gives_its_connection_back(database: Database, clock: FrozenClock) -> None:
    from civic_chassis.db import Statement

    async def sleep() -> None:
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": "lost"})
            await work.value(Statement("SELECT pg_sleep(30)::text", ()))

    for _ in range(3):
        tasks = [asyncio.create_task(sleep()) for _ in range(16)]
        await asyncio.sleep(0.3)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    await add(database, clock, "after")
    assert await texts(database, clock) == ["after"]


async def test_more_calls_than_connections_wait_their_turn(database: Database, clock: FrozenClock) -> None:
    await asyncio.gather(*(add(database, clock, "x") for _ in range(200)))
    assert len(await texts(database, clock)) == 200
    assert database.pool.get_size() == 16
