"""Settings of the discussion service."""

from typing import Annotated

from civic_chassis.settings import ServiceSettings
from civic_participation.domain.places import GERMANY, Bounds
from pydantic import AfterValidator, Field


def _bounds(text: str) -> str:
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("must be west,south,east,north in degrees")
    return text


class DiscussionSettings(ServiceSettings):
    """What every service can be told, and where the state lies."""

    state_bounds: Annotated[str, AfterValidator(_bounds)] = Field(
        default=f"{GERMANY.west},{GERMANY.south},{GERMANY.east},{GERMANY.north}",
        description="Rectangle around the state, west,south,east,north in degrees; places outside it are refused",
    )

    @property
    def bounds(self) -> Bounds:
        return Bounds(*(float(part) for part in self.state_bounds.split(",")))
