"""Settings of the discussion service."""

import re
from typing import Annotated

from civic_chassis.settings import ServiceSettings
from civic_participation.domain.objects import Limits
from civic_participation.domain.places import GERMANY, Bounds
from pydantic import AfterValidator, Field


def _bounds(text: str) -> str:
    west, south, east, north = (float(part) for part in text.split(","))
    if not (-180 <= west < east <= 180 and -90 <= south < north <= 90):
        raise ValueError("must be west,south,east,north in degrees")
    return text


DEFAULT_LIMITS = Limits(GERMANY, frozenset({"www.youtube.com", "youtu.be", "vimeo.com", "media.ccc.de"}))


def _hosts(text: str) -> str:
    if any(not re.fullmatch(r"[a-z0-9.-]+", host) for host in text.split(",") if host):
        raise ValueError("must be names of hosts in small letters, separated by commas")
    return text


class DiscussionSettings(ServiceSettings):
    """What every service can be told, and where the state lies."""

    state_bounds: Annotated[str, AfterValidator(_bounds)] = Field(
        default=f"{GERMANY.west},{GERMANY.south},{GERMANY.east},{GERMANY.north}",
        description="Rectangle around the state, west,south,east,north in degrees; places outside it are refused",
    )

    video_hosts: Annotated[str, AfterValidator(_hosts)] = Field(
        default=",".join(sorted(DEFAULT_LIMITS.video_hosts)),
        description="Hosts of pages that a topic's video may be on, separated by commas; they are linked, not embedded",
    )

    @property
    def bounds(self) -> Bounds:
        return Bounds(*(float(part) for part in self.state_bounds.split(",")))

    @property
    def limits(self) -> Limits:
        return Limits(self.bounds, frozenset(filter(None, self.video_hosts.split(","))))
