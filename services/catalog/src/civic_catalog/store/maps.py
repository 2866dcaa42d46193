"""The map: points and clusters of offers with a place, and what filters can be set to."""

from datetime import datetime
from functools import lru_cache

from civic_chassis.db import Reading, Statement
from civic_participation.domain.offers import BoundingBox, OfferKind

from civic_catalog.domain.filters import Filter
from civic_catalog.domain.offers import Choices, Listed, Point
from civic_catalog.domain.phases import RANKS
from civic_catalog.store.conditions import RANK, Names, Shape, conditions, parameters, shown_phases

# At most this many cells lie beside and above each other.
_COLUMNS, _ROWS = 24, 18
_MOST_THEMES = 200
_MOST_DISTRICTS = 500


async def points(work: Reading, wanted: Filter, *, at: datetime) -> tuple[list[Point], int, BoundingBox | None]:
    """Points, how many offers they stand for, and the rectangle around them."""
    made = _map(conditions(wanted), shown_phases(wanted))
    rows = await work.rows(made, parameters(wanted, {"at": at, "columns": _COLUMNS, "rows": _ROWS}))
    found = []
    for row in rows:
        listed = Listed(row["projection"], RANKS[row["rank"]]) if row["projection"] is not None else None
        found.append(Point(row["latitude"], row["longitude"], row["count"], listed))
    if not rows:
        return [], 0, None
    first = rows[0]
    around = BoundingBox(first["west"], first["south"], first["east"], first["north"])
    return found, sum(point.count for point in found), around


async def choices(work: Reading, tenant: str, *, at: datetime) -> Choices:
    """What there is to choose from, of one tenant or of all."""
    values = {"tenant": tenant, "at": at}
    kinds = [row["kind"] for row in await work.rows(_KINDS_OF if tenant else _KINDS, values)]
    districts = [row["district"] for row in await work.rows(_DISTRICTS, values)] if tenant else []
    themes = [row["theme"] for row in await work.rows(_THEMES_OF if tenant else _THEMES, values)]
    return Choices([kind for kind in OfferKind if kind.value in kinds], districts, themes)


@lru_cache(maxsize=256)
def _map(shape: Shape, phase: str) -> Statement:
    names = Names()
    rules = ["NOT removed", "latitude IS NOT NULL", *(names.fill(rule) for _, rule in shape), names.fill(phase)]
    rank = names.fill(RANK)
    columns, rows = names.fill("{columns}::int"), names.fill("{rows}::int")
    sql = f"""
    WITH placed AS MATERIALIZED (
        SELECT id, latitude, longitude FROM offer WHERE {" AND ".join(rules)}
    ), around AS (
        SELECT min(longitude) AS west, min(latitude) AS south, max(longitude) AS east, max(latitude) AS north
        FROM placed
    ), cell AS (
        SELECT count(*) AS count, avg(latitude) AS latitude, avg(longitude) AS longitude, (array_agg(id))[1] AS id
        FROM placed CROSS JOIN around
        GROUP BY width_bucket(longitude, west, east + 1e-9, {columns}),
            width_bucket(latitude, south, north + 1e-9, {rows})
    )
    SELECT cell.count::int AS count, cell.latitude, cell.longitude, offer.projection, {rank} AS rank, around.*
    FROM cell CROSS JOIN around LEFT JOIN offer ON cell.count = 1 AND offer.id = cell.id
    ORDER BY cell.count DESC, cell.id
    """  # noqa: S608 - of constants
    return Statement(sql, names.order())


_KINDS = Statement(
    f"SELECT kind FROM unnest(ARRAY[{', '.join(repr(kind.value) for kind in OfferKind)}]) AS kind"  # noqa: S608
    " WHERE EXISTS (SELECT FROM offer WHERE offer.kind = kind.kind AND NOT removed)",
    (),
)
_KINDS_OF = Statement("SELECT DISTINCT kind FROM offer WHERE tenant_id = $1 AND NOT removed", ("tenant",))
_DISTRICTS = Statement(
    "SELECT DISTINCT district FROM offer WHERE tenant_id = $1 AND NOT removed AND district <> ''"  # noqa: S608
    f" ORDER BY district LIMIT {_MOST_DISTRICTS}",
    ("tenant",),
)
_THEMES = Statement(
    "SELECT theme FROM (SELECT unnest(themes) AS theme FROM offer"  # noqa: S608 - of constants
    " WHERE NOT removed AND end_time > $1 AND themes <> '{}') AS each"
    f" GROUP BY theme ORDER BY count(*) DESC, theme LIMIT {_MOST_THEMES}",
    ("at",),
)
_THEMES_OF = Statement(
    "SELECT theme FROM (SELECT unnest(themes) AS theme FROM offer WHERE tenant_id = $1 AND NOT removed) AS each"  # noqa: S608
    f" GROUP BY theme ORDER BY count(*) DESC, theme LIMIT {_MOST_THEMES}",
    ("tenant",),
)
