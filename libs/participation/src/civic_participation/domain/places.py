"""Places that people name: a pin in WGS 84, or words where there is no map."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from civic_chassis.kernel.text import Violations

ADDRESS_MAX = 200


@dataclass(frozen=True, slots=True)
class Bounds:
    """The rectangle around a state, in degrees."""

    west: float
    south: float
    east: float
    north: float

    def hold(self, lat: float, lon: float) -> bool:
        return self.south <= lat <= self.north and self.west <= lon <= self.east


# Everywhere in Germany, with a little of what lies around it.
GERMANY = Bounds(5.5, 47.0, 15.6, 55.2)


@dataclass(frozen=True, slots=True)
class Point:
    """Degrees north and east."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Place:
    """A pin, an address, or both."""

    point: Point | None
    address: str

    def as_json(self) -> dict[str, Any]:
        """As it is stored, and as the JSON API shows it."""
        shown: dict[str, Any] = {}
        if self.point is not None:
            shown |= {"lat": self.point.lat, "lon": self.point.lon}
        if self.address:
            shown["address"] = self.address
        return shown


def place_of(stored: Mapping[str, Any]) -> Place:
    """The way back from `as_json`."""
    point = Point(float(stored["lat"]), float(stored["lon"])) if "lat" in stored else None
    return Place(point, stored.get("address", ""))


def checked_place(given: Place | None, bounds: Bounds, found: Violations, field: str = "place") -> Place | None:
    """The place within the bounds, at most seven decimals (a centimetre); None where neither pin nor words are left.

    Notes what is wrong under `<field>.lat`, `<field>.lon` and `<field>.address`.
    """
    if given is None:
        return None
    address = found.line(given.address, f"{field}.address", min=0, max=ADDRESS_MAX)
    point = _checked_point(given.point, bounds, found, field) if given.point is not None else None
    return Place(point, address) if point is not None or address else None


def _checked_point(given: Point, bounds: Bounds, found: Violations, field: str) -> Point | None:
    if not (math.isfinite(given.lat) and math.isfinite(given.lon)):
        name = "lat" if not math.isfinite(given.lat) else "lon"
        found.add(f"{field}.{name}", "MALFORMED", "is no number of degrees")
        return None
    if bounds.hold(given.lat, given.lon):
        return Point(round(given.lat, 7), round(given.lon, 7))
    limits = {"south": f"{bounds.south:g}", "north": f"{bounds.north:g}"}
    limits |= {"west": f"{bounds.west:g}", "east": f"{bounds.east:g}"}
    if bounds.hold(given.lon, given.lat):
        found.add(f"{field}.lat", "SWAPPED", "latitude and longitude are swapped", **limits)
    elif not bounds.south <= given.lat <= bounds.north:
        found.add(f"{field}.lat", "OUTSIDE", "lies outside the state", **limits)
    else:
        found.add(f"{field}.lon", "OUTSIDE", "lies outside the state", **limits)
    return None
