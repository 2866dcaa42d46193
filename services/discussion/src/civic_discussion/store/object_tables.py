"""Tables of the objects that a topic is opened on."""

from civic_chassis.db.tenancy import per_tenant
from sqlalchemy import BigInteger, Column, MetaData, SmallInteger, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from civic_discussion.store.columns import count, json, text, time


def object_tables(metadata: MetaData) -> tuple[Table, Table, Table]:
    """`topic_object`, `topic_object_version` and `anchor_counter`."""
    topic_object = Table(
        "topic_object",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("topic_id", Uuid, primary_key=True),
        Column("id", Text, primary_key=True),
        Column("row_version", BigInteger, nullable=False),
        time("create_time"),
        time("update_time"),
        text("kind"),
        text("title"),
        text("description"),
        Column("position", SmallInteger, nullable=False),
        Column("version", BigInteger, nullable=False),
        # The present content without texts of sections and transcripts.
        Column("outline", JSONB, nullable=False),
        # Ids of all sections that it ever had, and what it needs before everybody may see it.
        json("used_ids", "[]"),
        json("gaps", "[]"),
        info=per_tenant(),
    )

    topic_object_version = Table(
        "topic_object_version",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("topic_id", Uuid, primary_key=True),
        Column("object_id", Text, primary_key=True),
        Column("version", BigInteger, primary_key=True),
        time("create_time"),
        text("note"),
        Column("content", JSONB, nullable=False),
        info=per_tenant(),
    )

    # Published contributions by what they are about, kept by a trigger on contributions; striped as `topic_counter` is.
    anchor_counter = Table(
        "anchor_counter",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("topic_id", Uuid, primary_key=True),
        Column("object_id", Text, primary_key=True),
        Column("section", Text, primary_key=True),
        Column("stripe", SmallInteger, primary_key=True),
        count("contributions"),
        postgresql_with={"fillfactor": 50},
        info=per_tenant(),
    )
    return topic_object, topic_object_version, anchor_counter
