"""What migrations are made of: running them, and the pieces that every service's schema has."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData, Table
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import Tenancy, tenancy_of

_SCRIPTS = Path(__file__).parent / "alembic"
_LOCK = 0x636976696301  # "civic", 1: migrations of one database run one after another.


@dataclass(frozen=True, slots=True)
class Schema:
    """A service's schema: its metadata (chassis tables included) and the folder of its Alembic versions."""

    service: str
    metadata: MetaData
    versions: Path


async def upgrade(schema: Schema, owner_url: str, revision: str = "head") -> None:
    """Walks up to the revision, as the owner role. Two at the same time wait for each other."""
    await _run(schema, owner_url, lambda config: command.upgrade(config, revision))


async def downgrade(schema: Schema, owner_url: str, revision: str) -> None:
    """Walks down to the revision; `base` is the empty database."""
    await _run(schema, owner_url, lambda config: command.downgrade(config, revision))


async def current(schema: Schema, owner_url: str) -> frozenset[str]:
    """The revisions that the database is at; empty before the first migration."""
    found: list[str] = []

    def look(connection: sa.Connection) -> None:
        from alembic.runtime.migration import MigrationContext

        found.extend(MigrationContext.configure(connection).get_current_heads())

    engine = create_async_engine(_sqlalchemy_url(owner_url), poolclass=NullPool)
    async with engine.connect() as connection:
        await connection.run_sync(look)
    await engine.dispose()
    return frozenset(found)


def config(schema: Schema, connection: sa.Connection | None = None) -> Config:
    """Alembic's configuration; `env.py` finds metadata and connection in its attributes."""
    made = Config()
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.set_main_option("version_locations", str(schema.versions).replace("%", "%%"))
    made.set_main_option("path_separator", "newline")
    made.attributes["metadata"] = schema.metadata
    made.attributes["connection"] = connection
    return made


async def _run(schema: Schema, owner_url: str, step: Any) -> None:
    engine = create_async_engine(_sqlalchemy_url(owner_url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(sa.text("SELECT pg_advisory_lock(:lock)"), {"lock": _LOCK})
            await connection.commit()
            await connection.run_sync(lambda sync: step(config(schema, sync)))
            await connection.commit()
    finally:
        await engine.dispose()


def _sqlalchemy_url(url: str) -> str:
    return url.replace("postgresql://", "postgresql+asyncpg://", 1)


# Pieces of a migration. `op` is Alembic's.

_FUNCTION = """
CREATE FUNCTION civic_{name}() RETURNS text LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    value text := current_setting('civic.{name}', true);
BEGIN
    IF value IS NULL OR value = '' THEN
        RAISE EXCEPTION 'civic.{name} is not set' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN value;
END
$$
"""

_AUDIT_GUARD = """
CREATE OR REPLACE FUNCTION civic_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END
$$
"""

_CHASSIS_GRANTS = {
    "outbox": "SELECT, INSERT, DELETE",
    "inbox": "SELECT, INSERT, DELETE",
    "dead_letter": "SELECT, INSERT, UPDATE, DELETE",
    "request_log": "SELECT, INSERT, UPDATE, DELETE",
    "audit": "SELECT, INSERT",
    "timer": "SELECT, INSERT, UPDATE, DELETE",
}


def create_chassis_tables(op: Any) -> None:
    """The first step of a service's first migration: functions, chassis tables, their grants and policies."""
    op.execute("REVOKE ALL ON SCHEMA public FROM PUBLIC")
    op.execute(f'GRANT USAGE ON SCHEMA public TO "{app_role(op)}"')
    op.execute(_FUNCTION.format(name="tenant"))
    op.execute(_FUNCTION.format(name="person"))
    metadata = MetaData()
    chassis_tables(metadata)
    for table in metadata.sorted_tables:
        create_table(op, table, grants=_CHASSIS_GRANTS[table.name])
    make_append_only(op, "audit")


def drop_chassis_tables(op: Any) -> None:
    """The way back."""
    metadata = MetaData()
    chassis_tables(metadata)
    for table in reversed(metadata.sorted_tables):
        op.execute(f'DROP TABLE "{table.name}"')
    for function in ("civic_refuse_change", "civic_person", "civic_tenant"):
        op.execute(f"DROP FUNCTION {function}()")


def create_table(op: Any, table: Table, *, grants: str = "SELECT, INSERT, UPDATE, DELETE") -> None:
    """Makes a table with its indexes, its row-level security as its `info` says, and the app role's grants.

    A migration gives a table of its own, written down in the version: what it makes must not follow later changes.
    """
    op.execute(CreateTable(table))
    for index in sorted(table.indexes, key=lambda index: str(index.name)):
        op.execute(CreateIndex(index))
    protect(op, table.name, tenancy_of(table))
    grant(op, table.name, grants)


def protect(op: Any, table: str, tenancy: Tenancy) -> None:
    """Forces row-level security. The sub-select is evaluated once, and lets the index serve the condition."""
    if tenancy is Tenancy.STATE_WIDE:
        return
    column = f"{tenancy.value}_id"
    rule = f"{column} = (SELECT civic_{tenancy.value}())"
    op.execute(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY')
    op.execute(f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY')
    op.execute(f'CREATE POLICY {tenancy.value} ON "{table}" USING ({rule}) WITH CHECK ({rule})')


def grant(op: Any, table: str, privileges: str) -> None:
    op.execute(f'GRANT {privileges} ON "{table}" TO "{app_role(op)}"')


def make_append_only(op: Any, table: str) -> None:
    """Refuses every UPDATE, DELETE and TRUNCATE, the owner's too."""
    op.execute(_AUDIT_GUARD)
    op.execute(
        f'CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}"'
        " FOR EACH STATEMENT EXECUTE FUNCTION civic_refuse_change()"
    )


def app_role(op: Any) -> str:
    """The app role beside the owner that runs the migration: `<service>_owner` → `<service>_app`."""
    owner = str(op.get_bind().scalar(sa.text("SELECT current_user")))
    if not owner.endswith("_owner"):
        raise RuntimeError("migrations run as <service>_owner")
    return owner.removesuffix("_owner") + "_app"
