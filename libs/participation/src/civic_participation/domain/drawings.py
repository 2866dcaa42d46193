"""Lines and areas that people draw on a map, as GeoJSON geometries (RFC 7946)."""

import json
import math
from dataclasses import dataclass
from itertools import combinations, pairwise
from typing import Any, Final

from civic_chassis.kernel.text import Violations

from civic_participation.domain.degrees import Bounds, Point, limits_of

POINTS_MAX: Final = 100
# Of the text that comes in; what is kept of it is far shorter.
CHARACTERS_MAX: Final = 20_000
_DECIMALS: Final = 7
_LEAST: Final = {"LineString": 2, "Polygon": 3}

# Longitude and latitude, as GeoJSON has them.
Position = tuple[float, float]


class _NotDrawn(ValueError):
    pass


@dataclass(frozen=True, slots=True)
class _Drawing:
    """A line, or an area by its edge. The first position of an area is not repeated."""

    is_area: bool
    positions: tuple[Position, ...]

    @property
    def geometry(self) -> str:
        positions = [list(position) for position in self.positions]
        made: dict[str, Any] = {"type": "LineString", "coordinates": positions}
        if self.is_area:
            made = {"type": "Polygon", "coordinates": [[*positions, positions[0]]]}
        return json.dumps(made, separators=(",", ":"))


def checked_drawing(given: str, bounds: Bounds, found: Violations, field: str) -> str:
    """The geometry within the bounds, a LineString or a Polygon of one ring that does not cross itself, to a centimetre
    as compact JSON. Notes what is wrong under the field; then it is empty."""
    try:
        drawing = _drawing(given)
    except (ValueError, RecursionError, TypeError, KeyError, AttributeError):
        found.add(field, "NOT_A_DRAWING", "is no GeoJSON of a line or an area without holes")
        return ""
    if len(drawing.positions) > POINTS_MAX:
        actual = str(len(drawing.positions))
        found.add(field, "TOO_MANY_POINTS", "too many points", max=str(POINTS_MAX), actual=actual)
        return ""
    drawing = _Drawing(drawing.is_area, _without_repeats(drawing))
    if len(set(drawing.positions)) < _LEAST["Polygon" if drawing.is_area else "LineString"]:
        found.add(field, "TOO_FEW_POINTS", "a line has two points, an area three")
    elif not all(bounds.hold(lat, lon) for lon, lat in drawing.positions):
        swapped = all(bounds.hold(lon, lat) for lon, lat in drawing.positions)
        found.add(field, "SWAPPED" if swapped else "OUTSIDE", "lies outside the state", **limits_of(bounds))
    elif drawing.is_area and _crosses_itself(drawing.positions):
        found.add(field, "CROSSES_ITSELF", "the edge of an area crosses or touches itself")
    else:
        return drawing.geometry
    return ""


def middle_of(geometry: str) -> Point:
    """A point of the line half way along it, or one well inside the area, of a geometry that was checked."""
    drawing = _drawing(geometry)
    lon, lat = _inside(drawing.positions) if drawing.is_area else _half_way(drawing.positions)
    return Point(round(lat, _DECIMALS), round(lon, _DECIMALS))


def _drawing(given: str) -> _Drawing:
    if len(given) > CHARACTERS_MAX:
        raise _NotDrawn
    value = json.loads(given, parse_constant=_refused)
    is_area = value["type"] == "Polygon"
    if value["type"] not in _LEAST or (is_area and len(value["coordinates"]) != 1):
        raise _NotDrawn
    positions = [_position(each) for each in (value["coordinates"][0] if is_area else value["coordinates"])]
    if is_area and (not positions or positions[0] != positions.pop()):
        raise _NotDrawn
    return _Drawing(is_area, tuple(positions))


def _position(given: Any) -> Position:
    if not isinstance(given, list) or len(given) not in (2, 3):
        raise _NotDrawn
    for value in given[:2]:
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _NotDrawn
    return round(float(given[0]), _DECIMALS), round(float(given[1]), _DECIMALS)


def _refused(_constant: str) -> Any:
    raise _NotDrawn


def _without_repeats(drawing: _Drawing) -> tuple[Position, ...]:
    """A double click is one point."""
    kept = [each for before, each in pairwise((None, *drawing.positions)) if each is not None and each != before]
    if drawing.is_area and len(kept) > 1 and kept[0] == kept[-1]:
        kept.pop()
    return tuple(kept)


def _crosses_itself(ring: tuple[Position, ...]) -> bool:
    edges = list(pairwise((*ring, ring[0])))
    last = len(edges) - 1
    for (one, first), (other, second) in combinations(enumerate(edges), 2):
        if other - one in (1, last):
            # Neighbours share a point; more than that only where one runs back upon the other.
            shared, before, after = (
                (first[1], first[0], second[1]) if other - one == 1 else (ring[0], first[1], second[0])
            )
            if _turn(before, shared, after) == 0 and _along(shared, before, after) > 0:
                return True
        elif _meet(first, second):
            return True
    return False


def _turn(a: Position, b: Position, c: Position) -> int:
    """1 where the way a, b, c turns left, -1 where right, 0 where it is straight."""
    area = (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
    return (area > 0) - (area < 0)


def _along(origin: Position, a: Position, b: Position) -> float:
    return (a[0] - origin[0]) * (b[0] - origin[0]) + (a[1] - origin[1]) * (b[1] - origin[1])


def _meet(first: tuple[Position, Position], second: tuple[Position, Position]) -> bool:
    (a, b), (c, d) = first, second
    turns = (_turn(a, b, c), _turn(a, b, d), _turn(c, d, a), _turn(c, d, b))
    if turns[0] != turns[1] and turns[2] != turns[3]:
        return True
    corners = ((a, b, c), (a, b, d), (c, d, a), (c, d, b))
    return any(turn == 0 and _along(point, *ends) <= 0 for turn, (*ends, point) in zip(turns, corners, strict=True))


def _half_way(line: tuple[Position, ...]) -> Position:
    lengths = [math.dist(a, b) for a, b in pairwise(line)]
    left = sum(lengths) / 2
    for (a, b), length in zip(pairwise(line), lengths, strict=True):
        if left <= length:
            part = left / length
            return a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part
        left -= length
    return line[-1]


def _inside(ring: tuple[Position, ...]) -> Position:
    """The middle of the widest stretch at a height where no corner lies."""
    heights = sorted({lat for _, lat in ring})
    low, high = max(pairwise(heights), key=lambda both: both[1] - both[0], default=(heights[0], heights[0]))
    height = (low + high) / 2
    cuts = sorted(
        a[0] + (b[0] - a[0]) * (height - a[1]) / (b[1] - a[1])
        for a, b in pairwise((*ring, ring[0]))
        if (a[1] > height) != (b[1] > height)
    )
    stretches = list(zip(cuts[::2], cuts[1::2], strict=False))
    if not stretches:
        return ring[0]
    west, east = max(stretches, key=lambda each: each[1] - each[0])
    return (west + east) / 2, height
