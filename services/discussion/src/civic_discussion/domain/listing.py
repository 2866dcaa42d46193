"""Lists and maps of contributions: what they hold, and in which order."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from civic_participation.domain.places import Bounds, Point


class Order(StrEnum):
    """Order of a list of contributions."""

    NEWEST = "newest"
    OLDEST = "oldest"
    MOST_SUPPORTED = "most_supported"


@dataclass(frozen=True, slots=True, kw_only=True)
class Only:
    """Which contributions a list holds; what is empty leaves nothing out. A section is one of the object's; in the
    `box` lie those with a pin."""

    category: str = ""
    label: str = ""
    object_id: str = ""
    section: str = ""
    box: Bounds | None = None


ALL = Only()


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A contribution's pin, or the middle of several; id, title and area are those of one alone."""

    point: Point
    count: int
    id: UUID | None = None
    title: str = ""
    area: str = ""


@dataclass(frozen=True, slots=True)
class ContributionMap:
    """Points, the rectangle around them, how many contributions they stand for, and whether there are more."""

    points: Sequence[MapPoint] = ()
    around: Bounds | None = None
    placed: int = 0
    more: bool = False
