"""Tables of the discussion service."""

from typing import Any

from civic_chassis.db.tables import chassis_tables
from civic_chassis.db.tenancy import per_person, per_tenant, state_wide
from civic_participation.moderation import moderation_tables
from civic_participation.store.attachments import attachment_tables
from civic_participation.tenants import tenant_tables
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
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

from civic_discussion.store.member_tables import member_tables
from civic_discussion.store.object_tables import object_tables

metadata = MetaData()
chassis_tables(metadata)
tenant_tables(metadata)
moderation_tables(metadata)
attachment, attachment_job = attachment_tables(metadata)
topic_object, topic_object_version, anchor_counter = object_tables(metadata)
invitation, member = member_tables(metadata)


def _time(name: str) -> "Column[object]":
    return Column(name, DateTime(timezone=True), nullable=False)


def _text(name: str) -> "Column[str]":
    return Column(name, Text, nullable=False)


def _json(name: str, default: str) -> "Column[object]":
    return Column(name, JSONB, nullable=False, server_default=default)


def _count(name: str) -> "Column[int]":
    return Column(name, BigInteger, nullable=False, server_default="0")


topic = Table(
    "topic",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("row_version", BigInteger, nullable=False),
    _time("create_time"),
    _time("update_time"),
    _text("title"),
    _text("teaser"),
    _text("text"),
    Column("translations", JSONB, nullable=False),
    Column("published", Boolean, nullable=False),
    _time("start_time"),
    _time("end_time"),
    _time("archive_time"),
    Column("names_public", Boolean, nullable=False),
    Column("extensions", JSONB, nullable=False),
    _text("end_reason"),
    Column("search", TSVECTOR, nullable=False),
    # What staff decided about taking part; what is absent has its default.
    _json("settings", "{}"),
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
    _time("create_time"),
    _time("update_time"),
    _text("title"),
    _text("teaser"),
    # Title and teaser by language, no full text.
    Column("translations", JSONB, nullable=False),
    _time("start_time"),
    _time("end_time"),
    _time("archive_time"),
    Column("names_public", Boolean, nullable=False),
    Column("extensions", JSONB, nullable=False),
    _text("end_reason"),
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
    _count("contributions"),
    _count("comments"),
    _count("ratings"),
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
    _time("publish_time"),
    _count("contributions"),
    _count("comments"),
    _count("ratings"),
    postgresql_with={"fillfactor": 50},
    info=state_wide("counts of published topics of all tenants are compared in one statement; they are public"),
)

contribution = Table(
    "contribution",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("topic_id", Uuid, nullable=False),
    Column("row_version", BigInteger, nullable=False),
    _time("create_time"),
    _time("update_time"),
    _text("author_subject"),
    _text("author_name"),
    # What the page promised when it was written; a topic that shows names later does not show this one.
    Column("name_public", Boolean, nullable=False),
    _text("title"),
    _text("text"),
    _count("rated_for"),
    _count("rated_neutral"),
    _count("rated_against"),
    _count("comment_count"),
    Column("state", Text, nullable=False, server_default="published"),
    # What staff sees, as the page promised when it was written.
    Column("name_office", Boolean, nullable=False, server_default="true"),
    Column("category", Text, nullable=False, server_default=""),
    _json("labels", "[]"),
    # All as the JSON API shows them; null for none.
    Column("answer", JSONB(none_as_null=True)),
    Column("merged_into", Uuid),
    # The version in which the present words were sent.
    Column("words_version", BigInteger, nullable=False, server_default="1"),
    Column("place", JSONB(none_as_null=True)),
    Column("anchor", JSONB(none_as_null=True)),
    # Columns of their own, as ->> is not leakproof: under row-level security no index on it is used.
    Column("anchor_object", Text, Computed("(anchor ->> 'object'::text)", persisted=True)),
    Column("anchor_section", Text, Computed("(anchor ->> 'section'::text)", persisted=True)),
    # For maps: null without a pin. Columns of their own for the same reason.
    Column("lat", Double, Computed("(((place -> 'lat'::text))::double precision)", persisted=True)),
    Column("lon", Double, Computed("(((place -> 'lon'::text))::double precision)", persisted=True)),
    # What of its files everybody sees, as the JSON API shows them; the rest stands in `attachment`.
    _json("attachments", "[]"),
    # An initiative that has as many supporters as it wanted: the goal, and when; null until then.
    Column("goal_size", BigInteger),
    Column("goal_time", DateTime(timezone=True)),
    # What staff notes; no public reading takes these columns.
    Column("starred", Boolean, nullable=False, server_default="false"),
    Column("mark_label", Text, nullable=False, server_default=""),
    Column("assignee", Text, nullable=False, server_default=""),
    # Counts change in place, so that rows leave room for their next versions.
    postgresql_with={"fillfactor": 85},
    info=per_tenant(),
)
Index(
    "contribution_time",
    contribution.c.tenant_id,
    contribution.c.topic_id,
    contribution.c.create_time,
    contribution.c.id,
)
Index(
    "contribution_support",
    contribution.c.tenant_id,
    contribution.c.topic_id,
    contribution.c.rated_for,
    contribution.c.create_time,
    contribution.c.id,
)

