"""Row-level security, seen with the app role's own connections."""

from pathlib import Path

import asyncpg
import pytest
from civic_chassis.db import Database, migrations, statement
from civic_chassis.db.tenancy import begin, state_wide, tenancy_of
from civic_chassis.kernel.clock import FrozenClock
from civic_chassis.kernel.ids import new_id
from civic_chassis.testing.postgres import ServiceDatabase
from sqlalchemy import Column, MetaData, Table, Text, bindparam, delete, insert, select, update

from tests.chassis.probe import ADD, MARK, NOTE, SCHEMA, TEXTS, call_at

MARKS = statement(select(MARK.c.id))
ADD_MARK = statement(insert(MARK).values(person_id=bindparam("person"), id=bindparam("id")))
REWRITE = statement(update(NOTE).values(text="fremd"))
ERASE = statement(delete(NOTE))


async def add_note(database: Database, clock: FrozenClock, tenant: str, text: str) -> None:
    async with database.unit_of_work(call_at(clock.now(), tenant)) as work:
        await work.row(ADD, {"tenant": tenant, "id": new_id(), "text": text})


async def test_a_tenant_sees_and_touches_its_own_rows_alone(database: Database, clock: FrozenClock) -> None:
    await add_note(database, clock, "lindental", "eins")
    await add_note(database, clock, "hohenau", "zwei")
    async with database.unit_of_work(call_at(clock.now(), "hohenau")) as work:
        assert [row["text"] for row in await work.rows(TEXTS)] == ["zwei"]
        assert await work.execute(REWRITE) == 1
        assert await work.execute(ERASE) == 1
    async with database.read(call_at(clock.now(), "lindental")) as work:
        assert [row["text"] for row in await work.rows(TEXTS)] == ["eins"]


async def test_a_row_of_another_tenant_cannot_be_written(database: Database, clock: FrozenClock) -> None:
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match="row-level security"):
        async with database.unit_of_work(call_at(clock.now(), "hohenau")) as work:
            await work.row(ADD, {"tenant": "lindental", "id": new_id(), "text": "fremd"})


async def test_without_a_tenant_every_statement_raises(database: Database, clock: FrozenClock) -> None:
    await add_note(database, clock, "lindental", "eins")
    for open_work in (database.read, database.unit_of_work):
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.tenant is not set"):
            async with open_work(call_at(clock.now(), None)) as work:
                await work.rows(TEXTS)


async def test_an_empty_tenant_left_in_the_session_raises(probe_database: ServiceDatabase) -> None:
    connection = await asyncpg.connect(probe_database.app_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.tenant is not set"):
            await connection.fetch("SELECT * FROM note")
        async with connection.transaction():
            await connection.execute("SET LOCAL civic.tenant = 'lindental'")
            assert await connection.fetch("SELECT * FROM note") == []
        assert await connection.fetchval("SELECT current_setting('civic.tenant', true)") == ""
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.tenant is not set"):
            await connection.fetch("SELECT * FROM note")
    finally:
        await connection.close()


async def test_the_owner_is_bound_too(probe_database: ServiceDatabase) -> None:
    connection = await asyncpg.connect(probe_database.owner_url)
    try:
        with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.tenant is not set"):
            await connection.fetch("SELECT * FROM note")
    finally:
        await connection.close()


async def test_a_person_sees_the_own_rows_alone(database: Database, clock: FrozenClock) -> None:
    anna, bora = new_id(), new_id()
    odd = "o'brien; --"
    for person, mark in (("anna", anna), (odd, bora)):
        async with database.unit_of_work(call_at(clock.now(), None, person)) as work:
            await work.execute(ADD_MARK, {"person": person, "id": mark})
    async with database.read(call_at(clock.now(), None, "anna")) as work:
        assert [row["id"] for row in await work.rows(MARKS)] == [anna]
    async with database.read(call_at(clock.now(), "lindental", odd)) as work:
        assert [row["id"] for row in await work.rows(MARKS)] == [bora]
    with pytest.raises(asyncpg.InsufficientPrivilegeError, match=r"civic\.person is not set"):
        async with database.read(call_at(clock.now(), "lindental", None)) as work:
            await work.rows(MARKS)


async def test_the_condition_uses_the_index(database: Database, clock: FrozenClock) -> None:
    async with database.unit_of_work(call_at(clock.now())) as work:
        await work.connection.execute("SET LOCAL enable_seqscan = off")
        plan = await work.connection.fetch("EXPLAIN SELECT * FROM note WHERE id = $1", new_id())
    lines = "\n".join(row[0] for row in plan)
    assert "Index Scan using note_pkey" in lines
    assert "tenant_id = (InitPlan 1).col1" in lines


async def test_the_app_role_makes_no_tables(probe_database: ServiceDatabase) -> None:
    connection = await asyncpg.connect(probe_database.app_url)
    try:
        for sql in (
            "CREATE TABLE mine (id int)",
            "ALTER TABLE note DISABLE ROW LEVEL SECURITY",
            "DROP POLICY tenant ON note",
            "TRUNCATE outbox",
            "SET ROLE probe_owner",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await connection.execute(sql)
    finally:
        await connection.close()


async def test_another_service_cannot_connect(probe_database: ServiceDatabase) -> None:
    superuser = await probe_database.server.superuser()
    try:
        await superuser.execute("DROP ROLE IF EXISTS stranger; CREATE ROLE stranger LOGIN PASSWORD 'test'")
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(probe_database.server.url(probe_database.name, "stranger"))
    finally:
        await superuser.execute("DROP ROLE stranger")
        await superuser.close()


async def test_migrations_walk_down_and_up(probe_database: ServiceDatabase) -> None:
    await migrations.downgrade(SCHEMA, probe_database.owner_url, "base")
    connection = await asyncpg.connect(probe_database.owner_url)
    tables = "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
    functions = "SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
    try:
        assert [row[0] for row in await connection.fetch(tables)] == ["alembic_version"]
        assert await connection.fetch(functions) == []
        await migrations.upgrade(SCHEMA, probe_database.owner_url)
        found = {row[0] for row in await connection.fetch(tables)}
        assert found == {"alembic_version", *SCHEMA.metadata.tables}
        assert await migrations.current(SCHEMA, probe_database.owner_url) == {"0001"}
    finally:
        await connection.close()


def test_a_table_declares_its_tenancy() -> None:
    with pytest.raises(LookupError, match="odd declares no tenancy"):
        tenancy_of(Table("odd", MetaData(), Column("id", Text)))
    with pytest.raises(ValueError, match="needs a reason"):
        state_wide("")


def test_values_cannot_leave_their_quotes(clock: FrozenClock) -> None:
    assert begin(call_at(clock.now(), None, "o'brien")) == "BEGIN;SET LOCAL civic.person='o''brien'"
    for subject in ("a\x00", "a\\'; DROP TABLE note; --"):
        with pytest.raises(ValueError, match="subject"):
            begin(call_at(clock.now(), None, subject))
    with pytest.raises(ValueError, match="tenant"):
        begin(call_at(clock.now(), "a'; DROP TABLE note; --"))


def test_versions_are_found_beside_the_tests() -> None:
    assert (Path(SCHEMA.versions) / "0001_note.py").is_file()
