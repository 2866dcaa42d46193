"""Tables of attachments, and of the work that waits for them."""

from typing import Any

from civic_chassis.db.migrations import create_table
from civic_chassis.db.tenancy import per_tenant, state_wide
from sqlalchemy import (
    BigInteger,
    Column,
    DateTime,
    Index,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB


def attachment_tables(metadata: MetaData) -> tuple[Table, Table]:
    """Adds the tables `attachment` and `attachment_job` to a service's metadata."""
    attachment = Table(
        "attachment",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        # The text that the file is attached to.
        Column("holder_id", Uuid, nullable=False),
        Column("place", SmallInteger, nullable=False),
        Column("owner_subject", Text, nullable=False),
        Column("create_time", DateTime(timezone=True), nullable=False),
        Column("name", Text, nullable=False),
        Column("size", BigInteger, nullable=False),
        Column("media_type", Text, nullable=False),
        Column("state", Text, nullable=False),
        Column("alt_text", Text, nullable=False),
        Column("width", Integer, nullable=False),
        Column("height", Integer, nullable=False),
        Column("digest", Text, nullable=False),
        Column("reason", Text, nullable=False),
        Column("notes", JSONB, nullable=False),
        Column("thumbnails", JSONB, nullable=False),
        info=per_tenant(),
    )
    Index("attachment_holder", attachment.c.tenant_id, attachment.c.holder_id, attachment.c.place)
    job = Table(
        "attachment_job",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("work", Text, nullable=False),
        Column("run_at", DateTime(timezone=True), nullable=False),
        Column("attempts", Integer, nullable=False, server_default="0"),
        info=state_wide("one worker serves all tenants; a job names a file and nothing of it"),
    )
    Index("attachment_job_run_at", job.c.run_at)
    return attachment, job


def create_attachment_tables(op: Any) -> None:
    """The piece of a service's migration."""
    for table in attachment_tables(MetaData()):
        create_table(op, table)


def drop_attachment_tables(op: Any) -> None:
    """The way back."""
    op.execute("DROP TABLE attachment_job")
    op.execute("DROP TABLE attachment")