Index(
    "contribution_category_time",
    contribution.c.tenant_id,
    contribution.c.topic_id,
    contribution.c.category,
    contribution.c.create_time,
    contribution.c.id,
    postgresql_where=contribution.c.category != "",
)
Index(
    "contribution_category_support",
    contribution.c.tenant_id,
    contribution.c.topic_id,
    contribution.c.category,
    contribution.c.rated_for,
    contribution.c.create_time,
    contribution.c.id,
    postgresql_where=contribution.c.category != "",
)
# The desk lists contributions of all topics, whole or by mark.
_desk: list[Any] = [contribution.c.create_time, contribution.c.id]
Index("contribution_desk", contribution.c.tenant_id, *_desk)
Index("contribution_starred", contribution.c.tenant_id, *_desk, postgresql_where=contribution.c.starred)
for _mark in (contribution.c.mark_label, contribution.c.assignee):
    Index(
        f"contribution_{_mark.name.removeprefix('mark_')}",
        *(contribution.c.tenant_id, _mark, *_desk),
        postgresql_where=_mark != "",
    )

# Staff who marked a contribution of the tenant, and can be given others.
colleague = Table(
    "colleague",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    _text("name"),
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

# Kept for topics that take a limited number of contributions from one person.
contributor = Table(
    "contributor",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("topic_id", Uuid, primary_key=True),
    Column("subject", Text, primary_key=True),
    _count("contributions"),
    info=per_tenant(),
)

contribution_version = Table(
    "contribution_version",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("contribution_id", Uuid, primary_key=True),
    Column("version", BigInteger, primary_key=True),
    _time("create_time"),
    _text("title"),
    _text("text"),
    info=per_tenant(),
)

contribution_origin = Table(
    "contribution_origin",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("contribution_id", Uuid, primary_key=True),
    # Another contribution, or for a move the topic before.
    Column("origin_id", Uuid, primary_key=True),
    Column("create_time", DateTime(timezone=True), primary_key=True),
    _text("kind"),
    _text("title"),
    info=per_tenant(),
)

# What is similar, kept behind the events: writing does not wait for the index of words.
contribution_words = Table(
    "contribution_words",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("topic_id", Uuid, nullable=False),
    _text("title"),
    Column("search", TSVECTOR, nullable=False),
    info=state_wide("an index of words serves no table with row-level security; holds published words alone"),
)
Index("contribution_words_search", contribution_words.c.search, postgresql_using="gin")

comment = Table(
    "comment",
    metadata,
    Column("tenant_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    Column("contribution_id", Uuid, nullable=False),
    Column("parent_id", Uuid),
    Column("row_version", BigInteger, nullable=False),
    _time("create_time"),
    _text("author_subject"),
    _text("author_name"),
    Column("name_public", Boolean, nullable=False),
    Column("name_office", Boolean, nullable=False, server_default="true"),
    _text("text"),
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
    _text("value"),
    _time("update_time"),
    info=per_tenant(),
)

participation = Table(
    "participation",
    metadata,
    Column("person_id", Text, primary_key=True),
    Column("id", Uuid, primary_key=True),
    _text("kind"),
    _text("tenant_id"),
    Column("topic_id", Uuid, nullable=False),
    _text("topic_title"),
    Column("contribution_id", Uuid, nullable=False),
    _text("contribution_title"),
    _time("create_time"),
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
