"""Contributions with a pin: points of a map, and clusters where many lie close together."""

from functools import lru_cache
from typing import Any
from uuid import UUID

from civic_chassis.db import Reading, Statement, statement
from civic_participation.domain.places import Bounds, Point
from sqlalchemy import Text, bindparam, case, cast, func, literal_column, select, true

from civic_discussion.domain.listing import ContributionMap, MapPoint, Only
from civic_discussion.store import seeing
from civic_discussion.store.listing import filter_values, given, kept
from civic_discussion.store.tables import contribution, topic

# At most this many cells lie beside and above each other.
_COLUMNS, _ROWS = 24, 18
# The newest ones; a map of more says no more, and costs more the more there are.
_MOST = 10_000


async def of_topic(work: Reading, topic_id: UUID, only: Only, *, staff: bool) -> ContributionMap | None:
    """None where the caller finds no such topic."""
    rows = await work.rows(_map(given(only)), {"topic_id": topic_id, "staff": staff, **filter_values(only)})
    if not rows:
        return None
    first = rows[0]
    if first["count"] is None:
        return ContributionMap()
    around = Bounds(first["west"], first["south"], first["east"], first["north"])
    placed = sum(row["count"] for row in rows)
    return ContributionMap([_point(row) for row in rows], around, min(placed, _MOST), placed > _MOST)


def _point(row: Any) -> MapPoint:
    point = Point(round(row["lat"], 7), round(row["lon"], 7))
    if row["count"] > 1:
        return MapPoint(point, row["count"])
    return MapPoint(point, 1, row["id"], row["title"], row["area"] or "")


@lru_cache(maxsize=64)
def _map(filters: tuple[str, ...]) -> Statement:
    c = contribution.c
    placed = (
        select(c.id, c.title, c.lat, c.lon, c.place["area"].label("area"))
        .where(c.topic_id == bindparam("topic_id"), c.state == seeing.PUBLISHED, c.lat.isnot(None))
        .where(*(kept(c, name) for name in filters))
        .order_by(c.create_time.desc(), c.id.desc())
        .limit(literal_column(str(_MOST + 1)))
        .cte("placed")
    )
    edges = (func.min(placed.c.lon), func.min(placed.c.lat), func.max(placed.c.lon), func.max(placed.c.lat))
    names = ("west", "south", "east", "north")
    around = select(*(edge.label(name) for edge, name in zip(edges, names, strict=True))).cte("around")
    # The greatest value lies in the last cell as well.
    little: Any = literal_column("1e-9")
    cell = (
        select(
            func.count().label("count"),
            func.avg(placed.c.lat).label("lat"),
            func.avg(placed.c.lon).label("lon"),
            func.any_value(placed.c.id).label("id"),
            func.any_value(placed.c.title).label("title"),
            # Of one alone: the areas of all would be a great deal to carry.
            case((func.count() == 1, cast(func.any_value(placed.c.area), Text))).label("area"),
        )
        .select_from(placed.join(around, true()))
        .group_by(
            func.width_bucket(placed.c.lon, around.c.west, around.c.east + little, literal_column(str(_COLUMNS))),
            func.width_bucket(placed.c.lat, around.c.south, around.c.north + little, literal_column(str(_ROWS))),
        )
        .subquery("cell")
    )
    source = topic.outerjoin(cell, true()).outerjoin(around, true())
    return statement(
        select(*cell.c, *around.c)
        .select_from(source)
        .where(topic.c.id == bindparam("topic_id"), seeing.visible(topic.c))
        .order_by(cell.c.count.desc(), cell.c.id)
    )
