"""Tables of contributions: what people wrote, its versions and where it came from, the words by which it is found."""

from typing import Any

from civic_chassis.db.tenancy import per_tenant, state_wide
from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Computed,
    DateTime,
    Double,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
)
from sqlalchemy.dialects.postgresql import JSONB, TSVECTOR

from civic_discussion.store.columns import count, json, text, time


def contribution_tables(metadata: MetaData) -> tuple[Table, Table, Table, Table, Table]:
    """`contribution`, `contributor`, `contribution_version`, `contribution_origin` and `contribution_words`."""
    contribution = Table(
        "contribution",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("topic_id", Uuid, nullable=False),
        Column("row_version", BigInteger, nullable=False),
        time("create_time"),
        time("update_time"),
        text("author_subject"),
        text("author_name"),
        # What the page promised when it was written; a topic that shows names later does not show this one.
        Column("name_public", Boolean, nullable=False),
        text("title"),
        text("text"),
        count("rated_for"),
        count("rated_neutral"),
        count("rated_against"),
        count("comment_count"),
        Column("state", Text, nullable=False, server_default="published"),
        # What staff sees, as the page promised when it was written.
        Column("name_office", Boolean, nullable=False, server_default="true"),
        Column("category", Text, nullable=False, server_default=""),
        json("labels", "[]"),
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
        json("attachments", "[]"),
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

    # Kept for topics that take a limited number of contributions from one person.
    contributor = Table(
        "contributor",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("topic_id", Uuid, primary_key=True),
        Column("subject", Text, primary_key=True),
        count("contributions"),
        info=per_tenant(),
    )

    contribution_version = Table(
        "contribution_version",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("contribution_id", Uuid, primary_key=True),
        Column("version", BigInteger, primary_key=True),
        time("create_time"),
        text("title"),
        text("text"),
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
        text("kind"),
        text("title"),
        info=per_tenant(),
    )

    # What is similar, kept behind the events: writing does not wait for the index of words.
    contribution_words = Table(
        "contribution_words",
        metadata,
        Column("tenant_id", Text, primary_key=True),
        Column("id", Uuid, primary_key=True),
        Column("topic_id", Uuid, nullable=False),
        text("title"),
        Column("search", TSVECTOR, nullable=False),
        info=state_wide("an index of words serves no table with row-level security; holds published words alone"),
    )
    Index("contribution_words_search", contribution_words.c.search, postgresql_using="gin")
    return contribution, contributor, contribution_version, contribution_origin, contribution_words
