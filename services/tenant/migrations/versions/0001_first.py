"""The first schema: tenants."""

from alembic import op
from civic_chassis.db.migrations import create_chassis_tables, create_table, drop_chassis_tables
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import BigInteger, Column, DateTime, Index, MetaData, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

# What this version makes, written down: later changes of the service's metadata do not reach it.
tenant = Table(
    "tenant",
    MetaData(),
    Column("slug", Text, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("update_time", DateTime(timezone=True), nullable=False),
    Column("display_name", Text, nullable=False),
    Column("sort_key", Text(collation="C"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("ags", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("on_colour", Text, nullable=False),
    Column("link_colour", Text, nullable=False),
    Column("logo", Text, nullable=False),
    Column("logo_media_type", Text, nullable=False),
    Column("texts", JSONB, nullable=False),
    Column("contact", JSONB, nullable=False),
    info=state_wide("the tenants themselves: which there are, and what they say of themselves, is public"),
)
Index("tenant_order", tenant.c.sort_key, tenant.c.slug)


def upgrade() -> None:
    create_chassis_tables(op)
    create_table(op, tenant, grants="SELECT, INSERT, UPDATE")


def downgrade() -> None:
    op.execute('DROP TABLE "tenant"')
    drop_chassis_tables(op)
