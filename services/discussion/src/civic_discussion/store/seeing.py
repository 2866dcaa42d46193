"""What one caller may see of what others wrote, and how JSON shows it."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, and_, bindparam, case, exists, func, literal_column, or_

from civic_discussion.domain.contributions import State
from civic_discussion.store.tables import member, rating, topic

SUBJECT = bindparam("subject", type_=Text)
STAFF = bindparam("staff", type_=Boolean)
PUBLISHED: ColumnElement[str] = literal_column(f"'{State.PUBLISHED}'")
_WRITTEN = (
    *("tenant_id", "id", "topic_id", "row_version", "create_time", "update_time", "title", "text"),
    *("state", "category", "labels", "place", "anchor", "answer", "merged_into", "attachments"),
    *("goal_size", "goal_time"),
)
_NUMBERS = ("rated_for", "rated_neutral", "rated_against", "comment_count")


def contribution(c: Any, my_rating: ColumnElement[Any]) -> list[ColumnElement[Any]]:
    """The columns of a contribution as one caller sees it."""
    return [
        *(c[name] for name in (*_WRITTEN, *_NUMBERS)),
        author_name(topic.c, c),
        mine(c),
        my_rating.label("my_rating"),
    ]


def rated_by_caller(c: Any) -> ColumnElement[bool]:
    return and_(rating.c.contribution_id == c.id, rating.c.subject == SUBJECT)


def author_name(topic: Any, written: Any) -> ColumnElement[Any]:
    """The author's name where the topic shows names and did so before; for staff unless the topic promised
    otherwise; for the author always."""
    for_public, for_staff = topic.names_public & written.name_public, STAFF & written.name_office
    shown = or_(for_public, for_staff, written.author_subject == SUBJECT)
    return case((shown, written.author_name)).label("author_name")


def mine(written: Any) -> ColumnElement[Any]:
    return func.coalesce(written.author_subject == SUBJECT, False).label("mine")


def visible(topic: Any) -> ColumnElement[bool]:
    """Drafts are for staff."""
    return or_(topic.published, STAFF)


def closed(topic: Any) -> ColumnElement[bool]:
    """Members and staff alone find it; settings hold what differs from the defaults."""
    found: ColumnElement[bool] = topic.settings.op("?", return_type=Boolean())(literal_column("'closed'"))
    return found


def listed(topic: Any) -> ColumnElement[bool]:
    """In lists a closed topic stands for its members and for staff."""
    joined = exists().where(member.c.topic_id == topic.id, member.c.member == SUBJECT)
    return or_(~closed(topic), STAFF, joined)


def public(written: Any) -> ColumnElement[bool]:
    """Everybody finds it under its address. What was merged stays there as the trace of the original."""
    return or_(written.state == PUBLISHED, written.state == literal_column("'merged'"))


def found(written: Any) -> ColumnElement[bool]:
    """What is not public is for its author and for staff."""
    return or_(public(written), STAFF, written.author_subject == SUBJECT)


def goal_reached(c: Any) -> ColumnElement[Any]:
    """The goal that an initiative reached; null for others."""
    shown = func.json_build_object(
        literal_column("'goal'"), c.goal_size, literal_column("'time'"), json_time(c.goal_time)
    )
    return case((c.goal_time.isnot(None), shown)).label("goal_reached")


def json_time(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """RFC 3339 in UTC with six digits."""
    form: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
    return func.to_char(func.timezone(literal_column("'UTC'"), column), form)
