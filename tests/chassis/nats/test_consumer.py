"""Consumers: each event takes effect once, whatever happens on the way."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import groupby
from uuid import uuid4

import pytest
from civic_chassis.db import Database, Statement, UnitOfWork, inbox
from civic_chassis.db.relay import Relay
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id
from civic_chassis.nats import Connection, Consumer, Envelope, Subscription
from civic_chassis.nats.consumer import Handler, replay
from civic_chassis.nats.outbox import OutboxPublisher
from civic_chassis.nats.streams import apply
from civic_chassis.testing.nats import NatsServer
from civic_chassis.testing.postgres import Postgres, ServiceDatabase
from civic_chassis.testing.waiting import eventually

from tests.chassis.nats.conftest import STREAM
from tests.chassis.nats.support import outbox_size, running, write
from tests.chassis.probe import ADD, SCHEMA, TEXTS, call_at

SUBJECTS = ("civic.probe.note.created.v1.*",)
DURABLE = "probe-notes"


def subscription(handler: Handler | None = None) -> Subscription:
    return Subscription(stream="PROBE", subjects=SUBJECTS, durable=DURABLE, handler=handler or note_it)


async def note_it(work: UnitOfWork, envelope: Envelope) -> None:
    await work.row(ADD, {"tenant": envelope.tenant, "id": new_id(), "text": envelope.aggregate_id})


async def texts(database: Database, clock: FrozenClock) -> list[str]:
    async with database.read(call_at(clock.now())) as work:
        return [row["text"] for row in await work.rows(TEXTS)]


async def stored(connection: Connection, count: int) -> bool:
    """The stream holds so many events."""
    return (await connection.jetstream.stream_info("PROBE")).state.messages >= count


def count_reaches(database: Database, clock: FrozenClock, count: int) -> Callable[[], Awaitable[bool]]:
    async def check() -> bool:
        return len(await texts(database, clock)) >= count

    return check


@pytest.fixture
async def relayed(database: Database, connection: Connection) -> AsyncIterator[None]:
    """What is written to the outbox reaches the stream."""
    async with running(Relay(database, OutboxPublisher(connection).publish).run()):
        yield


@pytest.mark.usefixtures("relayed")
async def test_events_take_effect_once_and_in_order(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    await write(database, clock, *range(250))
    async with running(Consumer(database, connection, subscription()).run()):
        await eventually(count_reaches(database, clock, 250))
    # A second process of the service finds nothing left.
    async with running(Consumer(database, connection, subscription()).run()):
        await asyncio.sleep(0.5)
    assert await texts(database, clock) == [str(number) for number in range(250)]


@pytest.mark.usefixtures("relayed")
async def test_two_processes_share_the_work(database: Database, clock: FrozenClock, connection: Connection) -> None:
    consumers = [Consumer(database, connection, subscription()) for _ in range(2)]
    async with running(*(consumer.run() for consumer in consumers)):
        await write(database, clock, *range(200))
        await eventually(count_reaches(database, clock, 200))
        await asyncio.sleep(0.3)
    assert sorted(map(int, await texts(database, clock))) == list(range(200))


async def test_the_same_event_delivered_twice_takes_effect_once(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    """Published twice under one id, beyond the stream's own memory: told apart by the inbox alone."""
    event_id = str(uuid4())
    common = {"civic-aggregate": "a", "civic-occurred-at": clock.now().isoformat()}
    subject = "civic.probe.note.created.v1.lindental"
    await connection.jetstream.publish(subject, b"", headers={"Nats-Msg-Id": event_id} | common)
    await connection.jetstream.purge_stream("PROBE")
    await connection.jetstream.delete_stream("PROBE")
    await apply(connection.jetstream, [STREAM])

    async with running(Consumer(database, connection, subscription()).run()):
        await connection.jetstream.publish(subject, b"", headers={"Nats-Msg-Id": event_id} | common)
        await eventually(count_reaches(database, clock, 1))
    await connection.jetstream.delete_stream("PROBE")
    await apply(connection.jetstream, [STREAM])
    async with running(Consumer(database, connection, subscription()).run()):
        await connection.jetstream.publish(subject, b"", headers={"Nats-Msg-Id": event_id} | common)
        other = {"Nats-Msg-Id": str(uuid4())} | common | {"civic-aggregate": "b"}
        await connection.jetstream.publish(subject, b"", headers=other)
        await eventually(count_reaches(database, clock, 2))
    assert await texts(database, clock) == ["a", "b"]


