"""Tables of the discussion service."""

from typing import Any

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import per_person, per_tenant, state_wide
from civic_participation.moderation import moderation_tables
from civic_participation.store.attachment_tables import attachment_tables
from civic_participation.tenants import tenant_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Index,
    LargeBinary,
    MetaData,
    SmallInteger,
    Table,
    Text,
    Uuid,
    and_,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from civic_discussion.store.columns import count, json, text, time
from civic_discussion.store.contribution_tables import contribution_tables
from civic_discussion.store.member_tables import member_tables
from civic_discussion.store.object_tables import object_tables

metadata = MetaData()
chassis_tables(metadata)
tenant_tables(metadata)
moderation_tables(metadata)
attachment, attachment_job = attachment_tables(metadata)
topic_object, topic_object_version, anchor_counter = object_tables(metadata)
contribution, contributor, contribution_version, contribution_origin, contribution_words = contribution_tables(metadata)
invitation, member = member_tables(metadata)

topic = Table(
    "topic",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    time("create_time"),
    time("update_time"),
    text("title"),
    text("teaser"),
    text("text"),
    Column("translations", JSONB, nullable=False),
    Column("published", Boolean, nullable=False),
    time("start_time"),
    time("end_time"),
    time("archive_time"),
    Column("names_public", Boolean, nullable=False),
    Column("extensions", JSONB, nullable=False),
    text("end_reason"),
    Column("search", TSVECTOR, nullable=False),
    # What staff decided about taking part; what is absent has its default.
    json("settings", "{}"),
    # What became of it; null until staff published it.
    Column("outcome", JSONB(none_as_null=True)),
    # Where it is; null where it concerns the tenant as a whole.
    Column("site", JSONB(none_as_null=True)),
    info=per_tenant(),
)
Index("topic_end", topic.c.tenant_id, topic.c.end_time, topic.c.id)
Index("topic_start", topic.c.tenant_id, topic.c.start_time, topic.c.id)

topic_card = Table(
    "topic_card",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    time("create_time"),
    time("update_time"),
    text("title"),
    text("teaser"),
    # Title and teaser by language, no full text.
    Column("translations", JSONB, nullable=False),
    time("start_time"),
    time("end_time"),
    time("archive_time"),
    Column("names_public", Boolean, nullable=False),
    Column("extensions", JSONB, nullable=False),
    text("end_reason"),
    Column("search", TSVECTOR, nullable=False),
    info=state_wide("the state's list shows published topics of all tenants; holds what everybody may read"),
)
Index("topic_card_end", topic_card.c.end_time, topic_card.c.id)
Index("topic_card_start", topic_card.c.start_time, topic_card.c.id)
Index("topic_card_search", topic_card.c.search, postgresql_using="gin")

# Each writer adds to the stripe of its connection, so that writers do not wait for each other.
topic_counter = Table(
    "topic_counter",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("stripe", SmallInteger, primary_key=True),
    count("contributions"),
    count("comments"),
    count("ratings"),
    postgresql_with={"fillfactor": 50},
    info=state_wide("the state's list shows how much was handed in to published topics of all tenants"),
)

# How often each published topic was told to everybody, and with which counts the last time.
offer_telling = Table(
    "offer_telling",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("version", BigInteger, nullable=False),
    time("publish_time"),
    count("contributions"),
    count("comments"),
    count("ratings"),
    postgresql_with={"fillfactor": 50},
    info=state_wide("counts of published topics of all tenants are compared in one statement; they are public"),
)

# Staff who marked a contribution of the tenant, and can be given others.
colleague = Table(
    "colleague",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    text("name"),
    info=per_tenant(),
)

# What reached its goal and waits for the office.
Index(
    "contribution_goal",
    contribution.c.tenant_id,
    contribution.c.goal_time,
    contribution.c.id,
    postgresql_where=and_(contribution.c.goal_time.isnot(None), contribution.c.answer.is_(None)),
)
_placed: list[Any] = [contribution.c.tenant_id, contribution.c.topic_id]
for _name, _keys in (
    ("contribution_placed_time", [contribution.c.create_time, contribution.c.id]),
    ("contribution_placed", [contribution.c.lat, contribution.c.lon]),
):
    Index(_name, *_placed, *_keys, postgresql_where=contribution.c.lat.isnot(None))
_anchored: list[Any] = [contribution.c.tenant_id, contribution.c.topic_id, contribution.c.anchor_object]
_section: Any = contribution.c.anchor_section
_time_order: list[Any] = [contribution.c.create_time, contribution.c.id]
_support_order: list[Any] = [contribution.c.rated_for, *_time_order]
for _name, _keys in (
    ("contribution_object_time", [*_anchored, *_time_order]),
    ("contribution_object_support", [*_anchored, *_support_order]),
    ("contribution_section_time", [*_anchored, _section, *_time_order]),
    ("contribution_section_support", [*_anchored, _section, *_support_order]),
):
    Index(_name, *_keys, postgresql_where=contribution.c.anchor_object.isnot(None))

comment = Table(
    "comment",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("contribution_id", Uuid, nullable=False),
    Column("parent_id", Uuid),
    Column("row_version", BigInteger, nullable=False),
    time("create_time"),
    text("author_subject"),
    text("author_name"),
    Column("name_public", Boolean, nullable=False),
    Column("name_office", Boolean, nullable=False, server_default="true"),
    text("text"),
    Column("depth", SmallInteger, nullable=False),
    # Byte order is reading order.
    Column("path", LargeBinary, nullable=False),
    Column("state", Text, nullable=False, server_default="published"),
    info=per_tenant(),
)
Index("comment_path", comment.c.tenant_id, comment.c.contribution_id, comment.c.path)

rating = Table(
    "rating",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("contribution_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    text("value"),
    time("update_time"),
    info=per_tenant(),
)

participation = Table(
    "participation",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    text("kind"),
    text("tenant_id"),
    Column("topic_id", Uuid, nullable=False),
    text("topic_title"),
    Column("contribution_id", Uuid, nullable=False),
    text("contribution_title"),
    time("create_time"),
    Column("state", Text, nullable=False, server_default="published"),
    info=per_person(),
)
Index("participation_time", participation.c.person_id, participation.c.create_time, participation.c.id)
Index(
    "participation_rating",
    participation.c.person_id,
    participation.c.contribution_id,
    unique=True,
    postgresql_where=participation.c.kind == "rating",
)
