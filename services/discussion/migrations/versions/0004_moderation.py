"""Moderation: cases, reports, rules, a log that nobody changes; whether comments are shown."""

from alembic import op
from civic_chassis.db.migrations import app_role, grant
from civic_participation.moderation import create_moderation_tables, drop_moderation_tables
from sqlalchemy import Column, Text

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    create_moderation_tables(op)
    op.add_column("comment", Column("state", Text, nullable=False, server_default="published"))
    op.add_column("participation", Column("state", Text, nullable=False, server_default="published"))
    grant(op, "comment", "UPDATE")
    grant(op, "participation", "UPDATE")


def downgrade() -> None:
    op.execute('REVOKE UPDATE ON "participation", "comment" FROM "' + app_role(op) + '"')
    op.drop_column("participation", "state")
    op.drop_column("comment", "state")
    drop_moderation_tables(op)
