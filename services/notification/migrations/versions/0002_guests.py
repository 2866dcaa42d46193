"""Recipients without an account, and the questions that they are asked."""

from alembic import op
from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import state_wide
from sqlalchemy import Column, DateTime, Index, MetaData, Table, Text, Uuid

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# What this version makes, written down: later changes of the service's metadata do not reach it.
metadata = MetaData()

question = Table(
    "question",
    metadata,
    Column("id", Uuid, primary_key=True),
    *(
        Column(name, Text, nullable=False)
        for name in ("subject", "tenant_id", "object_kind", "object_id", "rhythm", "title", "path")
    ),
    Column("create_time", DateTime(timezone=True), nullable=False),
    Column("confirm_time", DateTime(timezone=True)),
    info=state_wide(
        "an address without an account is asked whether it wants to follow; found by the token of the mail"
    ),
)
Index("question_subject", question.c.subject, question.c.create_time)
Index("question_create_time", question.c.create_time)


def upgrade() -> None:
    op.execute("ALTER TABLE recipient ADD COLUMN guest boolean NOT NULL DEFAULT false")
    op.execute("CREATE UNIQUE INDEX recipient_guest ON recipient (lower(address)) WHERE guest")
    op.execute("ALTER TABLE following ADD COLUMN confirm_time timestamptz")
    create_table(op, question, grants="SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.execute("DROP TABLE question")
    op.execute("ALTER TABLE following DROP COLUMN confirm_time")
    op.execute("DROP INDEX recipient_guest")
    op.execute("DELETE FROM recipient WHERE guest")
    op.execute("ALTER TABLE recipient DROP COLUMN guest")
