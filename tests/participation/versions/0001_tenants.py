"""Chassis tables, the projection of tenants, moderation, and texts to moderate."""

from alembic import op
from civic_chassis.db import migrations
from civic_participation.moderation import create_moderation_tables, drop_moderation_tables
from civic_participation.tenants import create_tenant_tables, drop_tenant_tables

from tests.participation.letters import letter_table

revision = "0001"
down_revision = None


def upgrade() -> None:
    migrations.create_chassis_tables(op)
    create_tenant_tables(op)
    create_moderation_tables(op)
    migrations.create_table(op, letter_table())


def downgrade() -> None:
    op.execute("DROP TABLE letter")
    drop_moderation_tables(op)
    drop_tenant_tables(op)
    migrations.drop_chassis_tables(op)
