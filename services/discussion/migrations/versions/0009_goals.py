"""Goals that initiatives reached."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contribution", sa.Column("goal_size", sa.BigInteger))
    op.add_column("contribution", sa.Column("goal_time", sa.DateTime(timezone=True)))
    waits = sa.text("goal_time IS NOT NULL AND answer IS NULL")
    op.create_index("contribution_goal", "contribution", ["tenant_id", "goal_time", "id"], postgresql_where=waits)


def downgrade() -> None:
    op.drop_index("contribution_goal", "contribution")
    op.drop_column("contribution", "goal_time")
    op.drop_column("contribution", "goal_size")
