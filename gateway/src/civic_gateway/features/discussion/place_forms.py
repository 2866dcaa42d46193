"""The place of a contribution in its form: an address, a pin as two plain fields, and the map that fills them in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from civic.common.v1 import place_pb2
from civic_chassis.kernel.errors import Violation, invalid

from civic_gateway.features.discussion.site_schema import degrees, degrees_text, edges_of
from civic_gateway.features.discussion.topic_calls import Topic
from civic_gateway.settings import Settings

FIELDS: Final = ("address", "lat", "lon")
# How the service calls what stands in the form under another name.
NAMES: Final = {"place": "address", "place.address": "address", "place.lat": "lat", "place.lon": "lon"}


def place_of(values: Mapping[str, str]) -> place_pb2.Place:
    """What the form says; empty where all fields are. Raises INVALID_ARGUMENT for half a pin and for no number."""
    lat, lon = degrees(values, "lat"), degrees(values, "lon")
    if (lat is None) != (lon is None):
        raise invalid(Violation("lat" if lat is None else "lon", "REQUIRED", "half a pin"))
    point = place_pb2.Point(lat=lat, lon=lon) if lat is not None and lon is not None else None
    return place_pb2.Place(point=point, address=values.get("address", ""))


def place_values(place: place_pb2.Place) -> dict[str, str]:
    """A place as the form shows it."""
    point = place.point if place.HasField("point") else None
    return {
        "address": place.address,
        "lat": degrees_text(point.lat) if point is not None else "",
        "lon": degrees_text(point.lon) if point is not None else "",
    }


def map_values(topic: Topic, settings: Settings) -> dict[str, Any]:
    """What the map of a form begins with."""
    site = topic.site if topic.HasField("site") else None
    return {"map_style": settings.map_style_url, "map_edges": edges_of(site) or settings.state_bounds}
