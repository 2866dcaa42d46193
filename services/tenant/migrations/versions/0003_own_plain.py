"""Whether staff wrote what a tenant tells in Leichte Sprache and German Sign Language."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("tenant", sa.Column("own_plain", sa.Boolean, nullable=False, server_default="false"))


def downgrade() -> None:
    op.drop_column("tenant", "own_plain")
