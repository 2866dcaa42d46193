"""Units of work: what commits together, and what an error leaves behind."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest
from civic_chassis.db import Database, Statement, statement
from civic_chassis.db.tail import MAX_PAYLOAD_BYTES, split_with
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError, Kind
from civic_chassis.kernel.ids import new_id
from sqlalchemy import any_, bindparam, select

from tests.chassis.probe import ADD, EDIT, LOCK, NOTE, TEXTS, call_at, happened

COUNTS = """
SELECT (SELECT count(*) FROM outbox) AS outbox, (SELECT count(*) FROM audit) AS audit,
       (SELECT count(*) FROM timer) AS timer, (SELECT count(*) FROM request_log) AS request_log,
       (SELECT count(*) FROM note) AS note
"""


async def counts(database: Database, clock: FrozenClock) -> dict[str, int]:
    async with database.read(call_at(clock.now())) as work:
        return dict(await work.row(Statement(COUNTS, ())) or {})


async def test_everything_commits_together(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    async with database.unit_of_work(call_at(clock.now())) as work:
        added = await work.row(ADD, {"tenant": "lindental", "id": note, "text": "eins"})
        assert added is not None
        assert added["row_version"] == 1
        work.stage(happened(note, payload=b"\x01"))
        work.audit("note.create", "note", note, {"why": "Größe"})
        work.set_timer("remind", note, clock.now() + timedelta(days=1), {"note": str(note)})
        work.remember("key-1", b"body", note)
    async with database.read(call_at(clock.now())) as work:
        assert [row["text"] for row in await work.rows(TEXTS)] == ["eins"]
        event = await work.row(Statement("SELECT * FROM outbox", ()))
        audit = await work.row(Statement("SELECT * FROM audit", ()))
        timer = await work.row(Statement("SELECT * FROM timer", ()))
    assert event is not None and audit is not None and timer is not None
    assert (event["subject"], event["payload"]) == ("civic.probe.note.created.v1.lindental", b"\x01")
    assert (event["aggregate_id"], event["occurred_at"]) == (str(note), clock.now())
    assert (audit["tenant_id"], audit["subject"], audit["action"]) == ("lindental", "s-1", "note.create")
    assert audit["details"] == {"why": "Größe"}
    assert (timer["tenant_id"], timer["due_at"]) == ("lindental", clock.now() + timedelta(days=1))
    assert timer["payload"] == {"note": str(note)}


async def test_an_exception_leaves_nothing(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(DomainError, match="TOPIC_ENDED"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": "eins"})
            work.stage(happened("a"))
            raise DomainError(Kind.PRECONDITION, "TOPIC_ENDED", "ended")
    assert await counts(database, clock) == {"outbox": 0, "audit": 0, "timer": 0, "request_log": 0, "note": 0}


async def test_a_swallowed_error_does_not_pass_for_a_commit(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    values = {"tenant": "lindental", "id": note, "text": "eins"}
    with pytest.raises(RuntimeError, match="had failed"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.row(ADD, values)
            with pytest.raises(asyncpg.UniqueViolationError):
                await work.row(ADD, values)
    assert (await counts(database, clock))["note"] == 0


async def test_last_writes_entity_and_tail_in_one_statement(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.stage(happened(note))
        work.audit("note.create", "note", note, {})
        work.set_timer("remind", note, clock.now())
        work.clear_timer("forget", note)
        work.remember("key-1", b"body", note)
        row = await work.last(ADD, {"tenant": "lindental", "id": note, "text": "eins"})
        assert row is not None
        assert (row["id"], row["row_version"]) == (note, 1)
    assert await counts(database, clock) == {"outbox": 1, "audit": 1, "timer": 1, "request_log": 1, "note": 1}


async def test_last_without_a_row_writes_no_tail(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    async with database.unit_of_work(call_at(clock.now())) as work:
        await work.row(ADD, {"tenant": "lindental", "id": note, "text": "eins"})
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.stage(happened(note, "changed"))
        work.audit("note.change", "note", note, {})
        work.set_timer("remind", note, clock.now())
        work.remember("key-1", b"body", note)
        assert await work.last(EDIT, {"note": note, "version": 7, "new_text": "zwei"}) is None
    assert await counts(database, clock) == {"outbox": 0, "audit": 0, "timer": 0, "request_log": 0, "note": 1}


async def test_last_takes_statements_with_expressions_of_their_own(database: Database, clock: FrozenClock) -> None:
    two = Statement(
        "WITH one (id) AS (INSERT INTO note (tenant_id, id, text) VALUES ($1, $2, 'eins') RETURNING id),"
        " two AS MATERIALIZED (INSERT INTO note (tenant_id, id, text) VALUES ($1, $3, 'SELECT )') RETURNING id)"
        " SELECT one.id AS first, two.id AS second FROM one, two",
        ("tenant", "first", "second"),
    )
    values = {"tenant": "lindental", "first": new_id(), "second": new_id()}
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.stage(happened(values["first"]))
        row = await work.last(two, values)
        assert row is not None
        assert (row["first"], row["second"]) == (values["first"], values["second"])
    assert await counts(database, clock) == {"outbox": 1, "audit": 0, "timer": 0, "request_log": 0, "note": 2}


async def test_nothing_is_staged_after_the_last_statement(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(RuntimeError, match="last statement"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.last(ADD, {"tenant": "lindental", "id": new_id(), "text": "eins"})
            work.stage(happened("a"))


async def test_events_of_one_aggregate_keep_its_order(database: Database, clock: FrozenClock) -> None:
    note = new_id()
    call = call_at(clock.now())
    async with database.unit_of_work(call) as work:
        await work.row(ADD, {"tenant": "lindental", "id": note, "text": "0"})

    async def edit(as_last: bool) -> None:
        async with database.unit_of_work(call) as work:
            version = await work.value(LOCK, {"note": note})
            values = {"note": note, "version": version, "new_text": str(version)}
            event = happened(note, "changed", str(version + 1).encode())
            if as_last:
                work.stage(event)
                await work.last(EDIT, values)
            else:
                # Staged before the statement that waits for the row, written after it.
                work.stage(event)
                await work.row(EDIT, values)

    await asyncio.gather(*(edit(number % 2 == 0) for number in range(60)))
    async with database.read(call) as seen:
        rows = await seen.rows(Statement("SELECT payload FROM outbox ORDER BY id", ()))
    assert [int(row["payload"]) for row in rows] == list(range(2, 62))


async def test_timers_are_replaced_and_cleared_by_name(database: Database, clock: FrozenClock) -> None:
    soon, later = clock.now() + timedelta(hours=1), clock.now() + timedelta(hours=2)
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.set_timer("remind", "a", soon)
        work.set_timer("remind", "a", later)
        work.set_timer("remind", "b", soon)
        work.clear_timer("remind", "b")
        work.clear_timer("remind", "c")
        work.set_timer("remind", "c", soon)
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.set_timer("remind", "c", later)
        work.clear_timer("remind", "unknown")
    async with database.read(call_at(clock.now())) as seen:
        rows = await seen.rows(Statement("SELECT key, due_at FROM timer ORDER BY key", ()))
    assert [(row["key"], row["due_at"]) for row in rows] == [("a", later), ("c", later)]


async def test_payloads_have_a_limit(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(ValueError, match="512 KiB"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            work.stage(happened("a", payload=b"x" * (MAX_PAYLOAD_BYTES + 1)))


async def test_a_deadlock_makes_way_and_says_unavailable(database: Database, clock: FrozenClock) -> None:
    call = call_at(clock.now())
    notes = [new_id(), new_id()]
    async with database.unit_of_work(call) as work:
        for note in notes:
            await work.row(ADD, {"tenant": "lindental", "id": note, "text": "x"})
    met = asyncio.Barrier(2)

    async def lock_in_order(first: int) -> str:
        try:
            async with database.unit_of_work(call) as work:
                await work.value(LOCK, {"note": notes[first]})
                await met.wait()
                await work.value(LOCK, {"note": notes[1 - first]})
        except DomainError as error:
            return f"{error.kind}"
        return "done"

    assert sorted(await asyncio.gather(lock_in_order(0), lock_in_order(1))) == ["done", "unavailable"]


async def test_a_statement_takes_a_list_as_one_parameter(database: Database, clock: FrozenClock) -> None:
    ids = [new_id(), new_id(), new_id()]
    some = statement(select(NOTE.c.id).where(NOTE.c.id == any_(bindparam("ids"))).order_by(NOTE.c.id))
    async with database.unit_of_work(call_at(clock.now())) as work:
        for note in ids:
            await work.row(ADD, {"tenant": "lindental", "id": note, "text": "x"})
        assert [row["id"] for row in await work.rows(some, {"ids": ids[:2]})] == ids[:2]
        with pytest.raises(KeyError, match="ids"):
            await work.rows(some)


def test_in_with_a_list_is_refused() -> None:
    with pytest.raises(TypeError, match="any_"):
        statement(select(NOTE.c.id).where(NOTE.c.id.in_(bindparam("ids", expanding=True))))


def test_with_is_split_from_its_statement() -> None:
    assert split_with("SELECT 1") == ("", "SELECT 1")
    sql = "WITH a (x) AS (SELECT ')'), \"b(\" AS MATERIALIZED (SELECT (1))\nINSERT INTO t SELECT * FROM a"
    assert split_with(sql) == (
        "a (x) AS (SELECT ')'), \"b(\" AS MATERIALIZED (SELECT (1))",
        "INSERT INTO t SELECT * FROM a",
    )
