"""Where a Dialog is: body and answer of the JSON API, and the fields of the staff's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from civic.common.v1 import offer_pb2, place_pb2
from civic.discussion.v1 import topic_pb2
from civic_chassis.kernel.errors import Violation, invalid
from pydantic import Field

from civic_gateway.validation import Body

_SIDES: Final = ("west", "south", "east", "north")
# Names of the form's fields, which stand beside those of other settings.
FIELDS: Final = ("where_lat", "where_lon", "where_address", "district", *(f"area_{side}" for side in _SIDES))
# How the service calls them.
NAMES: Final = {
    "site.lat": "where_lat",
    "site.lon": "where_lon",
    "site.address": "where_address",
    "site.district": "district",
    "site.area": "area_west",
}
LABELS: Final = {
    "site.lat": "errors.field.lat",
    "site.lon": "errors.field.lon",
    "site.address": "errors.field.address",
    "site.district": "errors.field.district",
    "site.area": "places.where.area",
    "where_lat": "errors.field.lat",
    "where_lon": "errors.field.lon",
    **{f"area_{side}": f"places.where.{side}" for side in _SIDES},
}
# What is around a point where no area is drawn: about a kilometre and a half to each side.
_AROUND: Final = (0.02, 0.0135)


class Site(Body):
    """Where a topic is: a point (`lat` and `lon`, WGS 84), an address, part of a town, the area that it concerns."""

    lat: float | None = Field(None, strict=True, examples=[50.1109])
    lon: float | None = Field(None, strict=True, examples=[8.6821])
    address: str = Field("", description="At most 200 characters")
    district: str = Field("", description="Part of the town: at most 100 characters")
    area: list[float] | None = Field(None, description="West, south, east, north in degrees", examples=[None])


def site_message(body: Site | None) -> place_pb2.Site | None:
    """None stays None. Raises INVALID_ARGUMENT for half a point and for a rectangle without four edges."""
    if body is None:
        return None
    return _message(body.lat, body.lon, body.area, address=body.address, district=body.district)


def site_shown(message: place_pb2.Site) -> dict[str, Any]:
    """As the JSON API shows it."""
    area = message.area
    return {
        "lat": message.point.lat if message.HasField("point") else None,
        "lon": message.point.lon if message.HasField("point") else None,
        "address": message.address,
        "district": message.district,
        "area": [getattr(area, side) for side in _SIDES] if message.HasField("area") else None,
    }


def values_of(message: place_pb2.Site | None) -> dict[str, str]:
    """As the form shows it."""
    if message is None:
        return dict.fromkeys(FIELDS, "")
    shown = site_shown(message)
    area = shown["area"] or [None] * len(_SIDES)
    numbers = {"where_lat": shown["lat"], "where_lon": shown["lon"]}
    numbers |= {f"area_{side}": value for side, value in zip(_SIDES, area, strict=True)}
    texts = {"where_address": message.address, "district": message.district}
    return texts | {name: degrees_text(value) for name, value in numbers.items()}


def site_of(values: Mapping[str, str], present: topic_pb2.Topic | None) -> place_pb2.Site | None:
    """What the form says, None where all fields are empty; what a form without these fields leaves.

    Raises INVALID_ARGUMENT naming the field.
    """
    if present is not None and not any(name in values for name in FIELDS):
        return present.site if present.HasField("site") else None
    if not any(values.get(name, "").strip() for name in FIELDS):
        return None
    lat, lon = degrees(values, "where_lat"), degrees(values, "where_lon")
    edges = [degrees(values, f"area_{side}") for side in _SIDES]
    for side, edge in zip(_SIDES, edges, strict=True):
        if edge is None and any(other is not None for other in edges):
            raise invalid(Violation(f"area_{side}", "REQUIRED", "a rectangle has four edges"))
    area = [edge for edge in edges if edge is not None] or None
    return _message(
        lat,
        lon,
        area,
        address=values.get("where_address", ""),
        district=values.get("district", ""),
        names=("where_lat", "where_lon"),
    )


def edges_of(site: place_pb2.Site | None) -> str:
    """West, south, east, north of where an offer is; empty where nobody said."""
    if site is None:
        return ""
    if site.HasField("area"):
        area = site.area
        return ",".join(f"{edge:.5f}" for edge in (area.west, area.south, area.east, area.north))
    if not site.HasField("point"):
        return ""
    (wide, high), point = _AROUND, site.point
    return ",".join(f"{edge:.5f}" for edge in (point.lon - wide, point.lat - high, point.lon + wide, point.lat + high))


def degrees(values: Mapping[str, str], name: str) -> float | None:
    """Degrees as people write them, with a comma or a point; None for an empty field.

    Raises INVALID_ARGUMENT for what is no number.
    """
    text = values.get(name, "").strip().removesuffix("°").rstrip().replace(",", ".")
    if not text:
        return None
    try:
        return float(text)
    except ValueError:
        raise invalid(Violation(name, "WRONG_TYPE", "no number", {"expected": "decimal"})) from None


def degrees_text(value: float | None) -> str:
    """The way back, to a centimetre."""
    return f"{value:.7f}".rstrip("0").rstrip(".") if value is not None else ""


def _message(
    lat: float | None,
    lon: float | None,
    area: list[float] | None,
    *,
    address: str,
    district: str,
    names: tuple[str, str] = ("topic.site.lat", "topic.site.lon"),
) -> place_pb2.Site:
    if (lat is None) != (lon is None):
        raise invalid(Violation(names[lat is not None], "REQUIRED", "half a point"))
    point = place_pb2.Point(lat=lat, lon=lon) if lat is not None and lon is not None else None
    edges = None
    if area is not None:
        if len(area) != len(_SIDES):
            raise invalid(Violation("topic.site.area", "MALFORMED", "a rectangle has four edges"))
        edges = offer_pb2.BoundingBox(**dict(zip(_SIDES, area, strict=True)))
    return place_pb2.Site(point=point, address=address, district=district, area=edges)
