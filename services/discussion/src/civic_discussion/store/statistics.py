"""Numbers of topics, counted from what was handed in, in one statement: one moment for all of them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from sqlalchemy import CTE, ColumnElement, Select, bindparam, case, func, literal_column, select, union, union_all
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
    """Numbers of all published topics, and whether staff may know who wrote to every one of them."""
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
    )


def _counted(topics: Select[Any]) -> Statement:
    """One row with everything that is counted in the topics."""
    of = topics.cte("of")
    c = contribution.c
    written = select(c.id, c.state, c.category, c.create_time, c.author_subject)
    written_to = written.select_from(contribution.join(of, of.c.id == c.topic_id)).cte("written")
    shown = select(written_to).where(counting.counted(written_to.c)).cte("shown")
    said = (
        select(comment.c.create_time, comment.c.author_subject, shown.c.category)
        .select_from(comment.join(shown, shown.c.id == comment.c.contribution_id))
        .where(counting.counted(comment.c))
        .cte("said")
    )
    rated = (
        select(rating.c.update_time, rating.c.subject, rating.c.value, shown.c.category)
        .select_from(rating.join(shown, shown.c.id == rating.c.contribution_id))
        .cte("rated")
    )
    numbers = (
        _number(of, "topics"),
        select(func.coalesce(func.bool_or(of.c.nameless), False)).scalar_subquery().label("nameless"),
        _number(shown, "contributions"),
        _number(said, "comments"),
        _number(rated, "ratings"),
        _participants(shown, said, rated),
        *(_rated(rated, value) for value in ("for", "neutral", "against")),
        _grouped([(source, counting.day(_time(source))) for source in (shown, said, rated)]).label("days"),
        _grouped([(source, source.c.category) for source in (shown, said, rated)]).label("categories"),
        _states(written_to),
    )
    return statement(select(*numbers))


def _number(source: CTE, name: str) -> ColumnElement[int]:
    return select(func.count()).select_from(source).scalar_subquery().label(name)


def _rated(rated: CTE, value: str) -> ColumnElement[int]:
    which = rated.c.value == literal_column(f"'{value}'")
    return select(func.count()).select_from(rated).where(which).scalar_subquery().label(f"rated_{value}")


def _participants(shown: CTE, said: CTE, rated: CTE) -> ColumnElement[int]:
    persons = union(
        select(shown.c.author_subject.label("person")), select(said.c.author_subject), select(rated.c.subject)
    ).subquery("persons")
    return select(func.count()).select_from(persons).scalar_subquery().label("participants")


def _time(source: CTE) -> ColumnElement[Any]:
    return source.c.update_time if "update_time" in source.c else source.c.create_time


def _grouped(sources: list[tuple[CTE, ColumnElement[Any]]]) -> Any:
    """[[key, contributions, comments, ratings], …] in the order of the keys."""
    parts = [
        select(key.label("key"), literal_column(str(place)).label("place"), func.count().label("number"))
        .select_from(source)
        .group_by(key)
        for place, (source, key) in enumerate(sources)
    ]
    every = union_all(*parts).subquery()
    sums = [
        func.coalesce(func.sum(case((every.c.place == literal_column(str(place)), every.c.number))), 0).label(
            f"n{place}"
        )
        for place in range(len(sources))
    ]
    each = select(every.c.key, *sums).group_by(every.c.key).subquery()
    row = func.jsonb_build_array(each.c.key, *(each.c[f"n{place}"] for place in range(len(sources))))
    return _array(row, each.c.key)


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
_OF_TENANT = _counted(_topics(topic.c.published))
