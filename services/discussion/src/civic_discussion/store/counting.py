"""What counts: the one definition behind tiles, pages, statistics and the public export.

A contribution and a comment count while they are published, what stands below a contribution only while that does.
Counters of topics and of contributions are kept to the same rule by whatever writes.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Date, cast, func, literal_column

from civic_discussion.store import seeing


def counted(written: Any) -> ColumnElement[bool]:
    """Whether a contribution counts, with its comments and ratings, or a comment."""
    found: ColumnElement[bool] = written.state == seeing.PUBLISHED
    return found


def day(time: ColumnElement[Any]) -> ColumnElement[date]:
    """The day in Europe/Berlin."""
    return cast(func.timezone(literal_column("'Europe/Berlin'"), time), Date)
