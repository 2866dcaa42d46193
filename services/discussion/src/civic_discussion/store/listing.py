"""Lists of contributions, page by page."""

from datetime import datetime
from functools import lru_cache, partial
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from sqlalchemy import (
    ColumnElement,
    Double,
    Select,
    Subquery,
    Text,
    and_,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    select,
    true,
    tuple_,
)

from civic_discussion.domain.contributions import Contribution
from civic_discussion.domain.listing import Only, Order
from civic_discussion.domain.policy import Viewer
from civic_discussion.store import seeing
from civic_discussion.store.cutting import cut
from civic_discussion.store.rows import contribution_of
from civic_discussion.store.tables import contribution, rating, topic

# Where the page before ended: ratings "for" (in that order alone), time, id.
After = tuple[int, datetime, UUID]


async def page(
    work: Reading, topic_id: UUID, only: Only, *, order: Order, after: After | None, limit: int, viewer: Viewer
) -> list[Contribution] | None:
    """None where the caller finds no such topic."""
    query = _page(order, given(only), after is not None, viewer.subject is not None, as_json=False)
    rows = await work.rows(query, _parameters(topic_id, only, after, limit, viewer))
    if not rows:
        return None
    return [contribution_of(row) for row in rows if row["id"] is not None]


async def page_as_json(
    work: Reading, topic_id: UUID, only: Only, *, order: Order, after: After | None, limit: int, viewer: Viewer
) -> list[tuple[str, After]] | None:
    """Each contribution as a JSON object, with its place in the list; None where the caller finds no such topic."""
    query = _page(order, given(only), after is not None, viewer.subject is not None, as_json=True)
    rows = await work.rows(query, _parameters(topic_id, only, after, limit, viewer))
    if not rows:
        return None
    return [(row["item"], (row["rated_for"], row["create_time"], row["id"])) for row in rows if row["id"] is not None]


def given(only: Only) -> tuple[str, ...]:
    """Names of the filters that leave something out."""
    return tuple(name for name in ("category", "label", "object_id", "section", "box") if getattr(only, name))


def filter_values(only: Only) -> dict[str, Any]:
    """Parameters of the conditions that `kept` makes."""
    values: dict[str, Any] = {name: getattr(only, name) for name in ("category", "label", "object_id", "section")}
    return values | {side: getattr(only.box, side, None) for side in ("west", "south", "east", "north")}


def _parameters(topic_id: UUID, only: Only, after: After | None, limit: int, viewer: Viewer) -> dict[str, Any]:
    rated_for, time, last_id = after if after is not None else (None, None, None)
    return {
        "topic_id": topic_id,
        **filter_values(only),
        "after_for": rated_for,
        "after_time": time,
        "after_id": last_id,
        "limit": limit,
        "subject": viewer.subject,
        "staff": viewer.staff,
    }


@lru_cache(maxsize=512)
def _page(order: Order, filters: tuple[str, ...], continued: bool, signed_in: bool, *, as_json: bool) -> Statement:
    """One row per contribution; a single row without id for an empty page, none where there is no such topic."""
    shown = _cut(order, filters, continued)
    source = topic.outerjoin(shown, true())
    # Looked up row by row: as a join it might become a walk over all ratings of the tenant.
    looked_up = select(rating.c.value).where(seeing.rated_by_caller(shown.c)).correlate(shown).scalar_subquery()
    my_rating: ColumnElement[Any] = looked_up if signed_in else cast(null(), Text)
    columns = seeing.contribution(shown.c, my_rating)
    if as_json:
        item = _item(shown.c, my_rating).correlate(topic, shown).lateral("item")
        source = source.join(item, true())
        columns = [
            func.row_to_json(literal_column("item")).label("item"),
            shown.c.rated_for,
            shown.c.create_time,
            shown.c.id,
        ]
    return statement(
        select(*columns)
        .select_from(source)
        .where(topic.c.id == bindparam("topic_id"), seeing.visible(topic.c))
        .order_by(*_order(order, shown.c))
    )


def _cut(order: Order, filters: tuple[str, ...], continued: bool) -> Subquery:
    c = contribution.c
    keys = [c.rated_for, c.create_time, c.id] if order is Order.MOST_SUPPORTED else [c.create_time, c.id]
    query = select(contribution).where(c.topic_id == bindparam("topic_id"), c.state == seeing.PUBLISHED)
    query = query.where(*(kept(c, name) for name in filters))
    if continued:
        names = {"rated_for": "after_for", "create_time": "after_time", "id": "after_id"}
        place = tuple_(*(bindparam(names[key.name], type_=key.type) for key in keys))
        here = tuple_(*keys)
        query = query.where(here > place if order is Order.OLDEST else here < place)
    return cut(query, partial(_order, order), c, name="shown")


def kept(c: Any, name: str) -> ColumnElement[bool]:
    """The condition of the filter with this name."""
    value = bindparam(name, type_=Text)
    match name:
        case "category":
            # The second condition is that of the index.
            return and_(c.category == value, c.category != literal_column("''"))
        case "label":
            labelled: ColumnElement[bool] = c.labels.op("?")(value)
            return labelled
        case "object_id":
            return and_(c.anchor_object == value, c.anchor_object.isnot(None))
        case "box":
            west, south, east, north = (bindparam(side, type_=Double) for side in ("west", "south", "east", "north"))
            return and_(c.lat.isnot(None), c.lat.between(south, north), c.lon.between(west, east))
        case _:
            return and_(c.anchor_section == value)


def _order(order: Order, c: Any) -> list[ColumnElement[Any]]:
    match order:
        case Order.NEWEST:
            return [c.create_time.desc(), c.id.desc()]
        case Order.OLDEST:
            return [c.create_time, c.id]
        case Order.MOST_SUPPORTED:
            return [c.rated_for.desc(), c.create_time.desc(), c.id.desc()]


def _item(c: Any, my_rating: ColumnElement[Any]) -> Select[Any]:
    """The contribution as the JSON API shows it."""
    ratings = func.json_build_object("for", c.rated_for, "neutral", c.rated_neutral, "against", c.rated_against)
    return select(
        c.id,
        c.topic_id,
        cast(c.row_version, Text).label("etag"),
        seeing.json_time(c.create_time).label("create_time"),
        seeing.json_time(c.update_time).label("update_time"),
        c.title,
        c.text,
        seeing.author_name(topic.c, c),
        ratings.label("ratings"),
        c.comment_count,
        seeing.mine(c),
        my_rating.label("my_rating"),
        c.state,
        func.nullif(c.category, literal_column("''")).label("category"),
        c.labels,
        c.place,
        c.anchor,
        c.answer,
        c.merged_into,
        seeing.goal_reached(c),
        c.attachments,
    )
