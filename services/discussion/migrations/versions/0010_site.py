"""Where a topic is."""

from alembic import op
from sqlalchemy import Column
from sqlalchemy.dialects.postgresql import JSONB

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("topic", Column("site", JSONB))


def downgrade() -> None:
    op.drop_column("topic", "site")
