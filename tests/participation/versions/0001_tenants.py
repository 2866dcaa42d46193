"""Chassis tables and the projection of tenants."""

from alembic import op
from civic_chassis.db import migrations
from civic_participation.tenants import create_tenant_tables, drop_tenant_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    migrations.create_chassis_tables(op)
    create_tenant_tables(op)


def downgrade() -> None:
    drop_tenant_tables(op)
    migrations.drop_chassis_tables(op)
