"""What one caller may see of what others wrote, and how JSON shows it."""

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, bindparam, case, func, literal_column, or_

SUBJECT = bindparam("subject", type_=Text)
STAFF = bindparam("staff", type_=Boolean)


def author_name(topic: Any, written: Any) -> ColumnElement[Any]:
    """The author's name where the topic shows names and did so before; for staff and the author always."""
    shown = or_(topic.names_public & written.name_public, STAFF, written.author_subject == SUBJECT)
    return case((shown, written.author_name)).label("author_name")


def mine(written: Any) -> ColumnElement[Any]:
    return func.coalesce(written.author_subject == SUBJECT, False).label("mine")


def visible(topic: Any) -> ColumnElement[bool]:
    """Drafts are for staff."""
    return or_(topic.published, STAFF)


def json_time(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """RFC 3339 in UTC with six digits."""
    form: ColumnElement[str] = literal_column("""'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'""")
    return func.to_char(func.timezone(literal_column("'UTC'"), column), form)
