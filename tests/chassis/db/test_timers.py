"""Timers: exactly once, with many workers, after failures and after downtime."""

import asyncio
from datetime import timedelta

import pytest
from civic_chassis.db import Database, Statement, UnitOfWork
from civic_chassis.db.timers import Timer, Timers
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.ids import new_id
from civic_chassis.testing.postgres import ServiceDatabase
from civic_chassis.testing.waiting import eventually

from tests.chassis.probe import ADD, TEXTS, call_at, happened


async def note_it(work: UnitOfWork, timer: Timer) -> None:
    assert timer.tenant is not None
    await work.row(ADD, {"tenant": timer.tenant, "id": new_id(), "text": f"{timer.key} {timer.due_at:%H:%M}"})
    work.stage(happened(timer.key))


async def texts(database: Database, clock: FrozenClock, tenant: str = "lindental") -> list[str]:
    async with database.read(call_at(clock.now(), tenant)) as work:
        return sorted(row["text"] for row in await work.rows(TEXTS))


async def left(database: Database) -> int:
    return int(await database.pool.fetchval("SELECT count(*) FROM timer"))


async def none_left(database: Database) -> bool:
    return await left(database) == 0


async def set_timers(database: Database, clock: FrozenClock, keys: range, after: timedelta) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        for key in keys:
            work.set_timer("phase", key, clock.now() + after)


async def test_it_runs_when_due_and_not_before(database: Database, clock: FrozenClock) -> None:
    timers = Timers(database, {"phase": note_it})
    await set_timers(database, clock, range(1), timedelta(hours=1))
    clock.advance(timedelta(minutes=59, seconds=59))
    assert await timers.run_due() == 0
    clock.advance(timedelta(seconds=1))
    assert await timers.run_due() == 1
    assert await timers.run_due() == 0
    assert await texts(database, clock) == ["0 09:00"]
    assert await left(database) == 0


async def test_many_workers_run_each_once(
    database: Database, probe_database: ServiceDatabase, clock: FrozenClock
) -> None:
    other = await Database.connect(probe_database.app_url, clock=clock)
    await set_timers(database, clock, range(40), timedelta())
    workers = [Timers(where, {"phase": note_it}) for where in (database, other, database, other)]
    try:
        ran = await asyncio.gather(*(worker.run_due() for worker in workers))
    finally:
        await other.close()
    assert sum(ran) == 40
    assert await texts(database, clock) == sorted(f"{key} 08:00" for key in range(40))
    async with database.read(call_at(clock.now())) as work:
        assert await work.value(Statement("SELECT count(DISTINCT aggregate_id) FROM outbox", ())) == 40
        assert await work.value(Statement("SELECT count(*) FROM outbox", ())) == 40


async def test_what_came_due_during_a_stop_runs_at_the_next_start(
    database: Database, probe_database: ServiceDatabase, clock: FrozenClock
) -> None:
    await set_timers(database, clock, range(3), timedelta(hours=1))
    clock.advance(timedelta(days=2))
    later = await Database.connect(probe_database.app_url, clock=clock)
    running = asyncio.create_task(Timers(later, {"phase": note_it}).run())
    try:
        await eventually(lambda: none_left(database))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
        await later.close()
    # The handler is told when it should have run.
    assert await texts(database, clock) == ["0 09:00", "1 09:00", "2 09:00"]


async def test_a_worker_that_dies_in_the_handler_leaves_the_timer(database: Database, clock: FrozenClock) -> None:
    started = asyncio.Event()

    async def hang(work: UnitOfWork, timer: Timer) -> None:
        await note_it(work, timer)
        started.set()
        await asyncio.Event().wait()

    await set_timers(database, clock, range(1), timedelta())
    dying = asyncio.create_task(Timers(database, {"phase": hang}).run_due())
    await started.wait()
    # While it runs, nobody else takes it.
    assert await Timers(database, {"phase": note_it}).run_due() == 0
    dying.cancel()
    await asyncio.gather(dying, return_exceptions=True)
    assert await Timers(database, {"phase": note_it}).run_due() == 1
    assert await texts(database, clock) == ["0 08:00"]


async def test_a_failing_handler_is_tried_again_later(database: Database, clock: FrozenClock) -> None:
    attempts = 0

    async def fail_twice(work: UnitOfWork, timer: Timer) -> None:
        nonlocal attempts
        attempts += 1
        await note_it(work, timer)
        if attempts < 3:
            raise ValueError("not yet")

    timers = Timers(database, {"phase": fail_twice})
    await set_timers(database, clock, range(1), timedelta())
    assert await timers.run_due() == 0
    row = await database.pool.fetchrow("SELECT attempts, error, run_at, due_at FROM timer")
    assert tuple(row) == (1, "ValueError", clock.now() + timedelta(seconds=1), clock.now())
    clock.advance(timedelta(seconds=1))
    assert await timers.run_due() == 0
    clock.advance(timedelta(seconds=2))
    assert await timers.run_due() == 1
    assert await texts(database, clock) == ["0 08:00"]
    assert await left(database) == 0


async def test_a_failing_timer_does_not_hold_up_others(database: Database, clock: FrozenClock) -> None:
    async def fail_first(work: UnitOfWork, timer: Timer) -> None:
        if timer.key == "0":
            raise ValueError("never")
        await note_it(work, timer)

    await set_timers(database, clock, range(3), timedelta())
    assert await Timers(database, {"phase": fail_first}).run_due() == 2
    assert await texts(database, clock) == ["1 08:00", "2 08:00"]


async def test_a_handler_may_set_its_timer_again(database: Database, clock: FrozenClock) -> None:
    async def again(work: UnitOfWork, timer: Timer) -> None:
        await note_it(work, timer)
        work.set_timer(timer.kind, timer.key, timer.due_at + timedelta(hours=1))

    timers = Timers(database, {"phase": again})
    await set_timers(database, clock, range(1), timedelta())
    assert await timers.run_due() == 1
    clock.advance(timedelta(hours=1))
    assert await timers.run_due() == 1
    assert await texts(database, clock) == ["0 08:00", "0 09:00"]
    assert await left(database) == 1


async def test_a_kind_without_a_handler_waits(database: Database, clock: FrozenClock) -> None:
    await set_timers(database, clock, range(1), timedelta())
    assert await Timers(database, {"other": note_it}).run_due() == 0
    assert await left(database) == 1


async def test_a_new_timer_wakes_the_worker(database: Database, clock: FrozenClock) -> None:
    running = asyncio.create_task(Timers(database, {"phase": note_it}, poll_seconds=3600).run())
    try:
        # The worker found nothing and waits for an hour.
        await asyncio.sleep(0.3)
        await set_timers(database, clock, range(1), timedelta())
        await eventually(lambda: none_left(database))
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)
    assert await texts(database, clock) == ["0 08:00"]


async def test_a_timer_of_the_state_has_no_tenant(database: Database, clock: FrozenClock) -> None:
    seen: list[str | None] = []

    async def look(work: UnitOfWork, timer: Timer) -> None:
        seen.append(timer.tenant)
        seen.append(work.call.tenant)

    async with database.unit_of_work(call_at(clock.now(), None)) as work:
        work.set_timer("state", "a", clock.now())
    assert await Timers(database, {"state": look}).run_due() == 1
    assert seen == [None, None]


async def test_a_naive_time_is_refused(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(ValueError, match="aware"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            work.set_timer("phase", "a", clock.now().replace(tzinfo=None))