@pytest.mark.usefixtures("relayed")
async def test_a_consumer_that_dies_in_the_handler_leaves_the_event(
    database: Database, clock: FrozenClock, connection: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("civic_chassis.nats.consumer._ACK_WAIT_SECONDS", 1.0)
    started = asyncio.Event()

    async def hang(work: UnitOfWork, envelope: Envelope) -> None:
        await note_it(work, envelope)
        started.set()
        await asyncio.Event().wait()

    await write(database, clock, "a")
    async with running(Consumer(database, connection, subscription(hang)).run()):
        await started.wait()
    assert await texts(database, clock) == []
    async with running(Consumer(database, connection, subscription()).run()):
        await eventually(count_reaches(database, clock, 1))
    assert await texts(database, clock) == ["a"]


@pytest.mark.usefixtures("relayed")
async def test_a_failing_event_is_tried_again_and_others_go_on(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    attempts = 0

    async def fail_twice(work: UnitOfWork, envelope: Envelope) -> None:
        nonlocal attempts
        if envelope.aggregate_id == "bad":
            attempts += 1
            if attempts < 3:
                raise ValueError("not yet")
        await note_it(work, envelope)

    await write(database, clock, "bad", "good")
    consumer = Consumer(database, connection, subscription(fail_twice), back_off=(0.2, 0.2, 0.2))
    async with running(consumer.run()):
        await eventually(count_reaches(database, clock, 2))
    assert await texts(database, clock) == ["good", "bad"]
    assert await inbox.dead_letters(database) == []


@pytest.mark.usefixtures("relayed")
async def test_events_that_wait_share_a_transaction(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    transactions = []

    async def note_transaction(work: UnitOfWork, envelope: Envelope) -> None:
        await note_it(work, envelope)
        transactions.append(await work.value(Statement("SELECT pg_current_xact_id()::text", ())))

    await write(database, clock, *range(61))
    await eventually(lambda: stored(connection, 61))
    together = dataclasses.replace(subscription(note_transaction), together=20)
    async with running(Consumer(database, connection, together).run()):
        await eventually(count_reaches(database, clock, 61))
    assert await texts(database, clock) == [str(number) for number in range(61)]
    # How many are fetched at once is NATS's matter.
    sizes = [len(list(alike)) for _, alike in groupby(transactions)]
    assert (len(sizes) < 61, max(sizes) <= 20) == (True, True)


@pytest.mark.usefixtures("relayed")
async def test_one_that_fails_takes_no_other_with_it(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    async def fail(work: UnitOfWork, envelope: Envelope) -> None:
        await note_it(work, envelope)
        if envelope.aggregate_id == "bad":
            raise ValueError("never")

    await write(database, clock, "a", "b", "bad", "c", "d")
    await eventually(lambda: stored(connection, 5))
    together = dataclasses.replace(subscription(fail), together=20)
    async with running(Consumer(database, connection, together, back_off=()).run()):
        await eventually(count_reaches(database, clock, 4))
    assert await texts(database, clock) == ["a", "b", "c", "d"]
    assert [letter.aggregate_id for letter in await inbox.dead_letters(database)] == ["bad"]


@pytest.mark.usefixtures("relayed")
async def test_one_alone_is_tried_once_before_its_first_pause(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    attempts = 0

    async def fail(work: UnitOfWork, envelope: Envelope) -> None:
        nonlocal attempts
        attempts += 1
        raise ValueError("never")

    async def buried() -> bool:
        return len(await inbox.dead_letters(database)) == 2

    # The first goes alone because nothing is known of the second yet, the second because nothing else is there.
    await write(database, clock, "a", "b")
    await eventually(lambda: stored(connection, 2))
    together = dataclasses.replace(subscription(fail), together=20)
    async with running(Consumer(database, connection, together, back_off=()).run()):
        await eventually(buried)
    assert attempts == 2


@pytest.mark.usefixtures("relayed")
async def test_dead_letters_are_listed_and_replayed(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    async def fail(work: UnitOfWork, envelope: Envelope) -> None:
        if envelope.aggregate_id != "good":
            raise DomainError(Kind.INVALID, "INVALID_ARGUMENT", "never")
        await note_it(work, envelope)

    async def buried() -> bool:
        return len(await inbox.dead_letters(database)) == 2

    await write(database, clock, "bad", "good", "worse", payload=b"\x07")
    failing = Consumer(database, connection, subscription(fail), back_off=(0.05, 0.05))
    async with running(failing.run()):
        await eventually(buried)
    assert await texts(database, clock) == ["good"]
    letters = await inbox.dead_letters(database, DURABLE)
    assert await inbox.dead_letters(database, "another") == []
    assert [(letter.aggregate_id, letter.attempts, letter.error) for letter in letters] == [
        ("bad", 3, "invalid: INVALID_ARGUMENT"),
        ("worse", 3, "invalid: INVALID_ARGUMENT"),
    ]
    assert letters[0].payload == b"\x07"
    assert letters[0].subject == "civic.probe.note.created.v1.lindental"

    # The fault is still there: they stay.
    assert await replay(database, [subscription(fail)], letters) == 0
    assert len(await inbox.dead_letters(database)) == 2
    # Mended, and asked by two operators at once: each takes effect once.
    done = await asyncio.gather(*(replay(database, [subscription()], letters) for _ in range(2)))
    assert sum(done) == 2
    assert await inbox.dead_letters(database) == []
    assert sorted(await texts(database, clock)) == ["bad", "good", "worse"]
    # Delivered once more, it is known.
    assert await replay(database, [subscription()], letters) == 0


@pytest.mark.usefixtures("relayed")
async def test_the_handler_works_for_the_tenant_of_the_event(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    seen: list[tuple[str | None, bool, str]] = []

    async def look(work: UnitOfWork, envelope: Envelope) -> None:
        seen.append((work.call.tenant, work.call.caller.signed_in, envelope.type))

    async def looked() -> bool:
        return bool(seen)

    await write(database, clock, "a")
    async with running(Consumer(database, connection, subscription(look)).run()):
        await eventually(looked)
    assert seen == [("lindental", False, "civic.probe.note.created.v1")]


@pytest.mark.usefixtures("relayed")
async def test_a_message_that_is_no_event_is_dropped(
    database: Database, clock: FrozenClock, connection: Connection
) -> None:
    await connection.jetstream.publish("civic.probe.note.created.v1.lindental", b"?")
    await connection.jetstream.publish("civic.probe.note.created.v1.NOBODY", b"?")
    await write(database, clock, "a")
    async with running(Consumer(database, connection, subscription()).run()):
        await eventually(count_reaches(database, clock, 1))
        info = await connection.jetstream.consumer_info("PROBE", DURABLE)
    assert (info.num_pending, info.num_redelivered) == (0, 0)


async def test_a_stream_may_be_made_later(database: Database, clock: FrozenClock, connection: Connection) -> None:
    await connection.jetstream.delete_stream("PROBE")
    async with running(Consumer(database, connection, subscription()).run()):
        await asyncio.sleep(0.4)
        await apply(connection.jetstream, [STREAM])
        async with running(Relay(database, OutboxPublisher(connection).publish).run()):
            await write(database, clock, "a")
            await eventually(count_reaches(database, clock, 1))
    assert await texts(database, clock) == ["a"]


async def test_postgres_away_counts_as_no_attempt(connection: Connection, clock: FrozenClock) -> None:
    server = Postgres(durable=True)
    server.start()
    try:
        where: ServiceDatabase = await server.database(SCHEMA, "own")
        database = await Database.connect(where.app_url, clock=clock)
        publisher = OutboxPublisher(connection)
        async with running(Relay(database, publisher.publish, pause_seconds=0.05).run()):
            await write(database, clock, "a")

            async def out() -> bool:
                return await outbox_size(database) == 0

            await eventually(out)
        server.stop()
        # Not one attempt is allowed to fail.
        async with running(Consumer(database, connection, subscription(), back_off=()).run()):
            await asyncio.sleep(1.0)
            server.start()
            await eventually(count_reaches(database, clock, 1))
        assert await texts(database, clock) == ["a"]
        assert await inbox.dead_letters(database) == []
        await database.close()
    finally:
        server.remove()


async def test_nats_away_and_back(database: Database, clock: FrozenClock) -> None:
    server = NatsServer()
    server.start()
    connection = Connection.open(server.url, name="test")
    try:
        await connection.ready()
        await apply(connection.jetstream, [STREAM])
        publisher = OutboxPublisher(connection)
        async with running(
            Relay(database, publisher.publish, pause_seconds=0.05).run(),
            Consumer(database, connection, subscription()).run(),
        ):
            for outage in range(2):
                await write(database, clock, f"before {outage}")
                server.child.kill()
                await write(database, clock, f"during {outage}")
                server.start()
                await eventually(count_reaches(database, clock, 2 * outage + 2))
    finally:
        await connection.close()
        server.remove()
    assert await texts(database, clock) == ["before 0", "during 0", "before 1", "during 1"]


async def test_the_version_gate_ignores_what_is_not_newer(database: Database, clock: FrozenClock) -> None:
    from civic_chassis.db.inbox import upsert_newer

    from tests.chassis.probe import NOTE

    put: Statement = upsert_newer(NOTE, version="row_version")
    note = new_id()
    written = []
    async with database.unit_of_work(call_at(clock.now())) as work:
        for version in (3, 2, 3, 4):
            values = {"tenant_id": "lindental", "id": note, "text": f"v{version}", "row_version": version}
            written.append(await work.execute(put, values))
    assert written == [1, 0, 0, 1]
    assert await texts(database, clock) == ["v4"]
