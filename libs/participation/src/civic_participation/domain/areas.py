"""Plan areas on a map, as GeoJSON geometries (RFC 7946)."""

import json
import math
from typing import Any

from civic_chassis.kernel.text import Violations

from civic_participation.domain.places import Bounds

AREA_MAX = 100_000
POSITIONS_MAX = 5_000
_RING_MIN = 4
_DECIMALS = 7


class _NotAnArea(ValueError):
    pass


def checked_area(given: str, bounds: Bounds, found: Violations, field: str) -> str:
    """The geometry, a Polygon or MultiPolygon within the bounds to a centimetre, as compact JSON; empty for none.

    Several polygons of a collection become one MultiPolygon. Notes what is wrong under the field.
    """
    if not given.strip():
        return ""
    if len(given) > AREA_MAX:
        limits = {"max": str(AREA_MAX), "actual": str(len(given))}
        found.add(field, "TOO_LONG", f"must have at most {AREA_MAX} characters", **limits)
        return ""
    try:
        polygons = [_polygon(each) for each in _polygons(json.loads(given, parse_constant=_refused))]
    except (ValueError, RecursionError, TypeError, KeyError):
        found.add(field, "NOT_AN_AREA", "is no GeoJSON with polygons")
        return ""
    positions = [position for polygon in polygons for ring in polygon for position in ring]
    if not positions:
        found.add(field, "NOT_AN_AREA", "is no GeoJSON with polygons")
        return ""
    if len(positions) > POSITIONS_MAX:
        found.add(field, "OUT_OF_RANGE", "too many positions", min=str(_RING_MIN), max=str(POSITIONS_MAX))
        return ""
    if not all(bounds.hold(lat, lon) for lon, lat in positions):
        limits = {"south": f"{bounds.south:g}", "north": f"{bounds.north:g}"}
        limits |= {"west": f"{bounds.west:g}", "east": f"{bounds.east:g}"}
        swapped = all(bounds.hold(lon, lat) for lon, lat in positions)
        found.add(field, "SWAPPED" if swapped else "OUTSIDE", "lies outside the state", **limits)
        return ""
    return _geometry(polygons)


def _geometry(polygons: list[list[list[list[float]]]]) -> str:
    if len(polygons) == 1:
        return json.dumps({"type": "Polygon", "coordinates": polygons[0]}, separators=(",", ":"))
    return json.dumps({"type": "MultiPolygon", "coordinates": polygons}, separators=(",", ":"))


def _polygons(value: Any) -> list[Any]:
    match value["type"]:
        case "FeatureCollection":
            return [polygon for feature in value["features"] for polygon in _polygons(feature)]
        case "GeometryCollection":
            return [polygon for geometry in value["geometries"] for polygon in _polygons(geometry)]
        case "Feature":
            return _polygons(value["geometry"])
        case "Polygon":
            return [value["coordinates"]]
        case "MultiPolygon":
            return list(value["coordinates"])
        case _:
            raise _NotAnArea


def _polygon(rings: Any) -> list[list[list[float]]]:
    if not isinstance(rings, list) or not rings:
        raise _NotAnArea
    return [_ring(ring) for ring in rings]


def _ring(positions: Any) -> list[list[float]]:
    if not isinstance(positions, list) or len(positions) < _RING_MIN:
        raise _NotAnArea
    ring = [_position(position) for position in positions]
    if ring[0] != ring[-1]:
        raise _NotAnArea
    return ring


def _position(given: Any) -> list[float]:
    if not isinstance(given, list) or len(given) not in (2, 3):
        raise _NotAnArea
    lon, lat = given[:2]
    for value in (lon, lat):
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            raise _NotAnArea
    return [round(float(lon), _DECIMALS), round(float(lat), _DECIMALS)]


def _refused(_constant: str) -> Any:
    raise _NotAnArea
