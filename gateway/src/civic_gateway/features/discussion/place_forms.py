"""The place of a contribution in its form: an address, a pin or a drawing as plain fields, and the map beside them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import orjson
from civic.common.v1 import place_pb2
from civic_chassis.kernel.errors import Violation, invalid

from civic_gateway.features.discussion.site_schema import degrees, degrees_text, edges_of
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.settings import Settings

FIELDS: Final = ("address", "lat", "lon", "area_kind", "area_points")
KINDS: Final = ("polygon", "line")
# How the service calls what stands in the form under another name.
NAMES: Final = {
    "place": "address",
    "place.address": "address",
    "place.lat": "lat",
    "place.lon": "lon",
    "place.area": "area_points",
}
_PAIR: Final = re.compile(r"([+-]?\d+(?:[.,]\d+)?)°?(?:\s*[;,]\s*|\s+)([+-]?\d+(?:[.,]\d+)?)°?")
# More than any drawing has: what is longer is refused by the service, which names its limit.
_LINES_MAX: Final = 1_000


def place_of(values: Mapping[str, str]) -> place_pb2.Place:
    """What the form says; empty where all fields are.

    Raises INVALID_ARGUMENT for half a pin, for no number, and naming the line of a drawing that is no pair of degrees.
    """
    lat, lon = degrees(values, "lat"), degrees(values, "lon")
    if (lat is None) != (lon is None):
        raise invalid(Violation("lat" if lat is None else "lon", "REQUIRED", "half a pin"))
    point = place_pb2.Point(lat=lat, lon=lon) if lat is not None and lon is not None else None
    return place_pb2.Place(point=point, address=values.get("address", ""), area_geojson=_drawing(values))


def place_values(place: place_pb2.Place) -> dict[str, str]:
    """A place as the form shows it: a drawing without its middle."""
    point = place.point if place.HasField("point") and not place.area_geojson else None
    return {
        **_drawing_values(place.area_geojson),
        "address": place.address,
        "lat": degrees_text(point.lat) if point is not None else "",
        "lon": degrees_text(point.lon) if point is not None else "",
    }


def is_given(place: place_pb2.Place) -> bool:
    """Whether the form names a place at all."""
    return place.HasField("point") or bool(place.address.strip() or place.area_geojson)


def map_values(topic: Topic, settings: Settings) -> dict[str, Any]:
    """What the map of a form begins with."""
    site = topic.site if topic.HasField("site") else None
    return {"map_style": settings.map_style_url, "map_edges": edges_of(site) or settings.state_bounds}


def _drawing(values: Mapping[str, str]) -> str:
    """GeoJSON of the points, one a line with its latitude first, as people write them; empty without any."""
    lines = [line.strip() for line in values.get("area_points", "").splitlines() if line.strip()][:_LINES_MAX]
    if not lines:
        return ""
    positions = []
    for number, line in enumerate(lines, start=1):
        pair = _PAIR.fullmatch(line)
        if pair is None:
            raise invalid(Violation("area_points", "NOT_A_PAIR", "no pair of degrees", {"line": str(number)}))
        lat, lon = (float(text.replace(",", ".")) for text in pair.groups())
        positions.append([lon, lat])
    if values.get("area_kind") == "line":
        return orjson.dumps({"type": "LineString", "coordinates": positions}).decode()
    return orjson.dumps({"type": "Polygon", "coordinates": [[*positions, positions[0]]]}).decode()


def _drawing_values(geometry: str) -> dict[str, str]:
    if not geometry:
        return {"area_kind": KINDS[0], "area_points": ""}
    found = orjson.loads(geometry)
    is_line = found["type"] == "LineString"
    positions = found["coordinates"] if is_line else found["coordinates"][0][:-1]
    lines = (f"{degrees_text(lat)}, {degrees_text(lon)}" for lon, lat in positions)
    return {"area_kind": "line" if is_line else KINDS[0], "area_points": "\n".join(lines)}
