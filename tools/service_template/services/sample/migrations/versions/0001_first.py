"""The first schema: specimens."""

from alembic import op
from civic_chassis.db.migrations import create_chassis_tables, create_table, drop_chassis_tables
from civic_chassis.db.tenancy import per_tenant
from civic_participation.tenants import create_tenant_tables, drop_tenant_tables
from sqlalchemy import BigInteger, Column, DateTime, MetaData, Table, Text, Uuid

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What this version makes, written down: later changes of the service's metadata do not reach it.
specimen = Table(
    "specimen",
    MetaData(),
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
    Column("title", Text, nullable=False),
    Column("text", Text, nullable=False),
    info=per_tenant(),
)


def upgrade() -> None:
    create_chassis_tables(op)
    create_tenant_tables(op)
    create_table(op, specimen)


def downgrade() -> None:
    op.execute("DROP TABLE specimen")
    drop_tenant_tables(op)
    drop_chassis_tables(op)
