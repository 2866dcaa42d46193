"""Reading in one round trip: every statement runs behind its gate, and none of them writes."""

import asyncio

import asyncpg
import pytest
from civic_chassis.db import Database, Statement
from civic_chassis.db.tenancy import gated_read
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.errors import DomainError
from civic_chassis.kernel.ids import new_id

from tests.chassis.probe import ADD, call_at

# Shapes that the planner treats in different ways; each answers the texts of the tenant's notes.
SHAPES = (
    "SELECT text FROM note",
    "SELECT text FROM note ORDER BY text",
    "SELECT text FROM note LIMIT 10",
    "SELECT one.text FROM note AS one JOIN note AS two ON two.id = one.id",
    "SELECT one.text FROM note AS one LEFT JOIN note AS two ON two.id = one.id WHERE two.id IS NOT NULL",
    "SELECT text FROM (SELECT text, count(*) FROM note GROUP BY text) AS grouped",
    "WITH found AS MATERIALIZED (SELECT text FROM note) SELECT text FROM found",
    "SELECT text FROM note UNION ALL SELECT text FROM note WHERE false",
    "SELECT (SELECT text FROM note LIMIT 1) AS text",
    "SELECT item.text FROM (SELECT 1) AS one, LATERAL (SELECT text FROM note) AS item",
    "SELECT text FROM note WHERE EXISTS (SELECT FROM note AS other WHERE other.id = note.id)",
)


@pytest.mark.parametrize("sql", SHAPES)
async def test_the_gate_comes_first_in_every_plan(database: Database, clock: FrozenClock, sql: str) -> None:
    for tenant, text in (("lindental", "eins"), ("hohenau", "zwei")):
        async with database.unit_of_work(call_at(clock.now(), tenant)) as work:
            await work.row(ADD, {"tenant": tenant, "id": new_id(), "text": text})
    for tenant, text in (("lindental", "eins"), ("hohenau", "zwei")):
        async with database.read(call_at(clock.now(), tenant)) as work:
            assert [row["text"] for row in await work.rows(Statement(sql, ()))] == [text]
    connection = await database.dedicated()
    plan = await connection.fetch(f"EXPLAIN {gated_read(sql, 0)}", "lindental", "")
    await connection.close()
    assert plan[0][0].startswith("Result ")
    assert plan[1][0].strip().startswith("One-Time Filter: (((InitPlan ")


async def test_scopes_do_not_leak_to_the_next_call(database: Database, clock: FrozenClock) -> None:
    async def seen(number: int) -> str:
        tenant = f"tenant-{number}"
        async with database.read(call_at(clock.now(), tenant, f"person-{number}")) as work:
            both = "SELECT civic_tenant() || ' ' || civic_person() AS scope"
            return str(await work.value(Statement(both, ())))

    assert await asyncio.gather(*(seen(number) for number in range(200))) == [
        f"tenant-{number} person-{number}" for number in range(200)
    ]
    nobody = Statement("SELECT civic_tenant()", ())
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.tenant is not set"):
        async with database.read(call_at(clock.now(), None)) as work:
            await work.value(nobody)


@pytest.mark.parametrize(
    ("sql", "error"),
    [
        ("DELETE FROM note RETURNING text", asyncpg.PostgresSyntaxError),
        ("WITH gone AS (DELETE FROM note RETURNING text) SELECT text FROM gone", asyncpg.FeatureNotSupportedError),
        ("SELECT lo_create(0)", DomainError),
    ],
)
async def test_a_reading_cannot_write(database: Database, clock: FrozenClock, sql: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        async with database.read(call_at(clock.now())) as work:
            await work.rows(Statement(sql, ()))


async def test_a_tenant_of_another_form_is_refused(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(ValueError, match="form of a tenant"):
        database.read(call_at(clock.now(), "Lindental'; --"))
