"""What one caller may see of what others wrote, and how JSON shows it."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, bindparam, case, func, literal_column, or_

SUBJECT = bindparam("subject", type_=Text)
STAFF = bindparam("staff", type_=Boolean)


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


def public(written: Any) -> ColumnElement[bool]:
    """Everybody finds it under its address. What was merged stays there as the trace of the original."""
    return or_(written.state == literal_column("'published'"), written.state == literal_column("'merged'"))


def found(written: Any) -> ColumnElement[bool]:
    """What is not public is for its author and for staff."""
    return or_(public(written), STAFF, written.author_subject == SUBJECT)


def json_time(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """RFC 3339 in UTC with six digits."""
    form: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
    return func.to_char(func.timezone(literal_column("'UTC'"), column), form)
