"""What is forgotten, and when."""

from datetime import timedelta

from civic_chassis.db import Database, inbox
from civic_chassis.db.housekeeping import KEEP_HANDLED, KEEP_REQUESTS, forget
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.ids import new_id

from tests.chassis.probe import call_at


async def test_old_rows_go_and_young_ones_stay(database: Database, clock: FrozenClock) -> None:
    async def note() -> None:
        async with database.unit_of_work(call_at(clock.now())) as work:
            assert await work.remembered(str(new_id()), b"", new_id()) is None
            assert await inbox.claim(work, "consumer", new_id())

    async def left() -> tuple[int, int]:
        row = await database.pool.fetchrow("SELECT (SELECT count(*) FROM request_log), (SELECT count(*) FROM inbox)")
        return tuple(row)

    await note()
    clock.advance(KEEP_REQUESTS)
    await note()
    assert await forget(database) == 0
    clock.advance(timedelta(microseconds=1))
    assert await forget(database) == 1
    assert await left() == (1, 2)
    clock.advance(KEEP_HANDLED - KEEP_REQUESTS)
    assert await forget(database) == 2
    assert await left() == (0, 1)
