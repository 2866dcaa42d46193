"""Degrees in WGS 84: a point, and the rectangle around a state."""

from dataclasses import dataclass


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


def limits_of(bounds: Bounds) -> dict[str, str]:
    """The bounds as a refusal names them."""
    return {side: f"{getattr(bounds, side):g}" for side in ("south", "north", "west", "east")}
