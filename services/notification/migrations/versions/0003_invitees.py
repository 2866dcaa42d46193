"""Addresses that staff invites to something closed."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import Column, DateTime, Index, MetaData, Table, Text, Uuid

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

# What this version makes, written down: later changes of the service's metadata do not reach it.
invitee = Table(
    "invitee",
    MetaData(),
    Column("tenant_id", Text, primary_key=True),
    Column("object_kind", Text, primary_key=True),
    Column("object_id", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("id", Uuid, nullable=False),
    Column("create_time", DateTime(timezone=True), nullable=False),
    info=state_wide("what is forgotten of addresses is known over all tenants; every other statement names the tenant"),
)
Index("invitee_subject", invitee.c.subject)


def upgrade() -> None:
    create_table(op, invitee)


def downgrade() -> None:
    op.execute("DROP TABLE invitee")
