"""The probe's tables."""

import sqlalchemy as sa
from alembic import op
from civic_chassis.db import migrations
from civic_chassis.db.tenancy import per_person, per_tenant

revision = "0001"
down_revision = None


def upgrade() -> None:
    migrations.create_chassis_tables(op)
    metadata = sa.MetaData()
    note = sa.Table(
        "note",
        metadata,
        sa.Column("tenant_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("row_version", sa.BigInteger, nullable=False, server_default="1"),
        info=per_tenant(),
    )
    mark = sa.Table(
        "mark",
        metadata,
        sa.Column("person_id", sa.Text, primary_key=True),
        sa.Column("id", sa.Uuid, primary_key=True),
        info=per_person(),
    )
    migrations.create_table(op, note)
    migrations.create_table(op, mark)


def downgrade() -> None:
    op.execute("DROP TABLE mark")
    op.execute("DROP TABLE note")
    migrations.drop_chassis_tables(op)
