"""Numbers of topics, counted from what was handed in, in one statement: one moment for all of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Select,
    Text,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
    union,
    union_all,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by

from civic_discussion.domain.contributions import State, Tally
from civic_discussion.domain.statistics import Category, Day, InState, Statistics, Totals
from civic_discussion.store import counting, seeing
from civic_discussion.store.tables import comment, contribution, rating, topic


async def of_topic(work: Reading, topic_id: UUID, *, staff: bool) -> tuple[Statistics, bool] | None:
    """The numbers, and whether staff may know who wrote; None where the caller finds no such topic."""
    row = await work.row(_OF_TOPIC, {"topic_id": topic_id, "staff": staff})
    if row is None or not row["topics"]:
        return None
    return _statistics(row, work.call.received_at), not row["nameless"]


async def of_tenant(work: Reading) -> tuple[Statistics, bool]:
    """Numbers of all published topics that everybody finds, and whether staff may know who wrote to each of them."""
    row = await work.row(_OF_TENANT, {})
    assert row is not None  # noqa: S101 - a statement of aggregates has one row
    return _statistics(row, work.call.received_at), not row["nameless"]


def _statistics(row: Any, at: datetime) -> Statistics:
    return Statistics(
        totals=Totals(row["contributions"], row["comments"], row["ratings"]),
        participants=row["participants"],
        tally=Tally(row["rated_for"], row["rated_neutral"], row["rated_against"]),
        days=[Day(*each) for each in row["days"]],
        categories=[Category(key, Totals(*numbers)) for key, *numbers in row["categories"]],
        states=[InState(State(state), number) for state, number in row["states"]],
        topics=row["topics"],
        read_time=at,
        goals_reached=row["goals_reached"],
    )


# Places of the numbers in `grouped`; ratings have one for each value.
_CONTRIBUTIONS, _COMMENTS, _RATINGS = 0, 1, 2
_VALUES = ("for", "neutral", "against")


def _counted(topics: Select[Any]) -> Statement:
    """One row with everything that is counted in the topics: each table is walked once, then few rows are left."""
    of = topics.cte("of")
    c = contribution.c
    written = (
        select(
            *(c.id, c.state, c.category, c.goal_time),
            counting.day(c.create_time).label("day"),
            c.author_subject.label("person"),
        )
        .select_from(contribution.join(of, of.c.id == c.topic_id))
        .cte("written")
    )
    shown = select(written).where(counting.counted(written.c)).cte("shown")
    said = (
        select(
            shown.c.category, counting.day(comment.c.create_time).label("day"), comment.c.author_subject.label("person")
        )
        .select_from(comment.join(shown, shown.c.id == comment.c.contribution_id))
        .where(counting.counted(comment.c))
        .cte("said")
    )
    rated = (
        select(
            shown.c.category,
            counting.day(rating.c.update_time).label("day"),
            rating.c.subject.label("person"),
            rating.c.value,
        )
        .select_from(rating.join(shown, shown.c.id == rating.c.contribution_id))
        .cte("rated")
    )
    grouped = union_all(
        _grouped(shown, _CONTRIBUTIONS), _grouped(said, _COMMENTS), _grouped(rated, _RATINGS, rated.c.value)
    ).cte("grouped")
    return statement(
        select(
            select(func.count()).select_from(of).scalar_subquery().label("topics"),
            select(func.coalesce(func.bool_or(of.c.nameless), False)).scalar_subquery().label("nameless"),
            *(
                _sum(grouped, grouped.c.place == literal_column(str(place)), name)
                for place, name in enumerate(("contributions", "comments", "ratings"))
            ),
            *(_sum(grouped, grouped.c.value == literal_column(f"'{value}'"), f"rated_{value}") for value in _VALUES),
            _participants(shown, said, rated),
            _by(grouped, grouped.c.day).label("days"),
            _by(grouped, grouped.c.category).label("categories"),
            _states(written),
            select(func.count(shown.c.goal_time)).scalar_subquery().label("goals_reached"),
        )
    )


def _grouped(source: CTE, place: int, *more: ColumnElement[Any]) -> Select[Any]:
    value = more[0] if more else literal_column("NULL")
    return select(
        literal_column(str(place)).label("place"),
        source.c.day,
        source.c.category,
        cast(value, Text).label("value"),
        func.count().label("number"),
    ).group_by(source.c.day, source.c.category, *more)


def _sum(grouped: CTE, condition: ColumnElement[bool], name: str) -> Any:
    total = cast(func.coalesce(func.sum(grouped.c.number), literal_column("0")), BigInteger)
    return select(total).where(condition).scalar_subquery().label(name)


def _participants(*sources: CTE) -> ColumnElement[int]:
    persons = union(*(select(source.c.person) for source in sources)).subquery("persons")
    return select(func.count()).select_from(persons).scalar_subquery().label("participants")


def _by(grouped: CTE, key: ColumnElement[Any]) -> Any:
    """[[key, contributions, comments, ratings], …] in the order of the keys."""
    sums = [
        func.coalesce(
            func.sum(case((grouped.c.place == literal_column(str(place)), grouped.c.number))), literal_column("0")
        ).label(f"n{place}")
        for place in (_CONTRIBUTIONS, _COMMENTS, _RATINGS)
    ]
    each = select(key.label("key"), *sums).group_by(key).subquery()
    return _array(func.jsonb_build_array(each.c.key, each.c.n0, each.c.n1, each.c.n2), each.c.key)


def _states(written: CTE) -> Any:
    each = select(written.c.state, func.count().label("number")).group_by(written.c.state).subquery()
    return _array(func.jsonb_build_array(each.c.state, each.c.number), each.c.state).label("states")


def _array(row: ColumnElement[Any], order: ColumnElement[Any]) -> Any:
    found = func.jsonb_agg(aggregate_order_by(row, order))
    return select(func.coalesce(found, literal_column("'[]'::jsonb"))).scalar_subquery()


def _topics(*conditions: ColumnElement[bool]) -> Select[Any]:
    nameless = topic.c.settings.op("@>")(literal_column("""'{"without_office_name": true}'::jsonb"""))
    return select(topic.c.id, nameless.label("nameless")).where(*conditions)


_OF_TOPIC = _counted(_topics(topic.c.id == bindparam("topic_id", type_=topic.c.id.type), seeing.visible(topic.c)))
_OF_TENANT = _counted(_topics(topic.c.published, ~seeing.closed(topic.c)))
