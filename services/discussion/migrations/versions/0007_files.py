"""Files that are attached to contributions."""

from alembic import op
from civic_participation.store.attachment_tables import create_attachment_tables, drop_attachment_tables
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contribution", Column("attachments", JSONB, nullable=False, server_default="[]"))
    create_attachment_tables(op)


def downgrade() -> None:
    drop_attachment_tables(op)
    op.drop_column("contribution", "attachments")
