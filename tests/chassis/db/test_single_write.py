"""Single writes: what one statement commits, and what it leaves behind where it cannot."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from civic_chassis.db import Database, Repeated, Statement
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id

from tests.chassis.db.test_unit_of_work import counts
from tests.chassis.probe import ADD, EDIT, TEXTS, call_at, happened

NOTHING = {"outbox": 0, "audit": 0, "timer": 0, "request_log": 0, "note": 0}
ONE = Statement("SELECT 1 AS one", ())


async def test_entity_and_all_that_is_staged_are_one_transaction(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    woken: list[str] = []
    database.outbox_written.append(lambda: woken.append("outbox"))
    database.timers_changed.append(lambda: woken.append("timers"))
    async with database.single_write(call_at(clock.now())) as work:
        await work.row_unless_done("key", b"body", note, ONE)
        work.stage(happened(note))
        work.audit("note.create", "note", note, {})
        work.set_timer("remind", note, clock.now() + timedelta(days=1))
        row = await work.last(ADD, {"tenant": "lindental", "id": note, "text": "eins"})
    assert row is not None
    assert (row["id"], row["row_version"]) == (note, 1)
    assert await counts(database, clock) == {"outbox": 1, "audit": 1, "timer": 1, "request_log": 1, "note": 1}
    assert woken == ["outbox", "timers"]


async def test_an_error_before_the_last_statement_leaves_nothing(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(DomainError, match="TOPIC_ENDED"):
        async with database.single_write(call_at(clock.now())) as work:
            await work.row_unless_done("key", b"body", new_id(), ONE)
            work.stage(happened("a"))
            raise DomainError(Kind.PRECONDITION, "TOPIC_ENDED", "ended")
    assert await counts(database, clock) == NOTHING


async def test_a_write_that_meets_no_row_writes_nothing(database: Database, clock: FrozenClock) -> None:
    woken: list[str] = []
    database.outbox_written.append(lambda: woken.append("outbox"))
    async with database.single_write(call_at(clock.now())) as work:
        await work.row_unless_done("key", b"body", new_id(), ONE)
        work.stage(happened("a"))
        assert await work.last(EDIT, {"note": new_id(), "version": 1, "new_text": "zwei"}) is None
    assert await counts(database, clock) == NOTHING
    assert woken == []


async def test_a_repeat_that_was_quicker_undoes_the_write(database: Database, clock: FrozenClock) -> None:
    first, second = new_id(), new_id()
    call = call_at(clock.now())
    with pytest.raises(Repeated) as repeated:
        async with database.single_write(call) as slow:
            await slow.row_unless_done("key", b"body", first, ONE)
            async with database.single_write(call) as quick:
                await quick.row_unless_done("key", b"body", second, ONE)
                await quick.last(ADD, {"tenant": "lindental", "id": second, "text": "quick"})
            slow.stage(happened(first))
            await slow.last(ADD, {"tenant": "lindental", "id": first, "text": "slow"})
    assert repeated.value.resource_id == str(second)
    async with database.read(call) as work:
        assert [row["text"] for row in await work.rows(TEXTS)] == ["quick"]
    assert await counts(database, clock) == NOTHING | {"request_log": 1, "note": 1}


async def test_another_unique_row_is_no_repeat(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    for expected in (None, asyncpg.UniqueViolationError):
        raised = None
        try:
            async with database.single_write(call_at(clock.now())) as work:
                await work.row_unless_done(f"key {expected}", b"body", note, ONE)
                await work.last(ADD, {"tenant": "lindental", "id": note, "text": "x"})
        except asyncpg.UniqueViolationError as error:
            raised = type(error)
        assert raised is expected


async def test_a_row_of_another_tenant_cannot_be_written(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.single_write(call_at(clock.now(), "hohenau")) as work:
            await work.last(ADD, {"tenant": "lindental", "id": new_id(), "text": "fremd"})
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.tenant is not set"):
        async with database.single_write(call_at(clock.now(), None)) as work:
            await work.last(ADD, {"tenant": "lindental", "id": new_id(), "text": "fremd"})


async def test_what_is_staged_must_be_written(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(RuntimeError, match="no last statement"):
        async with database.single_write(call_at(clock.now())) as work:
            work.stage(happened("a"))


async def test_many_at_once(database: Database, clock: FrozenClock) -> None:
    async def write(number: int) -> None:
        tenant = f"tenant-{number % 7}"
        async with database.single_write(call_at(clock.now(), tenant)) as work:
            note = new_id()
            await work.row_unless_done(str(note), b"body", note, ONE)
            work.stage(happened(note))
            await work.last(ADD, {"tenant": tenant, "id": note, "text": str(number)})

    await asyncio.gather(*(write(number) for number in range(140)))
    for place in range(7):
        async with database.read(call_at(clock.now(), f"tenant-{place}")) as work:
            assert {int(row["text"]) % 7 for row in await work.rows(TEXTS)} == {place}
