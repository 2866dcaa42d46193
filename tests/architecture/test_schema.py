"""Every service's database: migrations lead to the metadata and back, and rows are kept apart by the database."""

from collections.abc import AsyncIterator
from importlib import import_module

import asyncpg
import pytest
import pytest_asyncio
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from civic_chassis.db.migrations import Schema, config, current, downgrade, upgrade
from civic_chassis.db.tenancy import Tenancy, tenancy_of
from civic_chassis.testing.plugin import NewDatabase
from civic_chassis.testing.postgres import ServiceDatabase
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from workspace import Member, services


@pytest.fixture(params=services(), ids=lambda service: service.package)
def schema(request: pytest.FixtureRequest) -> Schema:
    service: Member = request.param
    found: Schema = import_module(f"{service.package}.main").SERVICE.schema
    return found


@pytest_asyncio.fixture(loop_scope="session")
async def database(schema: Schema, new_database: NewDatabase) -> ServiceDatabase:
    return await new_database(schema)


@pytest_asyncio.fixture(loop_scope="session")
async def connection(database: ServiceDatabase) -> AsyncIterator[asyncpg.Connection]:
    opened = await database.server.superuser(database.name)
    yield opened
    await opened.close()


async def differences(schema: Schema, url: str) -> list[object]:
    def compare(connection: sa.Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        return list(compare_metadata(context, schema.metadata))

    engine = create_async_engine(url.replace("postgresql://", "postgresql+asyncpg://"), poolclass=NullPool)
    async with engine.connect() as connection:
        return await connection.run_sync(compare)


async def test_head_equals_the_metadata(schema: Schema, database: ServiceDatabase) -> None:
    assert await differences(schema, database.owner_url) == []


async def test_every_migration_can_be_undone(
    schema: Schema, database: ServiceDatabase, connection: asyncpg.Connection
) -> None:
    script = ScriptDirectory.from_config(config(schema))
    revisions = [revision.revision for revision in script.walk_revisions()]
    before = await objects(connection)
    for revision in revisions:
        assert await current(schema, database.owner_url) == {revision}
        await downgrade(schema, database.owner_url, "-1")
    assert await objects(connection) == {"alembic_version"}
    for revision in reversed(revisions):
        await upgrade(schema, database.owner_url, revision)
        await downgrade(schema, database.owner_url, "-1")
        await upgrade(schema, database.owner_url, revision)
    assert await objects(connection) == before
    assert await differences(schema, database.owner_url) == []


async def objects(connection: asyncpg.Connection) -> set[str]:
    """Tables, sequences, views, policies, functions and types of the schema."""
    rows = await connection.fetch("""
        SELECT relname AS name FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'S', 'v', 'm')
        UNION SELECT proname || '()' FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION SELECT tablename || ': ' || policyname FROM pg_policies WHERE schemaname = 'public'
        UNION SELECT typname FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd')
    """)
    return {row["name"] for row in rows}


async def test_row_level_security_is_forced(schema: Schema, connection: asyncpg.Connection) -> None:
    """A table is a tenant's, a person's, or state-wide for a reason that is written down."""
    flags = {
        row["relname"]: (row["relrowsecurity"], row["relforcerowsecurity"])
        for row in await connection.fetch("SELECT * FROM pg_class WHERE relnamespace = 'public'::regnamespace")
    }
    rows = await connection.fetch("SELECT * FROM pg_policies WHERE schemaname = 'public'")
    policies = {row["tablename"]: row for row in rows}
    assert len(policies) == len(rows)
    for name, table in schema.metadata.tables.items():
        tenancy = tenancy_of(table)
        if tenancy is Tenancy.STATE_WIDE:
            assert flags[name] == (False, False)
            assert name not in policies
            assert len(table.info["reason"]) > 20, f"{name} needs a reason for being state-wide"
            continue
        column = f"{tenancy.value}_id"
        rule = f"({column} = ( SELECT civic_{tenancy.value}() AS civic_{tenancy.value}))"
        assert flags[name] == (True, True), name
        policy = policies[name]
        assert (policy["qual"], policy["with_check"], policy["cmd"]) == (rule, rule, "ALL"), name
        assert not table.c[column].nullable, name


def test_the_tenant_leads_every_key(schema: Schema) -> None:
    """Kept apart also in the indexes: a tenant's pages cost the same however many tenants there are."""
    for table in schema.metadata.tables.values():
        tenancy = tenancy_of(table)
        if tenancy is Tenancy.STATE_WIDE:
            continue
        keys: list[list[object]] = [list(table.primary_key.columns)]
        keys += [list(index.expressions) for index in table.indexes]
        keys += [list(each.columns) for each in table.constraints if isinstance(each, sa.UniqueConstraint)]
        for key in keys:
            assert getattr(key[0], "name", str(key[0])) == f"{tenancy.value}_id", f"{table.name}: {key}"


async def test_without_a_tenant_nothing_is_seen(schema: Schema, database: ServiceDatabase) -> None:
    app = await asyncpg.connect(database.app_url)
    try:
        for name, table in schema.metadata.tables.items():
            if tenancy_of(table) is Tenancy.STATE_WIDE:
                continue
            for setting in ("", "SET LOCAL civic.tenant = ''; SET LOCAL civic.person = ''; "):
                with pytest.raises(asyncpg.InsufficientPrivilegeError, match="is not set"):
                    await app.execute(f'BEGIN; {setting} SELECT count(*) FROM "{name}"')
                await app.execute("ROLLBACK")
    finally:
        await app.close()


async def test_the_app_role_changes_no_schema(schema: Schema, database: ServiceDatabase) -> None:
    app = await asyncpg.connect(database.app_url)
    try:
        for name in schema.metadata.tables:
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f'ALTER TABLE "{name}" DISABLE ROW LEVEL SECURITY')
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await app.execute(f'TRUNCATE "{name}"')
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await app.execute("CREATE TABLE mine (id int)")
    finally:
        await app.close()
