"""Cutting a list to one page so that PostgreSQL plans it once, not at every call."""

from collections.abc import Callable, Sequence
from typing import Any

from civic_chassis.kernel.page import MAX_PAGE_SIZE
from sqlalchemy import ColumnElement, Integer, Select, Subquery, bindparam, literal_column, select

Order = Callable[[Any], Sequence[ColumnElement[Any]]]

# One more than a page shows whether another follows.
_MOST: ColumnElement[int] = literal_column(str(MAX_PAGE_SIZE + 1), Integer)


def cut(query: Select[Any], order: Order, columns: Any, *, name: str) -> Subquery:
    """The first `:limit` rows of the query; `order` gives the order by columns.

    With a limit that is unknown, the planner takes a tenth of the table for the page, finds a plan for any value too
    dear and plans anew for each one, which costs twice as much as running it. The fixed limit inside tells it better.
    """
    within = query.order_by(*order(columns)).limit(_MOST).subquery(f"{name}_within")
    return select(within).order_by(*order(within.c)).limit(bindparam("limit", type_=Integer)).subquery(name)
