"""What tenants tell in Leichte Sprache and German Sign Language."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("plain", JSONB, nullable=False, server_default="{}"))


def downgrade() -> None:
    op.drop_column("tenant", "plain")
