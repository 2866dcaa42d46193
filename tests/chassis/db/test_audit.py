"""The audit trail is append-only, for everybody."""

import asyncpg
import pytest
from civic_chassis.db import Database, Statement
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.testing.postgres import ServiceDatabase

from tests.chassis.probe import call_at

CHANGES = ("UPDATE audit SET action = 'other'", "DELETE FROM audit", "TRUNCATE audit")


@pytest.fixture
async def audited(database: Database, clock: FrozenClock) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        work.audit("topic.extend", "topic", "t-1", {"days": 7})


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("sql", CHANGES)
async def test_the_app_role_has_no_right_to_change_it(database: Database, clock: FrozenClock, sql: str) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="permission denied"):
        async with database.unit_of_work(call_at(clock.now())) as work:
            await work.connection.execute(sql)


@pytest.mark.usefixtures("audited")
@pytest.mark.parametrize("sql", CHANGES)
async def test_the_owner_is_refused_by_the_trigger(probe_database: ServiceDatabase, sql: str) -> None:
    connection = await asyncpg.connect(probe_database.owner_url)
    try:
        async with connection.transaction():
            await connection.execute("SET LOCAL civic.tenant = 'lindental'")
            with pytest.raises(asyncpg.InsufficientPrivilegeError, match="audit is append-only"):
                await connection.execute(sql)
    finally:
        await connection.close()


@pytest.mark.usefixtures("audited")
async def test_another_tenant_does_not_see_it(database: Database, clock: FrozenClock) -> None:
    seen = {}
    for tenant in ("lindental", "hohenau"):
        async with database.read(call_at(clock.now(), tenant)) as work:
            seen[tenant] = await work.value(Statement("SELECT count(*) FROM audit", ()))
    assert seen == {"lindental": 1, "hohenau": 0}


async def test_it_needs_a_tenant(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(Exception, match="TENANT_REQUIRED"):
        async with database.unit_of_work(call_at(clock.now(), None)) as work:
            work.audit("tenant.load", "tenant", "lindental", {})
