"""The relay: everything that commits is published, in order, and once."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from civic_chassis.db import Database
from civic_chassis.db.relay import OutboxRow, Relay, backlog
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.nats import Connection
from civic_chassis.nats.envelope import Envelope
from civic_chassis.nats.nudges import Nudges
from civic_chassis.nats.outbox import OutboxPublisher
from civic_chassis.nats.streams import apply
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import Postgres, ServiceDatabase
from civic_chassis.testing.waiting import eventually

from tests.chassis.nats.conftest import STREAM
from tests.chassis.nats.support import aggregates, outbox_size, published, running, write
from tests.chassis.probe import call_at, happened


@pytest.fixture
def publisher(connection: Connection) -> OutboxPublisher:
    return OutboxPublisher(connection)


def empty(database: Database) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return await outbox_size(database) == 0

    return check


async def test_events_are_published_with_their_headers(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    await write(database, clock, "a", payload=b"\x00\x01")
    row = await database.pool.fetchrow("SELECT event_id FROM outbox")
    async with running(Relay(database, publisher.publish).run()):
        await eventually(empty(database))
    [message] = await published(connection)
    envelope = Envelope.read(message)
    assert message.subject == "civic.probe.note.created.v1.lindental"
    assert message.headers["civic-type"] == "civic.probe.note.created.v1"
    assert (envelope.event_id, envelope.tenant) == (row["event_id"], "lindental")
    assert (envelope.aggregate_id, envelope.occurred_at) == ("a", clock.now())
    assert (envelope.payload, envelope.traceparent) == (b"\x00\x01", None)


async def test_a_key_stands_in_the_subject_and_not_in_the_type(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.stage(replace(happened("a"), key="a-1"))
    async with running(Relay(database, publisher.publish).run()):
        await eventually(empty(database))
    [message] = await published(connection)
    envelope = Envelope.read(message)
    assert message.subject == envelope.subject == "civic.probe.note.created.v1.a-1.lindental"
    assert message.headers["civic-type"] == envelope.type == "civic.probe.note.created.v1"
    assert (envelope.key, envelope.tenant) == ("a-1", "lindental")


async def test_order_is_kept_under_load(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    async def writer(aggregate: int) -> None:
        for number in range(40):
            await write(database, clock, aggregate, payload=str(number).encode())

    async with running(Relay(database, publisher.publish).run()):
        await asyncio.gather(*(writer(aggregate) for aggregate in range(16)))
        await eventually(empty(database))
    seen: dict[str, list[int]] = {}
    for message in await published(connection):
        seen.setdefault(message.headers["civic-aggregate"], []).append(int(message.data))
    assert seen == {str(aggregate): list(range(40)) for aggregate in range(16)}


async def test_more_than_a_batch(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    await write(database, clock, *range(1_234))
    async with running(Relay(database, publisher.publish).run()):
        await eventually(empty(database))
    assert await aggregates(connection) == [str(number) for number in range(1_234)]


async def test_killed_between_ack_and_delete_it_publishes_nothing_twice(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    acked = asyncio.Event()

    async def publish_then_hang(rows: Sequence[OutboxRow]) -> int:
        await publisher.publish(rows)
        acked.set()
        await asyncio.Event().wait()
        raise AssertionError

    await write(database, clock, "a", "b")
    async with running(Relay(database, publish_then_hang).run()):
        await acked.wait()
    assert await outbox_size(database) == 2
    await write(database, clock, "c")
    async with running(Relay(database, publisher.publish).run()):
        await eventually(empty(database))
    assert await aggregates(connection) == ["a", "b", "c"]


async def test_one_of_many_leads_and_another_takes_over(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    relays = [Relay(database, publisher.publish) for _ in range(3)]
    tasks = [asyncio.create_task(relay.run()) for relay in relays]

    async def leader() -> bool:
        return sum(relay.leading for relay in relays) == 1

    try:
        await eventually(leader)
        first = next(number for number, relay in enumerate(relays) if relay.leading)
        await write(database, clock, "a")
        await eventually(empty(database))
        tasks[first].cancel()
        await asyncio.gather(tasks[first], return_exceptions=True)
        await eventually(leader)
        assert not relays[first].leading
        await write(database, clock, "b")
        await eventually(empty(database))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    assert await aggregates(connection) == ["a", "b"]


async def test_a_commit_in_another_process_wakes_the_leader(
    database: Database,
    probe_database: ServiceDatabase,
    clock: FrozenClock,
    connection: Connection,
    publisher: OutboxPublisher,
) -> None:
    elsewhere = await Database.connect(probe_database.app_url, clock=clock)
    nudges = Nudges(connection, "probe", "relay")
    sent: set[asyncio.Task[None]] = set()
    # Without the nudge it would be an hour.
    leader = Relay(database, publisher.publish, poll_seconds=3600)
    follower = Relay(elsewhere, publisher.publish, nudge=lambda: sent.add(asyncio.create_task(nudges.send())))

    async def leads() -> bool:
        return leader.leading

    async with running(leader.run()):
        await nudges.listen(leader.wake)
        await eventually(leads)
        async with running(follower.run()):
            await write(elsewhere, clock, "warm")
            await eventually(empty(database))
            await asyncio.sleep(0.3)
            await write(elsewhere, clock, "a")
            await eventually(empty(database))
    await elsewhere.close()
    assert await aggregates(connection) == ["warm", "a"]


async def test_a_transaction_that_commits_late_is_not_lost(
    database: Database, clock: FrozenClock, connection: Connection, publisher: OutboxPublisher
) -> None:
    """Its id was drawn before that of an event which is published and deleted while it runs on."""
    late = (
        "INSERT INTO outbox (event_id, subject, aggregate_id, occurred_at, payload)"
        " VALUES (uuidv7(), 'civic.probe.note.created.v1.lindental', 'late', now(), '')"
    )
    async with running(Relay(database, publisher.publish).run()):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.connection.execute(late)
            await write(database, clock, "early")
            await eventually(empty(database))
        await eventually(empty(database))

        async def both() -> bool:
            return len(await aggregates(connection)) == 2

        await eventually(both)
    assert await aggregates(connection) == ["early", "late"]


async def test_a_refused_event_holds_back_what_follows(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    """Order before progress: an event without a stream waits until there is one."""
    await connection.jetstream.delete_stream("PROBE")
    publisher = OutboxPublisher(connection)
    await write(database, clock, "a", "b")
    async with running(Relay(database, publisher.publish, pause_seconds=0.05).run()):
        await asyncio.sleep(0.5)
        assert await outbox_size(database) == 2
        await apply(connection.jetstream, [STREAM])
        await eventually(empty(database))
    assert await aggregates(connection) == ["a", "b"]


async def test_the_backlog_tells_its_age(database: Database, clock: FrozenClock) -> None:
    assert await backlog(database) == (0, None)
    since = clock.now()
    await write(database, clock, "a")
    clock.advance(timedelta(minutes=5))
    await write(database, clock, "b")
    assert await backlog(database) == (2, since)


@pytest.fixture
async def own_nats() -> AsyncIterator[NatsServer]:
    """A server that the test may stop."""
    server = NatsServer()
    server.start()
    yield server
    server.remove()


async def test_nats_away_and_back(database: Database, clock: FrozenClock, own_nats: NatsServer) -> None:
    connection = Connection.open(own_nats.url, name="test")
    await connection.ready()
    await apply(connection.jetstream, [STREAM])
    publisher = OutboxPublisher(connection)
    async with running(Relay(database, publisher.publish, pause_seconds=0.05).run()):
        await write(database, clock, *range(10))
        await eventually(empty(database))
        own_nats.child.kill()
        for number in range(10, 60):
            await write(database, clock, number)
        assert await outbox_size(database) == 50
        own_nats.start()
        await eventually(empty(database))
    assert await aggregates(connection) == [str(number) for number in range(60)]
    await connection.close()


async def test_nats_may_come_up_later(database: Database, clock: FrozenClock, own_nats: NatsServer) -> None:
    own_nats.stop()
    connection = Connection.open(own_nats.url, name="test")
    publisher = OutboxPublisher(connection)
    async with running(Relay(database, publisher.publish, pause_seconds=0.05).run()):
        await write(database, clock, "a")
        await asyncio.sleep(0.5)
        own_nats.start()
        await connection.ready()
        await apply(connection.jetstream, [STREAM])
        await eventually(empty(database))
    assert await aggregates(connection) == ["a"]
    await connection.close()


async def test_postgres_away_and_back(connection: Connection, clock: FrozenClock) -> None:
    from tests.chassis.probe import SCHEMA

    server = Postgres(durable=True)
    server.start()
    try:
        database = await Database.connect((await server.database(SCHEMA, "own")).app_url, clock=clock)
        publisher = OutboxPublisher(connection)
        async with running(Relay(database, publisher.publish, pause_seconds=0.05).run()):
            await write(database, clock, "a")
            await eventually(empty(database))
            server.stop()
            await asyncio.sleep(0.5)
            server.start()
            await write(database, clock, "b")
            await eventually(empty(database))
        await database.close()
    finally:
        server.remove()
    assert await aggregates(connection) == ["a", "b"]
