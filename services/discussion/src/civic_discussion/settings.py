"""Settings of the discussion service."""

from typing import Annotated

from civic_chassis.settings import ServiceSettings
from civic_participation.domain.objects import Limits
from civic_participation.domain.places import GERMANY, Bounds
from civic_participation.domain.videos import DEFAULT_HOSTS, hosts_of
from civic_participation.settings import VideoHosts
from pydantic import AfterValidator, Field


def _bounds(text: str) -> str:
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("must be west,south,east,north in degrees")
    return text


DEFAULT_LIMITS = Limits(GERMANY, DEFAULT_HOSTS)


class DiscussionSettings(ServiceSettings):
    """What every service can be told, and where the state lies."""

    state_bounds: Annotated[str, AfterValidator(_bounds)] = Field(
        default=f"{GERMANY.west},{GERMANY.south},{GERMANY.east},{GERMANY.north}",
        description="Rectangle around the state, west,south,east,north in degrees; places outside it are refused",
    )

    video_hosts: VideoHosts = Field(
        default=",".join(sorted(DEFAULT_HOSTS)),
        description="Hosts of pages that a topic's video may be on, separated by commas; they are linked, not embedded",
    )

    @property
    def bounds(self) -> Bounds:
        return Bounds(*(float(part) for part in self.state_bounds.split(",")))

    @property
    def limits(self) -> Limits:
        return Limits(self.bounds, hosts_of(self.video_hosts))
