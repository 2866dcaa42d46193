"""Places that people name and where offers are: a point in WGS 84, or words where there is no map."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from civic_chassis.kernel.text import Violations

from civic_participation.domain.degrees import GERMANY, Bounds, Point, limits_of
from civic_participation.domain.drawings import checked_drawing, middle_of

__all__ = [
    "GERMANY",
    "Bounds",
    "Place",
    "Point",
    "Site",
    "checked_box",
    "checked_place",
    "checked_site",
    "place_of",
    "site_of",
]

ADDRESS_MAX = 200
DISTRICT_MAX = 100


@dataclass(frozen=True, slots=True)
class Place:
    """A pin, an address, or both; or a line or area that was drawn (GeoJSON), whose middle the pin then is."""

    point: Point | None
    address: str
    area: str = ""

    def as_json(self) -> dict[str, Any]:
        """As it is stored, and as the JSON API shows it."""
        shown: dict[str, Any] = {}
        if self.point is not None:
            shown |= {"lat": self.point.lat, "lon": self.point.lon}
        if self.address:
            shown["address"] = self.address
        if self.area:
            shown["area"] = json.loads(self.area)
        return shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where an offer is: a point, words, part of a town, the rectangle of its area."""

    point: Point | None = None
    address: str = ""
    district: str = ""
    area: Bounds | None = None

    def as_json(self) -> dict[str, Any]:
        """As it is stored, and as the JSON API shows it."""
        shown = Place(self.point, self.address).as_json()
        if self.district:
            shown["district"] = self.district
        if self.area is not None:
            shown["area"] = [self.area.west, self.area.south, self.area.east, self.area.north]
        return shown


def site_of(stored: Mapping[str, Any]) -> Site:
    """The way back from `as_json`."""
    place = _pin_of(stored)
    area = Bounds(*map(float, stored["area"])) if "area" in stored else None
    return Site(point=place.point, address=place.address, district=stored.get("district", ""), area=area)


def place_of(stored: Mapping[str, Any]) -> Place:
    """The way back from `as_json`."""
    area = json.dumps(stored["area"], separators=(",", ":")) if "area" in stored else ""
    return replace(_pin_of(stored), area=area)


def _pin_of(stored: Mapping[str, Any]) -> Place:
    point = Point(float(stored["lat"]), float(stored["lon"])) if "lat" in stored else None
    return Place(point, stored.get("address", ""))


def checked_place(given: Place | None, bounds: Bounds, found: Violations, field: str = "place") -> Place | None:
    """The place within the bounds, at most seven decimals (a centimetre); None where neither pin nor words are left.

    Beside a drawing a pin that was given counts for nothing. Notes what is wrong under `<field>.lat`, `<field>.lon`,
    `<field>.address` and `<field>.area`.
    """
    if given is None:
        return None
    address = found.line(given.address, f"{field}.address", min=0, max=ADDRESS_MAX)
    if given.area.strip():
        area = checked_drawing(given.area, bounds, found, f"{field}.area")
        return Place(middle_of(area), address, area) if area else None
    point = _checked_point(given.point, bounds, found, field) if given.point is not None else None
    return Place(point, address) if point is not None or address else None


def checked_site(given: Site | None, bounds: Bounds, found: Violations, field: str) -> Site | None:
    """The site within the bounds; None where nothing is left of it.

    Notes what is wrong under `<field>.lat`, `.lon`, `.address`, `.district` and `.area`.
    """
    if given is None:
        return None
    place = checked_place(Place(given.point, given.address), bounds, found, field)
    district = found.line(given.district, f"{field}.district", min=0, max=DISTRICT_MAX)
    area = _checked_area(given.area, bounds, found, f"{field}.area") if given.area is not None else None
    if place is None and not district and area is None:
        return None
    point, address = (place.point, place.address) if place is not None else (None, "")
    return Site(point=point, address=address, district=district, area=area)


def checked_box(given: Bounds) -> Bounds:
    """A section of a map as somebody looks at it, which may reach beyond the state. Raises INVALID_ARGUMENT."""
    found = Violations()
    if not all(map(math.isfinite, (given.west, given.south, given.east, given.north))):
        found.add("bounding_box", "MALFORMED", "must be four finite numbers")
    elif given.west > given.east or given.south > given.north:
        found.add("bounding_box", "CORNERS_SWAPPED", "must be west, south, east, north")
    found.check()
    return given


def _checked_area(given: Bounds, bounds: Bounds, found: Violations, field: str) -> Bounds | None:
    edges = (given.west, given.south, given.east, given.north)
    if not all(map(math.isfinite, edges)):
        found.add(field, "MALFORMED", "is no rectangle of degrees")
    elif given.west > given.east or given.south > given.north:
        found.add(field, "CORNERS_SWAPPED", "must be west, south, east, north")
    elif not (bounds.hold(given.south, given.west) and bounds.hold(given.north, given.east)):
        turned = bounds.hold(given.west, given.south) and bounds.hold(given.east, given.north)
        found.add(field, "SWAPPED" if turned else "OUTSIDE", "lies outside the state", **limits_of(bounds))
    else:
        return Bounds(*(round(edge, 7) for edge in edges))
    return None


def _checked_point(given: Point, bounds: Bounds, found: Violations, field: str) -> Point | None:
    if not (math.isfinite(given.lat) and math.isfinite(given.lon)):
        name = "lat" if not math.isfinite(given.lat) else "lon"
        found.add(f"{field}.{name}", "MALFORMED", "is no number of degrees")
        return None
    if bounds.hold(given.lat, given.lon):
        return Point(round(given.lat, 7), round(given.lon, 7))
    limits = limits_of(bounds)
    if bounds.hold(given.lon, given.lat):
        found.add(f"{field}.lat", "SWAPPED", "latitude and longitude are swapped", **limits)
    elif not bounds.south <= given.lat <= bounds.north:
        found.add(f"{field}.lat", "OUTSIDE", "lies outside the state", **limits)
    else:
        found.add(f"{field}.lon", "OUTSIDE", "lies outside the state", **limits)
    return None
