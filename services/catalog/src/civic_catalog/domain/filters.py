"""Which offers a list shows: the filter, and what is wrong with it."""

import math
from dataclasses import dataclass
from datetime import datetime

from civic_chassis.kernel import text
from civic_chassis.kernel.call import is_tenant
from civic_chassis.kernel.errors import DomainError
from civic_participation.domain.offers import BoundingBox, OfferKind
from civic_participation.domain.places import GERMANY

from civic_catalog.domain import searching
from civic_catalog.domain.phases import Phase

NAME_MAX = 100
# Whoever looks outside has made a mistake that an empty list would hide.
_COUNTRY = BoundingBox(GERMANY.west, GERMANY.south, GERMANY.east, GERMANY.north)
_LIMITS = {side: f"{getattr(_COUNTRY, side):g}" for side in ("west", "south", "east", "north")}


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """What a caller asks for, checked; what is not set narrows nothing."""

    words: tuple[str, ...] = ()
    kind: OfferKind | None = None
    tenant: str = ""
    phase: Phase | None = None
    district: str = ""
    theme: str = ""
    from_time: datetime | None = None
    until_time: datetime | None = None
    box: BoundingBox | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterInput:
    """The same, unchecked."""

    query: str = ""
    kind: OfferKind | None = None
    tenant: str = ""
    phase: Phase | None = None
    district: str = ""
    theme: str = ""
    from_time: datetime | None = None
    until_time: datetime | None = None
    box: BoundingBox | None = None


def checked(given: FilterInput) -> Filter:
    """Raises INVALID_ARGUMENT naming every field that is wrong."""
    found = text.Violations()
    if given.tenant and not is_tenant(given.tenant):
        found.add("tenant", "MALFORMED", "is no name of a tenant")
    if given.from_time and given.until_time and given.until_time <= given.from_time:
        found.add("until_time", "NOT_AFTER", "must be later", after=given.from_time.strftime("%Y-%m-%dT%H:%M:%SZ"))
    if given.box is not None:
        check_box(given.box, found)
    district = found.line(given.district, "district", min=0, max=NAME_MAX)
    theme = found.line(given.theme, "theme", min=0, max=NAME_MAX)
    found.check()
    return Filter(
        words=searching.words(given.query),
        kind=given.kind,
        tenant=given.tenant,
        phase=given.phase,
        district=district,
        theme=theme,
        from_time=given.from_time,
        until_time=given.until_time,
        box=given.box,
    )


def check_box(box: BoundingBox, found: text.Violations) -> None:
    """Notes what is wrong with a rectangle; of several faults the first one alone."""
    if not all(map(math.isfinite, (box.west, box.south, box.east, box.north))):
        found.add("bounding_box", "MALFORMED", "must be four finite numbers")
    elif box.west > box.east or box.south > box.north:
        found.add("bounding_box", "CORNERS_SWAPPED", "must be west, south, east, north")
    elif _apart(box, _COUNTRY):
        turned = BoundingBox(box.south, box.west, box.north, box.east)
        if _apart(turned, _COUNTRY):
            found.add("bounding_box", "OUTSIDE", "lies outside of the country", **_LIMITS)
        else:
            found.add("bounding_box", "SWAPPED", "longitude comes before latitude", **_LIMITS)


def is_point(latitude: float, longitude: float) -> bool:
    """Whether the coordinates name a point of the country; 0, 0 means that none is known."""
    return GERMANY.hold(latitude, longitude)


def is_area(box: BoundingBox) -> bool:
    """Whether the rectangle is one of the country."""
    found = text.Violations()
    check_box(box, found)
    try:
        found.check()
    except DomainError:
        return False
    return True


def _apart(one: BoundingBox, other: BoundingBox) -> bool:
    return one.east < other.west or one.west > other.east or one.north < other.south or one.south > other.north
